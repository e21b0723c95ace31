// variance(x): sample variance, divisor n-1, exact.
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Figure FigureOf(const std::optional<Rational>& variance, std::uint64_t count) {
  return variance ? Figure::Exact(*variance) : NoVariance(count);
}

Task<Figure> Variance(Ctx& ctx, const ColumnShares& column, Decimal) {
  const std::optional<Rational> variance = co_await OpenVariance(ctx, column, "second moment");
  co_return FigureOf(variance, column.count);
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return FigureOf(PlainVariance(units, type), units.size());
}

REGISTER_STATISTIC(Statistic{.name = "variance",
                             .summary = "sample variance (divisor n-1), exact",
                             .discloses = {"n", "second moment"},
                             .needs_for = MomentNeeds,
                             .fits = MomentFits,
                             .cost = MomentCost,
                             .compute = Variance,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
