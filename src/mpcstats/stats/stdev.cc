// stdev(x): square root of the sample variance, which it discloses just as well; the root is taken in the clear.
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Figure FigureOf(const std::optional<Rational>& variance, std::uint64_t count) {
  if (!variance) return NoVariance(count);
  return {{}, variance->SqrtToDouble(), 0, {}};
}

Task<Figure> StandardDeviation(Ctx& ctx, const ColumnShares& column, Decimal) {
  const std::optional<Rational> variance = co_await OpenVariance(ctx, column, "second moment");
  co_return FigureOf(variance, column.count);
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  return FigureOf(PlainVariance(units, type), units.size());
}

REGISTER_STATISTIC(Statistic{.name = "stdev",
                             .summary = "sample standard deviation, correctly rounded",
                             .discloses = {"n", "second moment"},
                             .needs_for = MomentNeeds,
                             .fits = MomentFits,
                             .cost = MomentCost,
                             .compute = StandardDeviation,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
