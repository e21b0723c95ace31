// pvariance(x): variance of the whole population, divisor n, exact.
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Task<Figure> Compute(Ctx& ctx, const ColumnShares& column, Decimal) {
  Figure figure = co_await VarianceFigure(ctx, column, Divisor::kPopulation);
  co_return figure;
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return PlainVariance(units, type, Divisor::kPopulation);
}

REGISTER_STATISTIC(Statistic{.name = "pvariance",
                             .summary = "population variance (divisor n), exact",
                             .discloses = {"n", "second moment"},
                             .degree = 2,
                             .in_units = false,
                             .needs_for = MomentNeeds,
                             .cost = MomentCost,
                             .compute = Compute,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
