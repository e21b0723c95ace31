// correlation(x, y): Pearson's r, to within 2^-21. Nothing but the sign and 20 binary digits is opened:
// r^2 = A(xy)^2 / (A(xx) A(yy)) with A the central products (moments.h), and the root is taken inside.
#include "mpcstats/stats/correlation.h"

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {

Task<Figure> CorrelationFigure(Ctx& ctx, BitColumn xy, BitColumn xx, BitColumn yy, std::string_view constant,
                               std::string_view label) {
  const Magnitude covariance = co_await AbsoluteValue(ctx, std::move(xy));
  Ctx square_ctx = ctx.Fork();
  Ctx product_ctx = ctx.Fork();
  const auto [square, below] =
      co_await Par(Square(square_ctx, covariance.value), Multiply(product_ctx, std::move(xx), std::move(yy)));
  // r^2 <= 1, and the root gets one digit more than is opened, for rounding.
  Ctx root_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [root, is_constant] =
      co_await Par(RootOfFraction(root_ctx, square, below, kFractionBits + 1), IsZero(zero_ctx, below));
  BitColumn rounded = co_await RoundOff(ctx, root, 1);
  BitColumn digits = SelectPlanes(rounded, 0, kFractionBits + 1);
  // Zero has no sign. With a constant column all products with it are zero, and so the digits are a function of that.
  BitColumn signed_digits = co_await WithSign(ctx, std::move(digits), covariance.negative);
  std::vector<BitColumn> numbers;
  numbers.push_back(std::move(signed_digits));
  numbers.push_back(AsSigned(BitColumn(BitPlanes(1, is_constant))));
  const std::vector<Rational> opened = co_await OpenSigned(ctx, std::move(numbers), label);
  if (opened[1].Sign() != 0) co_return Figure::Undefined(std::string(constant));
  co_return FixedFigure(opened[0]);
}

Figure PlainCorrelation(const Rational& xy, const Rational& xx, const Rational& yy,
                        std::string_view constant) {
  const Rational below = xx * yy;
  if (below.Sign() == 0) return Figure::Undefined(std::string(constant));
  return SignedRoot(xy * xy / below, xy.Sign());
}

namespace {
constexpr std::string_view kConstant = "a column is constant";
}  // namespace

Task<Figure> PearsonFigure(Ctx& ctx, const ColumnShares& x, const ColumnShares& y) {
  std::vector<CentralPair> pairs;
  pairs.emplace_back(&x, &y);
  pairs.emplace_back(&x, &x);
  pairs.emplace_back(&y, &y);
  std::vector<BitColumn> products = co_await CentralProducts(ctx, std::move(pairs));
  BitColumn xy = std::move(products[0]);
  BitColumn xx = std::move(products[1]);
  BitColumn yy = std::move(products[2]);
  Figure figure =
      co_await CorrelationFigure(ctx, std::move(xy), std::move(xx), std::move(yy), kConstant, "correlation");
  co_return figure;
}

Figure PlainPearson(std::span<const std::int64_t> x, std::span<const std::int64_t> y) {
  return PlainCorrelation(PlainCentralProduct(x, y), PlainCentralProduct(x, x), PlainCentralProduct(y, y),
                          kConstant);
}

namespace {

Task<Figure> Correlation(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  if (std::optional<Figure> none = NoMoment(x.count, Divisor::kSample)) co_return *none;
  Figure figure = co_await PearsonFigure(ctx, x, y);
  co_return figure;
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType>,
             std::span<const Decimal>) {
  if (std::optional<Figure> none = NoMoment(columns[0].size(), Divisor::kSample)) return *none;
  return PlainPearson(columns[0], columns[1]);
}

// With a root and a division of wide numbers, wider ones from limbs.
StatisticCost Cost(const StatisticCall& call) {
  const std::uint64_t products = CentralProductCost(call).and_gates;
  return {products + (products == 0 ? 155'000 : 270'000)};
}

REGISTER_STATISTIC(Statistic{.name = "correlation",
                             .summary = "Pearson correlation, to within 2^-21",
                             .columns = {2, 2},
                             .discloses = {"n", "correlation"},
                             .needs_at = CentralProductNeeds,
                             .fits_call = CentralProductFits,
                             .cost_call = Cost,
                             .compute_columns = Correlation,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
