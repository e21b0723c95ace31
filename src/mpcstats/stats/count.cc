// count(x): how many cells of the column are not missing. The prepared column has it already.
#include "mpcstats/stats/statistic.h"

namespace mpcstats {
namespace {

Task<Figure> Count(Ctx&, const ColumnShares& column, Decimal) { co_return Figure::Exact(column.count); }

Figure PlainCount(std::span<const std::int64_t> units, const ColumnType&, Decimal) {
  return Figure::Exact(units.size());
}

REGISTER_STATISTIC(Statistic{.name = "count",
                             .summary = "number of values that are not missing",
                             .discloses = {"n"},
                             .degree = 1,
                             .in_units = false,
                             .categories = 1,
                             .compute = Count,
                             .plain = PlainCount});

}  // namespace
}  // namespace mpcstats
