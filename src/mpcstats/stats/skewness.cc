// skewness(x): g1 = m3 / m2^1.5 with moments of divisor n, to within 2^-21. Nothing else is opened.
#include <bit>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/power_sums.h"

namespace mpcstats {
namespace {

constexpr char kConstant[] = "all values are equal";

Task<Figure> Skewness(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const CentralMoments moments = co_await CentralMomentsOf(ctx, column, HighestPower::kThird);
  const Magnitude third = co_await AbsoluteValue(ctx, moments.third);
  Ctx square_ctx = ctx.Fork();
  Ctx below_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [square, second_square, constant] = co_await Par(
      Square(square_ctx, third.value), Square(below_ctx, moments.second), IsZero(zero_ctx, moments.second));
  const BitColumn below = co_await Multiply(ctx, second_square, moments.second);
  // g1^2 = A3^2 / A2^3 < n
  const auto whole = static_cast<unsigned>(std::bit_width(column.rows));
  const BitColumn ratio = co_await DivideToFixed(ctx, square, below, whole, 2 * kFractionBits + 2);
  BitColumn root = co_await SquareRoot(ctx, ratio);
  BitColumn rounded = co_await RoundOff(ctx, std::move(root), 1);
  // With equal values the third moment is zero as well, and so the digits are a function of that alone.
  const BitColumn digits = co_await WithSign(ctx, std::move(rounded), third.negative);
  std::vector<BitColumn> numbers;
  numbers.push_back(digits);
  numbers.push_back(AsSigned(BitColumn(BitPlanes(1, constant))));
  const std::vector<Rational> opened = co_await OpenSigned(ctx, std::move(numbers), "skewness");
  if (opened[1].Sign() != 0) co_return Figure::Undefined(kConstant);
  co_return FixedFigure(opened[0]);
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType&, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  const PlainMoments m = PlainCentralMoments(units);
  if (m.second.Sign() == 0) return Figure::Undefined(kConstant);
  return SignedRoot(m.third * m.third / (m.second * m.second * m.second), m.third.Sign());
}

Status Fits(const ColumnType& type, std::size_t rows) {
  return PowerSumsFit(type, rows, HighestPower::kThird);
}

StatisticCost Cost(const ColumnType&, std::size_t rows) { return {rows / 64 + 150'000}; }

REGISTER_STATISTIC(Statistic{.name = "skewness",
                             .summary = "skewness m3 / m2^1.5 (divisor n), to within 2^-21",
                             .discloses = {"n", "skewness"},
                             .in_units = false,
                             .needs = kField,
                             .fits = Fits,
                             .cost = Cost,
                             .compute = Skewness,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
