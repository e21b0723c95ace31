// kurtosis(x): the excess g2 = m4 / m2^2 - 3 with moments of divisor n, to within 2^-21. Nothing else is opened.
#include <bit>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/power_sums.h"

namespace mpcstats {
namespace {

constexpr char kConstant[] = "all values are equal";

Task<Figure> Kurtosis(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const CentralMoments moments = co_await CentralMomentsOf(ctx, column, HighestPower::kFourth);
  Ctx below_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [below, constant] =
      co_await Par(Square(below_ctx, moments.second), IsZero(zero_ctx, moments.second));
  // m4 / m2^2 = A4 / A2^2 < n
  const auto whole = static_cast<unsigned>(std::bit_width(column.rows));
  BitColumn ratio = co_await DivideToFixed(ctx, moments.fourth, below, whole, kFractionBits + 1);
  const BitColumn rounded = co_await RoundOff(ctx, std::move(ratio), 1);
  // With equal values the fourth moment is zero as well, and so the digits are a function of that alone.
  std::vector<BitColumn> numbers;
  numbers.push_back(AsSigned(rounded));
  numbers.push_back(AsSigned(BitColumn(BitPlanes(1, constant))));
  const std::vector<Rational> opened = co_await OpenSigned(ctx, std::move(numbers), "kurtosis");
  if (opened[1].Sign() != 0) co_return Figure::Undefined(kConstant);
  co_return FixedFigure(opened[0] - Rational(std::int64_t{3} << kFractionBits));
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType&, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  const PlainMoments m = PlainCentralMoments(units);
  if (m.second.Sign() == 0) return Figure::Undefined(kConstant);
  return Nearest(m.fourth / (m.second * m.second) - Rational(3));
}

Status Fits(const ColumnType& type, std::size_t rows) {
  return PowerSumsFit(type, rows, HighestPower::kFourth);
}

StatisticCost Cost(const ColumnType&, std::size_t rows) { return {rows / 64 + 150'000}; }

REGISTER_STATISTIC(Statistic{.name = "kurtosis",
                             .summary = "excess kurtosis m4 / m2^2 - 3 (divisor n), to within 2^-21",
                             .discloses = {"n", "kurtosis"},
                             .in_units = false,
                             .needs = kField,
                             .fits = Fits,
                             .cost = Cost,
                             .compute = Kurtosis,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
