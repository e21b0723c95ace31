// welch_t(x, group, a, b): Welch's t of group a against group b, its degrees of freedom and the two-sided p-value.
//
// With A the central product of a group, S its sum and m its size, t^2 = (m_b S_a - m_a S_b)^2 (m_a - 1)(m_b - 1) / (V_a + V_b)
// and the degrees of freedom are (V_a + V_b)^2 (m_a - 1)(m_b - 1) / (V_a^2 (m_b - 1) + V_b^2 (m_a - 1)), where
// V_a = A_a m_b^2 (m_b - 1) and V_b likewise. Both quotients are opened to 24 significant binary digits, the sizes exactly.
#include <bit>
#include <cmath>
#include <numeric>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/stats/groups.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {
namespace {

constexpr char kFew[] = "fewer than two values in a group";
constexpr char kConstant[] = "both groups are constant";

Figure FigureOf(Figure t, Figure freedom) {
  Figure p = StudentP(t, freedom);
  std::vector<Figure> parts;
  parts.push_back(std::move(t).Named("t"));
  parts.push_back(std::move(freedom).Named("degrees of freedom"));
  parts.push_back(std::move(p).Named("p value"));
  return Figure::Of(std::move(parts));
}

/// Sum and central product of the group's values, in the field.
struct GroupSums {
  ArithColumn<Fp127> sum;
  ArithColumn<Fp127> central;
};
Task<GroupSums> SumGroup(Ctx& ctx, const ColumnShares& x, BitPlane member, std::uint64_t size) {
  const ArithColumn<Fp127> in_group = co_await BitToField(ctx, std::move(member));
  const ArithColumn<Fp127> values = co_await Multiply<Fp127>(ctx, x.units, in_group);
  const ArithColumn<Fp127> sum = SumRows(values);
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(values, values);
  Ctx dot_ctx = ctx.Fork();
  const auto [squares, square] =
      co_await Par(Dot<Fp127>(dot_ctx, std::move(pairs)), Multiply<Fp127>(ctx, sum, sum));
  co_return GroupSums(sum, Subtract(MultiplyPublic(squares, Fp127::FromU64(size)), square));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& group = *columns[1];
  const Decimal code_a = numbers[0];
  const Decimal code_b = numbers[1];
  const TwoGroups groups = co_await SplitGroups(ctx, group, code_a, code_b);
  const std::uint64_t a = groups.size_a;
  const std::uint64_t b = groups.size_b;
  if (a < 2 || b < 2) co_return Figure::Undefined(kFew);
  Ctx a_ctx = ctx.Fork();
  Ctx b_ctx = ctx.Fork();
  const auto [in_a, in_b] = co_await Par(SumGroup(a_ctx, x, groups.a, a), SumGroup(b_ctx, x, groups.b, b));
  // Row 0: m_b S_a - m_a S_b; rows 1 and 2: the central products.
  const ArithColumn<Fp127> difference =
      Subtract(MultiplyPublic(in_a.sum, Fp127::FromU64(b)), MultiplyPublic(in_b.sum, Fp127::FromU64(a)));
  const ArithColumn<Fp127> all = MapShares<Fp127>(3, [&](std::size_t row, bool next) {
    return ComponentOf(row == 0 ? difference : row == 1 ? in_a.central : in_b.central, next)[0];
  });
  const BitColumn bits = co_await FieldToSigned(ctx, all);
  const Magnitude above = co_await AbsoluteValue(ctx, RowOf(bits, 0));
  const auto size_bits = static_cast<unsigned>(std::bit_width(x.rows));
  const unsigned product_bits = 2 * (x.type.MagnitudeBits() + size_bits);
  const unsigned wide = product_bits + 3 * size_bits;
  const auto factor = [](std::uint64_t m) { return static_cast<unsigned __int128>(m) * m * (m - 1); };
  Ctx square_ctx = ctx.Fork();
  Ctx va_ctx = ctx.Fork();
  Ctx vb_ctx = ctx.Fork();
  const auto [square, v_a, v_b] =
      co_await Par(Square(square_ctx, Trimmed(above.value, x.type.bits + 2 * size_bits + 1)),
                   MultiplyPublic(va_ctx, Trimmed(RowOf(bits, 1), product_bits), factor(b), wide),
                   MultiplyPublic(vb_ctx, Trimmed(RowOf(bits, 2), product_bits), factor(a), wide));
  const BitColumn v = co_await AddSigned(ctx, AsSigned(v_a), AsSigned(v_b));
  const unsigned __int128 both = static_cast<unsigned __int128>(a - 1) * (b - 1);
  Ctx t_ctx = ctx.Fork();
  Ctx v_ctx = ctx.Fork();
  Ctx a2_ctx = ctx.Fork();
  Ctx b2_ctx = ctx.Fork();
  const auto [t_above, v_square, a_square, b_square] =
      co_await Par(MultiplyPublic(t_ctx, square, both, square.bits() + 2 * size_bits), Square(v_ctx, v),
                   Square(a2_ctx, v_a), Square(b2_ctx, v_b));
  Ctx f_ctx = ctx.Fork();
  Ctx fa_ctx = ctx.Fork();
  Ctx fb_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [f_above, f_a, f_b, constant] =
      co_await Par(MultiplyPublic(f_ctx, v_square, both, v_square.bits() + 2 * size_bits),
                   MultiplyPublic(fa_ctx, a_square, b - 1, a_square.bits() + size_bits),
                   MultiplyPublic(fb_ctx, b_square, a - 1, b_square.bits() + size_bits), IsZero(zero_ctx, v));
  const BitColumn f_below = co_await AddSigned(ctx, AsSigned(f_a), AsSigned(f_b));
  Ctx t2_ctx = ctx.Fork();
  Ctx freedom_ctx = ctx.Fork();
  auto [t_square, freedom] = co_await Par(DivideToFloat(t2_ctx, t_above, v, kFloatDigits),
                                          DivideToFloat(freedom_ctx, f_above, f_below, kFloatDigits));
  // Without variance t would be a quotient by zero, and what stands for it must not tell the difference of the means.
  const BitPlane varies = Not(ctx.session().self(), constant);
  const BinaryFloat t_kept = co_await MaskFloat(ctx, t_square, varies);
  const BinaryFloat freedom_kept = co_await MaskFloat(ctx, freedom, varies);
  BitPlanes t_planes = co_await FloatPlanes(ctx, t_kept, above.negative);
  BitPlanes freedom_planes = co_await FloatPlanes(ctx, freedom_kept, Zero(1));
  std::vector<BitPlanes> opening;
  opening.push_back(std::move(t_planes));
  opening.push_back(std::move(freedom_planes));
  opening.push_back(BitPlanes(1, constant));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(opening), "t and freedom");
  if (opened[2] != 0) co_return Figure::Undefined(kConstant);
  const OpenedFloat t2 = ReadFloat(opened[0], t_kept);
  const double size = std::sqrt(std::abs(t2.value));
  // |sqrt(u) - sqrt(w)| <= |u - w| / sqrt(u)
  Figure t({}, t2.value < 0 ? -size : size, size == 0 ? 0 : t2.error_bound / size, {});
  co_return FigureOf(std::move(t), FloatFigure(ReadFloat(opened[1], freedom_kept), 0));
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const PlainGroups groups = PlainSplit(columns, types[1], numbers[0], numbers[1]);
  const std::uint64_t a = groups.a.size();
  const std::uint64_t b = groups.b.size();
  if (a < 2 || b < 2) return Figure::Undefined(kFew);
  const auto sum = [](const std::vector<std::int64_t>& x) {
    return Rational(std::accumulate(x.begin(), x.end(), __int128{0}));
  };
  const Rational m_a(a), m_b(b), one(1);
  const Rational variance_a = PlainCentralProduct(groups.a, groups.a) / m_a / (m_a - one) / m_a;
  const Rational variance_b = PlainCentralProduct(groups.b, groups.b) / m_b / (m_b - one) / m_b;
  const Rational variance = variance_a + variance_b;
  if (variance.Sign() == 0) return Figure::Undefined(kConstant);
  const Rational difference = sum(groups.a) / m_a - sum(groups.b) / m_b;
  const Rational freedom =
      variance * variance / (variance_a * variance_a / (m_a - one) + variance_b * variance_b / (m_b - one));
  return FigureOf(SignedRoot(difference * difference / variance, difference.Sign()), Nearest(freedom));
}

Status Fits(const StatisticCall& call) {
  RETURN_IF_ERROR(GroupsDiffer(call));
  if (SecondMomentFits(call.types[0], call.rows)) return {};
  return Fail(ErrorCode::kInvalidArgument, "does not fit: squares of " + std::to_string(call.rows) +
                                               " values of " + std::to_string(call.types[0].bits) +
                                               " bits need more than 125 bits; use fewer decimals");
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
                             .fits_call = Fits,
                             .cost_call = Cost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
