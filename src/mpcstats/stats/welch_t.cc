// welch_t(x, group, a, b): Welch's t of group a against group b, its degrees of freedom and the two-sided p-value.
//
// With A the central product of a group, S its sum and m its size, t^2 = (m_b S_a - m_a S_b)^2 (m_a - 1)(m_b - 1) / (V_a + V_b)
// and the degrees of freedom are (V_a + V_b)^2 (m_a - 1)(m_b - 1) / (V_a^2 (m_b - 1) + V_b^2 (m_a - 1)), where
// V_a = A_a m_b^2 (m_b - 1) and V_b likewise. Both quotients are opened to 24 significant binary digits, the sizes exactly.
#include <cmath>

#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/welch.h"

namespace mpcstats {
namespace {

Figure FigureOf(Figure t, Figure freedom) {
  Figure p = StudentP(t, freedom);
  std::vector<Figure> parts;
  parts.push_back(std::move(t).Named("t"));
  parts.push_back(std::move(freedom).Named("degrees of freedom"));
  parts.push_back(std::move(p).Named("p value"));
  return Figure::Of(std::move(parts));
}

// t^2 (V_a + V_b)
Task<BitColumn> SquareOfT(Ctx& ctx, const WelchSums& sums) {
  const BitColumn square = co_await Square(ctx, sums.difference.value);
  const unsigned __int128 both = static_cast<unsigned __int128>(sums.size_a - 1) * (sums.size_b - 1);
  BitColumn above = co_await MultiplyPublic(ctx, square, both, square.bits() + 2 * sums.size_bits);
  co_return above;
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
  Ctx square_ctx = ctx.Fork();
  Ctx f_ctx = ctx.Fork();
  const auto [t_above, f] = co_await Par(SquareOfT(square_ctx, sums), FreedomOf(f_ctx, sums));
  Ctx t_ctx = ctx.Fork();
  Ctx freedom_ctx = ctx.Fork();
  auto [t_square, freedom] = co_await Par(DivideToFloat(t_ctx, t_above, sums.v, kFloatDigits),
                                          DivideToFloat(freedom_ctx, f.above, f.below, kFloatDigits));
  // Without variance t would be a quotient by zero, and what stands for it must not tell the difference of the means.
  const BinaryFloat t_kept = co_await MaskFloat(ctx, t_square, f.varies);
  const BinaryFloat freedom_kept = co_await MaskFloat(ctx, freedom, f.varies);
  BitPlanes t_planes = co_await FloatPlanes(ctx, t_kept, sums.difference.negative);
  BitPlanes freedom_planes = co_await FloatPlanes(ctx, freedom_kept, Zero(1));
  std::vector<BitPlanes> opening;
  opening.push_back(std::move(t_planes));
  opening.push_back(std::move(freedom_planes));
  opening.push_back(BitPlanes(1, f.varies));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(opening), "t and freedom");
  if (opened[2] == 0) co_return Figure::Undefined(kConstantGroups);
  const OpenedFloat t2 = ReadFloat(opened[0], t_kept);
  const double size = std::sqrt(std::abs(t2.value));
  // |sqrt(u) - sqrt(w)| <= |u - w| / sqrt(u)
  Figure t({}, t2.value < 0 ? -size : size, size == 0 ? 0 : t2.error_bound / size, {});
  co_return FigureOf(std::move(t), FloatFigure(ReadFloat(opened[1], freedom_kept), 0));
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const std::optional<PlainWelch> sums =
      PlainWelchSums(PlainSplit(columns, types[1], numbers[0], numbers[1]));
  if (!sums) return Figure::Undefined(kFewInAGroup);
  if (sums->variance.Sign() == 0) return Figure::Undefined(kConstantGroups);
  return FigureOf(SignedRoot(sums->difference * sums->difference / sums->variance, sums->difference.Sign()),
                  Nearest(sums->freedom));
}

unsigned Needs(const StatisticCall&, std::size_t position) { return position == 0 ? kField : 0u; }

StatisticCost Cost(const StatisticCall& call) { return {call.rows * (2 * call.types[1].bits + 2) + 200'000}; }

// t, its degrees of freedom, and two sizes.
std::size_t OpenedNumbers(const StatisticCall&) { return 4; }

REGISTER_STATISTIC(Statistic{.name = "welch_t",
                             .summary = "Welch's t of two groups, with degrees of freedom and p-value",
                             .columns = {2, 2},
                             .numbers = {.min = 2, .max = 2, .ranges = {kGroupA, kGroupB}},
                             .discloses = {"n", "group sizes", "t and freedom"},
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
