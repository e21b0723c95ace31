// welch_interval(x, group, a, b) and welch_interval(x, group, a, b, level): Welch's confidence interval of the mean of group a
// less that of group b, 95 % without a level, as R's t.test.
//
// The difference of the means is D = (m_b S_a - m_a S_b) / (m_a m_b), the square of its standard error
// (V_a + V_b) / ((m_a - 1)(m_b - 1) m_a^2 m_b^2), and the degrees of freedom are welch_t's (welch.h). The sizes are opened
// exactly, and of the two numerators and of the degrees of freedom 24 significant binary digits: width and middle tell no less,
// and the quantile is taken in the clear.
#include <algorithm>
#include <cmath>

#include "mpcstats/stats/confidence.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/welch.h"

namespace mpcstats {
namespace {

Figure IntervalOf(const Figure& difference, const Figure& variance, const Figure& freedom, std::uint64_t a,
                  std::uint64_t b, std::span<const Decimal> numbers) {
  // Welch's degrees of freedom are at least those of the smaller group.
  const auto least = static_cast<double>(std::min(a, b) - 1);
  return StudentInterval(difference, variance, freedom, least, TailOf(numbers.subspan(2)));
}

// The figure by a public number: one rounding more.
Figure DividedBy(const Figure& figure, const Rational& divisor) {
  const double by = divisor.ToDouble();
  const double value = figure.value / by;
  return {{}, value, figure.error_bound / by + std::abs(value) * 0x1p-51, {}};
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& group = *columns[1];
  const Decimal code_a = numbers[0];
  const Decimal code_b = numbers[1];
  const TwoGroups groups = co_await SplitGroups(ctx, group, code_a, code_b);
  if (groups.size_a < 2 || groups.size_b < 2) co_return Figure::Undefined(kFewInAGroup);
  const WelchSums sums = co_await SumWelch(ctx, x, groups);
  const WelchFreedom f = co_await FreedomOf(ctx, sums);
  // A number by one is its leading digits.
  const BitColumn one = ConstantColumn(ctx.session().self(), 1, 1, 1);
  Ctx d_ctx = ctx.Fork();
  Ctx v_ctx = ctx.Fork();
  Ctx f_ctx = ctx.Fork();
  const auto [difference, variance, freedom] = co_await Par(
      DivideToFloat(d_ctx, sums.difference.value, one, kFloatDigits),
      DivideToFloat(v_ctx, sums.v, one, kFloatDigits), DivideToFloat(f_ctx, f.above, f.below, kFloatDigits));
  // Without variance there is no interval, and what stands for it must not tell the difference of the means. The variance is
  // zero itself.
  Ctx d_kept_ctx = ctx.Fork();
  Ctx f_kept_ctx = ctx.Fork();
  const auto [d_kept, f_kept] =
      co_await Par(MaskFloat(d_kept_ctx, difference, f.varies), MaskFloat(f_kept_ctx, freedom, f.varies));
  Ctx d_planes_ctx = ctx.Fork();
  Ctx v_planes_ctx = ctx.Fork();
  Ctx f_planes_ctx = ctx.Fork();
  auto [d_planes, v_planes, f_planes] =
      co_await Par(FloatPlanes(d_planes_ctx, d_kept, sums.difference.negative),
                   FloatPlanes(v_planes_ctx, variance, Zero(1)), FloatPlanes(f_planes_ctx, f_kept, Zero(1)));
  std::vector<BitPlanes> opening;
  opening.push_back(std::move(d_planes));
  opening.push_back(std::move(v_planes));
  opening.push_back(std::move(f_planes));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(opening), "difference, its error and freedom");
  const int scale = static_cast<int>(x.type.scale);
  const Figure squared = FloatFigure(ReadFloat(opened[1], variance), -2 * scale);
  if (squared.value == 0) co_return Figure::Undefined(kConstantGroups);
  const std::uint64_t a = groups.size_a;
  const std::uint64_t b = groups.size_b;
  const Rational sizes = Rational(a) * Rational(b);
  const Rational divisor = sizes * sizes * Rational(a - 1) * Rational(b - 1);
  co_return IntervalOf(DividedBy(FloatFigure(ReadFloat(opened[0], d_kept), -scale), sizes),
                       DividedBy(squared, divisor), FloatFigure(ReadFloat(opened[2], f_kept), 0), a, b,
                       numbers);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const PlainGroups groups = PlainSplit(columns, types[1], numbers[0], numbers[1]);
  const std::optional<PlainWelch> sums = PlainWelchSums(groups);
  if (!sums) return Figure::Undefined(kFewInAGroup);
  if (sums->variance.Sign() == 0) return Figure::Undefined(kConstantGroups);
  return IntervalOf(Nearest(Unscale(sums->difference, types[0])),
                    Nearest(Unscale(sums->variance, types[0], 2)), Nearest(sums->freedom), groups.a.size(),
                    groups.b.size(), numbers);
}

unsigned Needs(const StatisticCall&, std::size_t position) { return position == 0 ? kField : 0u; }

StatisticCost Cost(const StatisticCall& call) { return {call.rows * (2 * call.types[1].bits + 2) + 200'000}; }

// The difference, its error, their degrees of freedom, and two sizes.
std::size_t OpenedNumbers(const StatisticCall&) { return 5; }

REGISTER_STATISTIC(Statistic{
    .name = "welch_interval",
    .summary = "Welch's confidence interval of the difference of two groups' means, 95 % or a level",
    .columns = {2, 2},
    .numbers = {.min = 2, .max = 3, .ranges = {kGroupA, kGroupB, kLevelRange}},
    .discloses = {"n", "group sizes", "difference, its error and freedom"},
    .has_parts = true,
    .in_units = false,
    .opened_numbers = OpenedNumbers,
    .classes = GroupClasses,
    .categories = 2,
    .numbers_of_categories = TwoCategories,
    .needs_at = Needs,
    .fits_call = WelchFits,
    .cost_call = Cost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
