// sum(x): of all values that are not missing. Local but for one opening.
#include <numeric>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {
namespace {

Task<Figure> Sum(Ctx& ctx, const ColumnShares& column, Decimal) {
  const ArithColumn<Fp127> total = SumRows(column.units);
  const std::vector<Fp127> opened = co_await Open(ctx, total, "sum");
  co_return Figure::Exact(Unscale(Rational(SignedValue(opened[0])), column.type));
}

Figure PlainSum(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return Figure::Exact(Unscale(Rational(std::accumulate(units.begin(), units.end(), __int128{0})), type));
}

REGISTER_STATISTIC(Statistic{.name = "sum",
                             .summary = "sum of the values",
                             .discloses = {"n", "sum"},
                             .degree = 1,
                             .needs = kField,
                             .compute = Sum,
                             .plain = PlainSum});

}  // namespace
}  // namespace mpcstats
