// variance(x): sample variance, divisor n-1, exact.
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Task<Figure> Compute(Ctx& ctx, const ColumnShares& column, Decimal) {
  Figure figure = co_await VarianceFigure(ctx, column, Divisor::kSample);
  co_return figure;
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return PlainVariance(units, type, Divisor::kSample);
}

REGISTER_STATISTIC(Statistic{.name = "variance",
                             .summary = "sample variance (divisor n-1), exact",
                             .discloses = {"n", "second moment"},
                             .degree = 2,
                             .in_units = false,
                             .needs_for = MomentNeeds,
                             .fits = MomentFits,
                             .cost = MomentCost,
                             .compute = Compute,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
