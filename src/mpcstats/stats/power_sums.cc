#include "mpcstats/stats/power_sums.h"

#include <bit>

#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {

namespace {

struct PowerSums {
  BitColumn p1, p2, p3;
  BitColumn p4;  // without planes up to the third
};

Task<PowerSums> SumPowers(Ctx& ctx, const ColumnShares& column, HighestPower highest) {
  const ArithColumn<Fp127> squares = co_await Multiply<Fp127>(ctx, column.units, column.units);
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(squares, column.units);
  if (highest == HighestPower::kFourth) pairs.emplace_back(squares, squares);
  const ArithColumn<Fp127> dots = co_await Dot<Fp127>(ctx, std::move(pairs));
  const ArithColumn<Fp127> first = SumRows(column.units);
  const ArithColumn<Fp127> second = SumRows(squares);
  const auto powers = static_cast<unsigned>(highest);
  const ArithColumn<Fp127> all = MapShares<Fp127>(powers, [&](std::size_t row, bool next) {
    if (row >= 2) return ComponentOf(dots, next)[row - 2];
    return ComponentOf(row == 0 ? first : second, next)[0];
  });
  const BitColumn bits = co_await FieldToSigned(ctx, all);
  const auto sum = [&](unsigned power) {
    const unsigned width =
        power * column.type.MagnitudeBits() + static_cast<unsigned>(std::bit_width(column.rows)) + 1;
    return power > powers ? BitColumn() : Trimmed(RowOf(bits, power - 1), width);
  };
  co_return PowerSums(sum(1), sum(2), sum(3), sum(4));
}

// n a - factor b c
Task<BitColumn> Combine(Ctx& ctx, std::uint64_t n, BitColumn a, unsigned factor, BitColumn b, BitColumn c) {
  Ctx a_ctx = ctx.Fork();
  Ctx b_ctx = ctx.Fork();
  const auto [left, product] = co_await Par(MultiplySignedPublic(a_ctx, a, n), MultiplySigned(b_ctx, b, c));
  const BitColumn right = co_await MultiplySignedPublic(ctx, product, factor);
  BitColumn out = co_await SubtractSigned(ctx, left, right);
  co_return out;
}

Task<BitColumn> Minus(Ctx& ctx, BitColumn x) {
  BitColumn out = co_await SubtractSigned(ctx, ConstantColumn(ctx.session().self(), 0, 1, 1), std::move(x));
  co_return out;
}

// A_2 = n P2 - P1 P1 and a3 = n P3 - 3 P1 P2, of which A_3 = n a3 + 2 P1^3.
Task<CentralMoments> UpToThird(Ctx& ctx, std::uint64_t n, PowerSums p) {
  Ctx second_ctx = ctx.Fork();
  Ctx third_ctx = ctx.Fork();
  Ctx square_ctx = ctx.Fork();
  Ctx minus_ctx = ctx.Fork();
  const auto [a2, a3, square, minus_p1] =
      co_await Par(Combine(second_ctx, n, p.p2, 1, p.p1, p.p1), Combine(third_ctx, n, p.p3, 3, p.p1, p.p2),
                   MultiplySigned(square_ctx, p.p1, p.p1), Minus(minus_ctx, p.p1));
  BitColumn third = co_await Combine(ctx, n, a3, 2, square, minus_p1);
  co_return CentralMoments(a2, std::move(third), BitColumn());
}

Task<CentralMoments> UpToFourth(Ctx& ctx, std::uint64_t n, PowerSums p) {
  Ctx second_ctx = ctx.Fork();
  Ctx third_ctx = ctx.Fork();
  Ctx fourth_ctx = ctx.Fork();
  Ctx square_ctx = ctx.Fork();
  // a2 = n P2 - P1 P1; a3 = n P3 - 3 P1 P2; a4 = n P4 - 4 P1 P3.
  const auto [a2, a3, a4, square] =
      co_await Par(Combine(second_ctx, n, p.p2, 1, p.p1, p.p1), Combine(third_ctx, n, p.p3, 3, p.p1, p.p2),
                   Combine(fourth_ctx, n, p.p4, 4, p.p1, p.p3), MultiplySigned(square_ctx, p.p1, p.p1));
  // A3 = n a3 + 2 P1^3; A4 = n (n a4 + 6 P1^2 P2) - 3 P1^4.
  Ctx cube_ctx = ctx.Fork();
  Ctx mixed_ctx = ctx.Fork();
  const auto [minus_p1, minus_square] = co_await Par(Minus(cube_ctx, p.p1), Minus(mixed_ctx, square));
  Ctx third2_ctx = ctx.Fork();
  Ctx fourth2_ctx = ctx.Fork();
  const auto [third, inner] = co_await Par(Combine(third2_ctx, n, a3, 2, square, minus_p1),
                                           Combine(fourth2_ctx, n, a4, 6, minus_square, p.p2));
  BitColumn fourth = co_await Combine(ctx, n, inner, 3, square, square);
  co_return CentralMoments(a2, third, std::move(fourth));
}

}  // namespace

Status PowerSumsFit(const ColumnType& type, std::size_t rows, HighestPower highest) {
  const unsigned bits =
      static_cast<unsigned>(highest) * type.MagnitudeBits() + static_cast<unsigned>(std::bit_width(rows));
  if (bits <= 125) return {};
  const std::string_view power = highest == HighestPower::kThird ? "third" : "fourth";
  return Fail(ErrorCode::kInvalidArgument, "does not fit: " + std::string(power) +
                                               " powers of this column need " + std::to_string(bits) +
                                               " bits and 125 are the most; use fewer decimals");
}

Task<CentralMoments> CentralMomentsOf(Ctx& ctx, const ColumnShares& column, HighestPower highest) {
  const std::uint64_t n = column.count;
  PowerSums p = co_await SumPowers(ctx, column, highest);
  CentralMoments moments;
  if (highest == HighestPower::kFourth) {
    CentralMoments all = co_await UpToFourth(ctx, n, std::move(p));
    moments = std::move(all);
  } else {
    CentralMoments three = co_await UpToThird(ctx, n, std::move(p));
    moments = std::move(three);
  }
  // |A_k| <= n^k 2^(k bits).
  const auto width = [&](unsigned k) {
    return k * (column.type.MagnitudeBits() + 1 + static_cast<unsigned>(std::bit_width(column.rows))) + 1;
  };
  moments.second = Trimmed(moments.second, width(2));
  moments.third = Trimmed(moments.third, width(3));
  moments.fourth = Trimmed(moments.fourth, width(4));
  co_return moments;
}

PlainMoments PlainCentralMoments(std::span<const std::int64_t> units) {
  Rational p1(0), p2(0), p3(0), p4(0);
  for (const std::int64_t x : units) {
    const Rational value(x);
    const Rational square = value * value;
    p1 = p1 + value;
    p2 = p2 + square;
    p3 = p3 + square * value;
    p4 = p4 + square * square;
  }
  const Rational n(static_cast<std::uint64_t>(units.size()));
  return {n * p2 - p1 * p1, n * n * p3 - Rational(3) * n * p1 * p2 + Rational(2) * p1 * p1 * p1,
          n * n * n * p4 - Rational(4) * n * n * p1 * p3 + Rational(6) * n * p1 * p1 * p2 -
              Rational(3) * p1 * p1 * p1 * p1};
}

}  // namespace mpcstats
