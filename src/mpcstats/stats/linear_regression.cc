// linear_regression(x, y): the line y = slope x + intercept of least squares, each number to 24 significant binary digits.
//
// slope = A(xy) / A(xx) and intercept = (S(y) A(xx) - S(x) A(xy)) / (n A(xx)), with A the central products and S the sums.
// Numerators and denominators stay secret.
#include <bit>
#include <numeric>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {
namespace {

constexpr char kConstant[] = "x is constant";

unsigned Needs(const StatisticCall& call, std::size_t position) {
  return kField | CentralProductNeeds(call, position);
}

// numerator / denominator as planes to open.
struct Ratio {
  BitPlanes planes;
  BinaryFloat shape;
};
Task<Ratio> RatioOf(Ctx& ctx, BitColumn numerator, BitColumn denominator) {
  const Magnitude above = co_await AbsoluteValue(ctx, std::move(numerator));
  const BinaryFloat quotient = co_await DivideToFloat(ctx, above.value, std::move(denominator), kFloatDigits);
  BitPlanes planes = co_await FloatPlanes(ctx, quotient, above.negative);
  co_return Ratio(std::move(planes), quotient);
}

Figure LineOf(Figure slope, Figure intercept) {
  std::vector<Figure> parts;
  parts.push_back(std::move(slope).Named("slope"));
  parts.push_back(std::move(intercept).Named("intercept"));
  return Figure::Of(std::move(parts));
}

Task<BitColumn> SumSigned(Ctx& ctx, const ColumnShares& column) {
  const ArithColumn<Fp127> sum = SumRows(column.units);
  BitColumn bits = co_await FieldToSigned(ctx, sum);
  co_return Trimmed(bits, column.type.bits + static_cast<unsigned>(std::bit_width(column.rows)) + 1);
}

Task<Figure> Regression(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  if (std::optional<Figure> none = NoMoment(x.count, Divisor::kSample)) co_return *none;
  std::vector<CentralPair> pairs;
  pairs.emplace_back(&x, &y);
  pairs.emplace_back(&x, &x);
  Ctx products_ctx = ctx.Fork();
  Ctx x_ctx = ctx.Fork();
  Ctx y_ctx = ctx.Fork();
  const auto [products, x_sum, y_sum] =
      co_await Par(CentralProducts(products_ctx, std::move(pairs)), SumSigned(x_ctx, x), SumSigned(y_ctx, y));
  const BitColumn xy = products[0];
  const BitColumn xx = products[1];
  Ctx left_ctx = ctx.Fork();
  Ctx right_ctx = ctx.Fork();
  Ctx below_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const unsigned below_bits = xx.bits() + static_cast<unsigned>(std::bit_width(x.count));
  const auto [left, right, below, constant] =
      co_await Par(MultiplySigned(left_ctx, y_sum, xx), MultiplySigned(right_ctx, x_sum, xy),
                   MultiplyPublic(below_ctx, xx, x.count, below_bits), IsZero(zero_ctx, xx));
  const BitColumn above = co_await SubtractSigned(ctx, left, right);
  Ctx slope_ctx = ctx.Fork();
  Ctx intercept_ctx = ctx.Fork();
  auto [slope, intercept] = co_await Par(RatioOf(slope_ctx, xy, xx), RatioOf(intercept_ctx, above, below));
  // With a constant x every product with it is zero, and so both quotients are a function of that alone.
  std::vector<BitPlanes> numbers;
  numbers.push_back(slope.planes);
  numbers.push_back(intercept.planes);
  numbers.push_back(BitPlanes(1, constant));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(numbers), "slope and intercept");
  if (opened[2] != 0) co_return Figure::Undefined(kConstant);
  const int x_scale = static_cast<int>(x.type.scale);
  const int y_scale = static_cast<int>(y.type.scale);
  co_return LineOf(FloatFigure(ReadFloat(opened[0], slope.shape), x_scale - y_scale),
                   FloatFigure(ReadFloat(opened[1], intercept.shape), -y_scale));
}

Rational SumOf(const std::vector<std::int64_t>& units) {
  return Rational(std::accumulate(units.begin(), units.end(), __int128{0}));
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  const std::uint64_t n = columns[0].size();
  if (std::optional<Figure> none = NoMoment(n, Divisor::kSample)) return *none;
  const Rational xx = PlainCentralProduct(columns[0], columns[0]);
  if (xx.Sign() == 0) return Figure::Undefined(kConstant);
  const Rational slope = PlainCentralProduct(columns[0], columns[1]) / xx;
  const Rational intercept = (SumOf(columns[1]) - slope * SumOf(columns[0])) / Rational(n);
  return LineOf(Nearest(Unscale(Unscale(slope, types[1]), types[0], -1)),
                Nearest(Unscale(intercept, types[1])));
}

std::size_t OpenedNumbers(const StatisticCall&) { return 2; }

// With two divisions of wide numbers, wider ones from limbs.
StatisticCost Cost(const StatisticCall& call) {
  const std::uint64_t products = CentralProductCost(call).and_gates;
  return {products + (products == 0 ? 100'000 : 180'000)};
}

REGISTER_STATISTIC(Statistic{.name = "linear_regression",
                             .summary = "slope and intercept of y on x, each to within 2^-24 of itself",
                             .columns = {2, 2},
                             .discloses = {"n", "slope and intercept"},
                             .degree = 2,
                             .has_parts = true,
                             .opened_numbers = OpenedNumbers,
                             .needs_at = Needs,
                             .fits_call = CentralProductFits,
                             .cost_call = Cost,
                             .compute_columns = Regression,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
