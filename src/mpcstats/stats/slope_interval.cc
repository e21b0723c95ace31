// slope_interval(x, y) and slope_interval(x, y, level): Student's confidence interval of the slope of linear_regression, 95 %
// without a number: slope -+ t s with n - 2 degrees of freedom, as R's confint of lm.
//
// slope = A(xy) / A(xx) and (n - 2) s^2 = (A(xx) A(yy) - A(xy)^2) / A(xx)^2, with A the central products. Both quotients are
// opened to 24 significant binary digits: the interval's middle and width tell both.
#include <bit>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/confidence.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {
namespace {

constexpr char kFew[] = "fewer than three values";
constexpr char kConstant[] = "x is constant";

Figure IntervalOf(const Figure& slope, const Figure& quotient, std::uint64_t n,
                  std::span<const Decimal> numbers) {
  const auto freedom = static_cast<double>(n - 2);
  // One rounding more than the bound of the quotient has.
  const Figure square({}, quotient.value / freedom, quotient.error_bound / freedom, {});
  return StudentInterval(slope, square, Figure({}, freedom, 0, {}), freedom, TailOf(numbers));
}

// No central product of these columns is wider, whatever the field or the limbs leave room for.
unsigned ProductBits(const ColumnShares& x, const ColumnShares& y) {
  return x.type.MagnitudeBits() + y.type.MagnitudeBits() + 2 * static_cast<unsigned>(std::bit_width(x.rows)) +
         1;
}

// A(xx) A(yy) - A(xy)^2, which is not negative, as an unsigned number.
Task<BitColumn> Unexplained(Ctx& ctx, BitColumn xx, BitColumn yy, BitColumn xy) {
  Ctx all_ctx = ctx.Fork();
  Ctx explained_ctx = ctx.Fork();
  const auto [all, explained] =
      co_await Par(Multiply(all_ctx, std::move(xx), std::move(yy)), Square(explained_ctx, std::move(xy)));
  const BitColumn difference = co_await SubtractSigned(ctx, AsSigned(all), AsSigned(explained));
  co_return Trimmed(difference, all.bits());
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  if (x.count < 3) co_return Figure::Undefined(kFew);
  std::vector<CentralPair> pairs;
  pairs.emplace_back(&x, &y);
  pairs.emplace_back(&x, &x);
  pairs.emplace_back(&y, &y);
  const std::vector<BitColumn> products = co_await CentralProducts(ctx, std::move(pairs));
  const BitColumn xx = Trimmed(products[1], ProductBits(x, x));
  const BitColumn yy = Trimmed(products[2], ProductBits(y, y));
  const BitColumn product = Trimmed(products[0], ProductBits(x, y));
  const Magnitude xy = co_await AbsoluteValue(ctx, product);
  Ctx above_ctx = ctx.Fork();
  Ctx below_ctx = ctx.Fork();
  Ctx slope_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [above, below, slope, constant] =
      co_await Par(Unexplained(above_ctx, xx, yy, xy.value), Square(below_ctx, xx),
                   DivideToFloat(slope_ctx, xy.value, xx, kFloatDigits), IsZero(zero_ctx, xx));
  const BinaryFloat quotient = co_await DivideToFloat(ctx, above, below, kFloatDigits);
  // With a constant x both numerators are zero, and so both quotients are a function of that alone.
  Ctx sign_ctx = ctx.Fork();
  Ctx plain_ctx = ctx.Fork();
  auto [slope_planes, quotient_planes] =
      co_await Par(FloatPlanes(sign_ctx, slope, xy.negative), FloatPlanes(plain_ctx, quotient, Zero(1)));
  std::vector<BitPlanes> opening;
  opening.push_back(std::move(slope_planes));
  opening.push_back(std::move(quotient_planes));
  opening.push_back(BitPlanes(1, constant));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(opening), "slope and its error");
  if (opened[2] != 0) co_return Figure::Undefined(kConstant);
  const int power = static_cast<int>(x.type.scale) - static_cast<int>(y.type.scale);
  co_return IntervalOf(FloatFigure(ReadFloat(opened[0], slope), power),
                       FloatFigure(ReadFloat(opened[1], quotient), 2 * power), x.count, numbers);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const std::uint64_t n = columns[0].size();
  if (n < 3) return Figure::Undefined(kFew);
  const Rational xx = PlainCentralProduct(columns[0], columns[0]);
  const Rational yy = PlainCentralProduct(columns[1], columns[1]);
  const Rational xy = PlainCentralProduct(columns[0], columns[1]);
  if (xx.Sign() == 0) return Figure::Undefined(kConstant);
  const Rational slope = xy / xx;
  const Rational quotient = yy / xx - slope * slope;
  return IntervalOf(Nearest(Unscale(Unscale(slope, types[1]), types[0], -1)),
                    Nearest(Unscale(Unscale(quotient, types[1], 2), types[0], -2)), n, numbers);
}

std::size_t OpenedNumbers(const StatisticCall&) { return 2; }

// Two divisions, and products of wide numbers, wider ones from limbs.
StatisticCost Cost(const StatisticCall& call) {
  const std::uint64_t products = CentralProductCost(call).and_gates;
  return {products + (products == 0 ? 75'000 : 180'000)};
}

REGISTER_STATISTIC(Statistic{
    .name = "slope_interval",
    .summary = "Student's confidence interval of the slope of y on x, 95 % or a level",
    .columns = {2, 2},
    .numbers = {.min = 0, .max = 1, .ranges = {kLevelRange}},
    .discloses = {"n", "slope and its error"},
    .has_parts = true,
    .in_units = false,
    .opened_numbers = OpenedNumbers,
    .needs_at = CentralProductNeeds,
    .fits_call = CentralProductFits,
    .cost_call = Cost,
    .compute_columns = Compute,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
