#include "mpcstats/stats/welch.h"

#include <bit>
#include <numeric>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {

namespace {

// Sum and central product of the group's values, in the field.
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

}  // namespace

Task<WelchSums> SumWelch(Ctx& ctx, const ColumnShares& x, const TwoGroups& groups) {
  const std::uint64_t a = groups.size_a;
  const std::uint64_t b = groups.size_b;
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
  Magnitude above = co_await AbsoluteValue(ctx, RowOf(bits, 0));
  const auto size_bits = static_cast<unsigned>(std::bit_width(x.rows));
  const unsigned product_bits = 2 * (x.type.MagnitudeBits() + size_bits);
  const unsigned wide = product_bits + 3 * size_bits;
  const auto factor = [](std::uint64_t m) { return static_cast<unsigned __int128>(m) * m * (m - 1); };
  Ctx va_ctx = ctx.Fork();
  Ctx vb_ctx = ctx.Fork();
  const auto [v_a, v_b] =
      co_await Par(MultiplyPublic(va_ctx, Trimmed(RowOf(bits, 1), product_bits), factor(b), wide),
                   MultiplyPublic(vb_ctx, Trimmed(RowOf(bits, 2), product_bits), factor(a), wide));
  const BitColumn v = co_await AddSigned(ctx, AsSigned(v_a), AsSigned(v_b));
  above.value = Trimmed(above.value, x.type.bits + 2 * size_bits + 1);
  co_return WelchSums{.size_a = a,
                      .size_b = b,
                      .difference = std::move(above),
                      .v_a = v_a,
                      .v_b = v_b,
                      .v = v,
                      .size_bits = size_bits};
}

Task<WelchFreedom> FreedomOf(Ctx& ctx, const WelchSums& sums) {
  const std::uint64_t a = sums.size_a;
  const std::uint64_t b = sums.size_b;
  const unsigned __int128 both = static_cast<unsigned __int128>(a - 1) * (b - 1);
  Ctx v_ctx = ctx.Fork();
  Ctx a2_ctx = ctx.Fork();
  Ctx b2_ctx = ctx.Fork();
  const auto [v_square, a_square, b_square] =
      co_await Par(Square(v_ctx, sums.v), Square(a2_ctx, sums.v_a), Square(b2_ctx, sums.v_b));
  Ctx f_ctx = ctx.Fork();
  Ctx fa_ctx = ctx.Fork();
  Ctx fb_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [above, f_a, f_b, constant] = co_await Par(
      MultiplyPublic(f_ctx, v_square, both, v_square.bits() + 2 * sums.size_bits),
      MultiplyPublic(fa_ctx, a_square, b - 1, a_square.bits() + sums.size_bits),
      MultiplyPublic(fb_ctx, b_square, a - 1, b_square.bits() + sums.size_bits), IsZero(zero_ctx, sums.v));
  const BitColumn below = co_await AddSigned(ctx, AsSigned(f_a), AsSigned(f_b));
  co_return WelchFreedom(above, below, Not(ctx.session().self(), constant));
}

std::optional<PlainWelch> PlainWelchSums(const PlainGroups& groups) {
  const std::uint64_t a = groups.a.size();
  const std::uint64_t b = groups.b.size();
  if (a < 2 || b < 2) return std::nullopt;
  const auto sum = [](const std::vector<std::int64_t>& x) {
    return Rational(std::accumulate(x.begin(), x.end(), __int128{0}));
  };
  const Rational m_a(a), m_b(b), one(1);
  const Rational variance_a = PlainCentralProduct(groups.a, groups.a) / m_a / (m_a - one) / m_a;
  const Rational variance_b = PlainCentralProduct(groups.b, groups.b) / m_b / (m_b - one) / m_b;
  const Rational variance = variance_a + variance_b;
  const Rational difference = sum(groups.a) / m_a - sum(groups.b) / m_b;
  if (variance.Sign() == 0) return PlainWelch(difference, variance, Rational(0));
  return PlainWelch(
      difference, variance,
      variance * variance / (variance_a * variance_a / (m_a - one) + variance_b * variance_b / (m_b - one)));
}

Status WelchFits(const StatisticCall& call) {
  RETURN_IF_ERROR(GroupsDiffer(call));
  if (SecondMomentFits(call.types[0], call.rows)) return {};
  return Fail(ErrorCode::kInvalidArgument, "does not fit: squares of " + std::to_string(call.rows) +
                                               " values of " + std::to_string(call.types[0].bits) +
                                               " bits need more than 125 bits; use fewer decimals");
}

}  // namespace mpcstats
