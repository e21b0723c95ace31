// covariance(x, y): sample covariance, divisor n-1, exact. n sum xy - sum x sum y is opened, which is the figure times
// n (n-1).
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Task<Figure> Covariance(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  const std::uint64_t n = x.count;
  if (std::optional<Figure> none = NoMoment(n, Divisor::kSample)) co_return *none;
  const Rational moment = co_await OpenCentralProduct(ctx, x, y, "central product");
  co_return Figure::Exact(MomentOf(moment, n, Divisor::kSample, x.type, y.type));
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  const std::uint64_t n = columns[0].size();
  if (std::optional<Figure> none = NoMoment(n, Divisor::kSample)) return *none;
  return Figure::Exact(
      MomentOf(PlainCentralProduct(columns[0], columns[1]), n, Divisor::kSample, types[0], types[1]));
}

StatisticCost Cost(const StatisticCall& call) { return {CentralProductCost(call).and_gates / 3}; }

REGISTER_STATISTIC(Statistic{.name = "covariance",
                             .summary = "sample covariance (divisor n-1), exact",
                             .columns = {2, 2},
                             .discloses = {"n", "central product"},
                             .degree = 2,
                             .needs_at = CentralProductNeeds,
                             .fits_call = CentralProductFits,
                             .cost_call = Cost,
                             .compute_columns = Covariance,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
