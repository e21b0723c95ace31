// pstdev(x): square root of the population variance, which it discloses just as well; the root is taken in the clear.
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Task<Figure> Compute(Ctx& ctx, const ColumnShares& column, Decimal) {
  Figure figure = co_await DeviationFigure(ctx, column, Divisor::kPopulation);
  co_return figure;
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return PlainDeviation(units, type, Divisor::kPopulation);
}

REGISTER_STATISTIC(Statistic{.name = "pstdev",
                             .summary = "population standard deviation, correctly rounded",
                             .discloses = {"n", "second moment"},
                             .degree = 2,
                             .needs_for = MomentNeeds,
                             .cost = MomentCost,
                             .compute = Compute,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
