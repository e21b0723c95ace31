// correlation_interval(x, y) and correlation_interval(x, y, level): Fisher's confidence interval of Pearson's r, 95 % without a
// number: tanh(atanh r -+ z / sqrt(n - 3)), as R's cor.test. A function of n and of the digits of r that correlation opens, so
// that nothing else is.
#include <algorithm>
#include <cmath>

#include "mpcstats/stats/confidence.h"
#include "mpcstats/stats/correlation.h"
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

constexpr char kFew[] = "fewer than four values";

// The limit on the side of `z`; of r = 1 it is 1, and of -1 it is -1.
double LimitOf(double r, double z, std::uint64_t n) {
  return std::tanh(std::atanh(std::clamp(r, -1.0, 1.0)) + z / std::sqrt(static_cast<double>(n - 3)));
}

// As far as the limit moves with r within its bound: it ascends with r.
Figure LimitFigure(const Figure& r, double z, std::uint64_t n) {
  const double limit = LimitOf(r.value, z, n);
  const double below = LimitOf(r.value - r.error_bound, z, n);
  const double above = LimitOf(r.value + r.error_bound, z, n);
  return {{}, limit, std::max(limit - below, above - limit) + 1e-12, {}};
}

Figure IntervalOf(Figure r, std::uint64_t n, std::span<const Decimal> numbers) {
  if (!r.undefined.empty()) return r;
  const double z = NormalUpperQuantile(TailOf(numbers));
  std::vector<Figure> parts;
  parts.push_back(LimitFigure(r, -z, n).Named("low"));
  parts.push_back(LimitFigure(r, z, n).Named("high"));
  return Figure::Of(std::move(parts));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  if (x.count < 4) co_return Figure::Undefined(kFew);
  Figure r = co_await PearsonFigure(ctx, x, y);
  co_return IntervalOf(std::move(r), x.count, numbers);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType>,
             std::span<const Decimal> numbers) {
  if (columns[0].size() < 4) return Figure::Undefined(kFew);
  return IntervalOf(PlainPearson(columns[0], columns[1]), columns[0].size(), numbers);
}

// Both limits are functions of one number.
std::size_t OpenedNumbers(const StatisticCall&) { return 1; }

REGISTER_STATISTIC(Statistic{.name = "correlation_interval",
                             .summary = "Fisher's confidence interval of the correlation, 95 % or a level",
                             .columns = {2, 2},
                             .numbers = {.min = 0, .max = 1, .ranges = {kLevelRange}},
                             .discloses = {"n", "correlation"},
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
