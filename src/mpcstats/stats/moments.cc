#include "mpcstats/stats/moments.h"

#include <bit>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"

namespace mpcstats {

namespace {

constexpr unsigned kLimbBits = 30;
constexpr unsigned kWideBits = 192;

// n S(uv) - S(u) S(v) for each pair, in the field.
Task<ArithColumn<Fp127>> CentralProducts(Ctx& ctx, std::vector<DotOperands<Fp127>> pairs,
                                         std::uint64_t count) {
  const std::size_t n = pairs.size();
  auto left = std::make_shared<SharedElements<Fp127>>(n);
  auto right = std::make_shared<SharedElements<Fp127>>(n);
  for (std::size_t d = 0; d < n; ++d) {
    const ArithColumn<Fp127> u = SumRows(pairs[d].x);
    const ArithColumn<Fp127> v = SumRows(pairs[d].y);
    left->own[d] = u.own()[0];
    left->next[d] = u.next()[0];
    right->own[d] = v.own()[0];
    right->next[d] = v.next()[0];
  }
  const ArithColumn<Fp127> sums_left(std::move(left));
  const ArithColumn<Fp127> sums_right(std::move(right));
  Ctx dot_ctx = ctx.Fork();
  Ctx multiply_ctx = ctx.Fork();
  auto [dots, products] = co_await Par(Dot<Fp127>(dot_ctx, std::move(pairs)),
                                       Multiply<Fp127>(multiply_ctx, sums_left, sums_right));
  co_return Subtract(MultiplyPublic(dots, Fp127::FromU64(count)), products);
}

BitColumn RowShifted(const BitColumn& column, std::size_t row, unsigned shift) {
  const BitPlane zero = Zero(1);
  BitColumn out;
  out.planes.assign(shift, zero);
  for (const BitPlane& plane : column.planes) out.planes.push_back(plane.Slice(row, 1));
  return SelectPlanes(out, 0, kWideBits);
}

// With x = 2^30 h + l: n S(x^2) - S(x)^2 = 2^60 A + 2^31 B + C, where B = n S(hl) - S(h) S(l) may be negative. Only
// the whole is opened.
Task<Rational> OpenWideMoment(Ctx& ctx, const ColumnShares& column, std::string_view label) {
  const PartyIndex self = ctx.session().self();
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(column.high, column.high);
  pairs.emplace_back(column.high, column.low);
  pairs.emplace_back(column.low, column.low);
  ArithColumn<Fp127> terms = co_await CentralProducts(ctx, std::move(pairs), column.count);
  // |B| < 2^31 2^30 n^2 < 2^123 for n < 2^31; the offset makes every term non-negative.
  constexpr unsigned kOffsetBit = 124;
  const unsigned __int128 offset = static_cast<unsigned __int128>(1) << kOffsetBit;
  const ArithColumn<Fp127> lifted = AddPublic(self, terms, Fp127::FromSigned(static_cast<__int128>(offset)));
  const BitColumn bits = co_await FieldToBits(ctx, lifted);
  std::vector<BitColumn> summands;
  summands.push_back(RowShifted(bits, 0, 2 * kLimbBits));
  summands.push_back(RowShifted(bits, 1, kLimbBits + 1));
  summands.push_back(RowShifted(bits, 2, 0));
  BitColumn total = co_await AddMany(ctx, std::move(summands), kWideBits);
  BitPlanes packed(1, GatherScalars(total.planes));
  const PublicPlanes opened = co_await Open(ctx, std::move(packed), label);
  // The offsets of the three terms are public; the total is taken modulo 2^192, and the moment is below 2^184.
  Rational value = Rational::FromLimbs(false, opened[0]);
  Rational power(1);
  for (unsigned b = 0; b < kOffsetBit; ++b) power = power + power;
  const Rational two_to_60 = Rational(std::uint64_t{1} << 60);
  const Rational two_to_31 = Rational(std::uint64_t{1} << 31);
  value = value - power * (two_to_60 + two_to_31 + Rational(1));
  if (value.Sign() < 0) {
    Rational modulus(1);
    for (unsigned b = 0; b < kWideBits; ++b) modulus = modulus + modulus;
    value = value + modulus;
  }
  co_return value;
}

std::optional<Rational> VarianceOf(const Rational& moment, std::uint64_t count, const ColumnType& type) {
  if (count < 2) return std::nullopt;
  return Unscale(moment / Rational(count) / Rational(count - 1), type, 2);
}

}  // namespace

bool SecondMomentFits(const ColumnType& type, std::size_t rows) {
  return 2 * (type.MagnitudeBits() + static_cast<unsigned>(std::bit_width(rows))) <= 125;
}

unsigned MomentNeeds(const ColumnType& type, std::size_t rows) {
  return SecondMomentFits(type, rows) ? kField : kLimbs;
}

Status MomentFits(const ColumnType&, std::size_t rows) {
  if (rows >= 2) return {};
  return Fail(ErrorCode::kInvalidArgument, "needs at least two rows and the table has " +
                                               std::to_string(rows) + "; add rows, or ask for the mean");
}

StatisticCost MomentCost(const ColumnType& type, std::size_t rows) {
  return {0, (SecondMomentFits(type, rows) ? 1 : 3) * rows};
}

Task<std::optional<Rational>> OpenVariance(Ctx& ctx, const ColumnShares& column, std::string_view label) {
  if (column.count < 2) co_return std::nullopt;
  if (!SecondMomentFits(column.type, column.rows)) {
    const Rational wide = co_await OpenWideMoment(ctx, column, label);
    co_return VarianceOf(wide, column.count, column.type);
  }
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(column.units, column.units);
  const ArithColumn<Fp127> moment = co_await CentralProducts(ctx, std::move(pairs), column.count);
  const std::vector<Fp127> opened = co_await Open(ctx, moment, label);
  co_return VarianceOf(Rational(opened[0].value()), column.count, column.type);
}

std::optional<Rational> PlainVariance(std::span<const std::int64_t> units, const ColumnType& type) {
  Rational squares(0);
  __int128 sum = 0;
  // Squares of 18-digit values are added in 128-bit runs before they become rationals.
  unsigned __int128 run = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const __int128 x = units[i];
    run += static_cast<unsigned __int128>(x * x);
    sum += x;
    if (i % 128 == 127) {
      squares = squares + Rational(run);
      run = 0;
    }
  }
  squares = squares + Rational(run);
  return VarianceOf(
      Rational(static_cast<std::uint64_t>(units.size())) * squares - Rational(sum) * Rational(sum),
      units.size(), type);
}

}  // namespace mpcstats
