// variance_interval(x) and variance_interval(x, level): the confidence interval of the variance of normal values, 95 % without
// a number: (n - 1) s^2 between the quantiles of chi squared with n - 1 degrees of freedom. The second moment that variance
// opens is all that it needs.
#include "mpcstats/stats/confidence.h"
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Figure IntervalOf(const Rational& product, std::uint64_t count, const ColumnType& type,
                  std::span<const Decimal> numbers) {
  const double tail = TailOf(numbers);
  const auto freedom = static_cast<double>(count - 1);
  const double squares = MomentOf(product, count, Divisor::kSample, type, type).ToDouble() * freedom;
  const auto limit = [&](double quantile) {
    const double value = squares / quantile;
    return Figure({}, value, value * 1e-12, {});  // the quantile is a double to some 14 digits
  };
  std::vector<Figure> parts;
  parts.push_back(limit(ChiSquaredUpperQuantile(tail, freedom)).Named("low"));
  parts.push_back(limit(ChiSquaredLowerQuantile(tail, freedom)).Named("high"));
  return Figure::Of(std::move(parts));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  if (std::optional<Figure> none = NoMoment(x.count, Divisor::kSample)) co_return *none;
  const Rational product = co_await OpenCentralProduct(ctx, x, x, "second moment");
  co_return IntervalOf(product, x.count, x.type, numbers);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const std::vector<std::int64_t>& x = columns[0];
  if (std::optional<Figure> none = NoMoment(x.size(), Divisor::kSample)) return *none;
  return IntervalOf(PlainCentralProduct(x, x), x.size(), types[0], numbers);
}

// Both limits are functions of one number.
std::size_t OpenedNumbers(const StatisticCall&) { return 1; }

REGISTER_STATISTIC(Statistic{
    .name = "variance_interval",
    .summary = "confidence interval of the variance of normal values, 95 % or a level",
    .numbers = {.min = 0, .max = 1, .ranges = {kLevelRange}},
    .discloses = {"n", "second moment"},
    .has_parts = true,
    .in_units = false,
    .opened_numbers = OpenedNumbers,
    .needs_at = CentralProductNeeds,
    .fits_call = CentralProductFits,
    .cost_call = CentralProductCost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
