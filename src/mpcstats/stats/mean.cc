// mean(x): the sum is opened and divided by the public count; with n the mean says the sum, so nothing more is told.
#include <numeric>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {
namespace {

Figure MeanOf(__int128 sum, std::uint64_t count, const ColumnType& type) {
  if (count == 0) return Figure::Undefined("no values");
  return Figure::Exact(Unscale(Rational(sum) / Rational(count), type));
}

Task<Figure> Mean(Ctx& ctx, const ColumnShares& column, Decimal) {
  const ArithColumn<Fp127> total = SumRows(column.units);
  const std::vector<Fp127> opened = co_await Open(ctx, total, "sum");
  co_return MeanOf(SignedValue(opened[0]), column.count, column.type);
}

Figure PlainMean(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return MeanOf(std::accumulate(units.begin(), units.end(), __int128{0}), units.size(), type);
}

REGISTER_STATISTIC(Statistic{.name = "mean",
                             .summary = "arithmetic mean, exact",
                             .discloses = {"n", "sum"},
                             .degree = 1,
                             .needs = kField,
                             .compute = Mean,
                             .plain = PlainMean});

}  // namespace
}  // namespace mpcstats
