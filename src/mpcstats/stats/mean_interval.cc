// mean_interval(x) and mean_interval(x, level): Student's confidence interval of the mean, 95 % without a number.
//
// Sum and second moment are opened: the interval's middle and width tell both.
#include <cmath>
#include <numeric>

#include "mpcstats/engine/open.h"
#include "mpcstats/stats/confidence.h"
#include "mpcstats/stats/moments.h"

namespace mpcstats {
namespace {

Figure IntervalOf(const Rational& sum, const Rational& product, std::uint64_t count, const ColumnType& type,
                  std::span<const Decimal> numbers) {
  const Rational n(count);
  const Rational mean = Unscale(sum / n, type);
  const Rational variance = MomentOf(product, count, Divisor::kSample, type, type) / n;
  const double quantile = StudentUpperQuantile(TailOf(numbers), static_cast<double>(count - 1));
  const double reach = quantile * variance.SqrtToDouble();
  // The quantile is a double to some 14 digits; all else is rounded once.
  const double bound = reach * 1e-12 + std::abs(mean.ToDouble()) * 0x1p-51;
  std::vector<Figure> parts;
  parts.push_back(Figure({}, mean.ToDouble() - reach, bound, {}).Named("low"));
  parts.push_back(Figure({}, mean.ToDouble() + reach, bound, {}).Named("high"));
  return Figure::Of(std::move(parts));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  if (std::optional<Figure> none = NoMoment(x.count, Divisor::kSample)) co_return *none;
  const ArithColumn<Fp127> total = SumRows(x.units);
  const std::vector<Fp127> sum = co_await Open(ctx, total, "sum");
  const Rational product = co_await OpenCentralProduct(ctx, x, x, "second moment");
  co_return IntervalOf(Rational(SignedValue(sum[0])), product, x.count, x.type, numbers);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const std::vector<std::int64_t>& x = columns[0];
  if (std::optional<Figure> none = NoMoment(x.size(), Divisor::kSample)) return *none;
  const Rational sum(std::accumulate(x.begin(), x.end(), __int128{0}));
  return IntervalOf(sum, PlainCentralProduct(x, x), x.size(), types[0], numbers);
}

unsigned Needs(const StatisticCall& call, std::size_t position) {
  return kField | CentralProductNeeds(call, position);
}

std::size_t OpenedNumbers(const StatisticCall&) { return 2; }

REGISTER_STATISTIC(Statistic{.name = "mean_interval",
                             .summary = "Student's confidence interval of the mean, 95 % or a level",
                             .numbers = {.min = 0, .max = 1, .ranges = {kLevelRange}},
                             .discloses = {"n", "sum", "second moment"},
                             .degree = 2,
                             .has_parts = true,
                             .opened_numbers = OpenedNumbers,
                             .needs_at = Needs,
                             .fits_call = CentralProductFits,
                             .cost_call = CentralProductCost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
