// multiple_regression(x1, ..., xp, y): least squares y = b1 x1 + ... + bp xp + b0 with standard errors and R squared, of
// which the digits of these figures alone are opened.
//
// The normal equations are solved inside (normal_equations.h), to far more digits than are opened. Where the columns are
// so nearly dependent that the error could reach those, nothing is opened but that.
#include <bit>
#include <cmath>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/quotient.h"
#include "mpcstats/stats/least_squares.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/normal_equations.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/significant.h"

namespace mpcstats {
namespace {

constexpr char kDependent[] =
    "the columns are linearly dependent, or too nearly so; ask multiple_regression_from_sums";
constexpr std::string_view kLabel = "coefficients, errors and R squared";

// A number: +- mantissa 2^exponent, each with its sign, still shared; a row for each.
struct ShortNumbers {
  BitColumn mantissa;
  BitColumn exponent;
  BitPlane negative;
  int top = 0;  // public, to be added to the exponent
};

// One column of unsigned numbers for the rows that have one; zero for the others.
BitColumn Rows(const std::vector<BitColumn>& rows) {
  std::vector<BitColumn> padded;
  for (const BitColumn& row : rows) padded.push_back(AsSigned(row));
  return StackSigned(padded);
}

BitColumn Nothing() { return BitColumn(BitPlanes(1, Zero(1))); }

// What the mantissas are to be multiplied with, as powers of two: the lift of the number's own column less y's lift, the
// means' where a number has their units, and the places of its digits.
Task<BitColumn> Exponents(Ctx& ctx, std::vector<BitColumn> own, std::vector<BitColumn> means,
                          BitColumn places, BitColumn y_lift) {
  BitColumn y_lifts;
  for (const BitPlane& plane : y_lift.planes) y_lifts.planes.push_back(Broadcast(plane, places.rows()));
  std::vector<BitColumn> down;
  down.push_back(Rows(means));
  down.push_back(places);
  down.push_back(y_lifts);
  // Each below 2^8: the sum is below 2^10.
  BitColumn sum = co_await AddMany(ctx, std::move(down), 10);
  BitColumn exponent = co_await SubtractSigned(ctx, AsSigned(Rows(own)), AsSigned(sum));
  co_return exponent;
}

// The columns' lifts, a row for each slope and a zero for each of the `others` behind.
std::vector<BitColumn> LiftsOfSlopes(const ScaledEquations& equations, std::size_t others) {
  std::vector<BitColumn> rows;
  for (std::size_t j = 0; j < equations.slopes; ++j) rows.push_back(RowOf(equations.lift, j));
  rows.insert(rows.end(), others, Nothing());
  return rows;
}

// Slopes, intercept.
Task<ShortNumbers> Coefficients(Ctx& ctx, ScaledEquations equations, RegressionNumbers numbers) {
  const FixedNumbers all = JoinNumbers({numbers.slopes, numbers.intercept});
  const SignificantDigits digits = co_await LeadingDigits(ctx, all);
  std::vector<BitColumn> means(equations.slopes, Nothing());
  means.push_back(equations.mean_lift);
  BitColumn exponent = co_await Exponents(ctx, LiftsOfSlopes(equations, 1), std::move(means), digits.places,
                                          RowOf(equations.lift, equations.slopes));
  co_return ShortNumbers{digits.mantissa, std::move(exponent), digits.negative, digits.top};
}

// Standard errors of slopes and intercept, and the residual standard deviation.
Task<ShortNumbers> Errors(Ctx& ctx, ScaledEquations equations, RegressionNumbers numbers) {
  const std::size_t p = equations.slopes;
  const FixedNumbers factors = JoinNumbers({numbers.inverse, numbers.mean_inverse});
  std::vector<FixedProduct> products(
      1, FixedProduct{.x = PickNumbers(numbers.residual, std::vector<std::size_t>(p + 1, 0)),
                      .y = factors,
                      .sign = kFixedFraction + 1});
  const FixedNumbers none(Zero((p + 1) * kFixedBits));
  const FixedNumbers squares = co_await AddProducts(ctx, none, std::move(products));
  const FixedNumbers all = JoinNumbers({squares, numbers.residual});
  const SignificantDigits digits = co_await LeadingDigitsOfRoots(ctx, all);
  std::vector<BitColumn> means(p, Nothing());
  means.push_back(equations.mean_lift);
  means.push_back(Nothing());
  BitColumn exponent = co_await Exponents(ctx, LiftsOfSlopes(equations, 2), std::move(means), digits.places,
                                          RowOf(equations.lift, p));
  co_return ShortNumbers{digits.mantissa, std::move(exponent), digits.negative, digits.top};
}

// R squared with kFractionBits digits behind the point.
Task<BitColumn> FitDigits(Ctx& ctx, FixedNumbers explained) {
  constexpr unsigned kMore = 4;
  // Just below zero all digits are one, and rounding makes them zeros.
  BitColumn rounded = co_await RoundOff(
      ctx, DigitsOf(explained, kFixedFraction - kFractionBits - kMore, kFractionBits + kMore + 1), kMore);
  co_return SelectPlanes(rounded, 0, kFractionBits + 1);
}

BitColumn PlanesOf(const ShortNumbers& x) {
  BitColumn planes = x.mantissa;
  planes.planes.insert(planes.planes.end(), x.exponent.planes.begin(), x.exponent.planes.end());
  planes.planes.push_back(x.negative);
  return planes;
}

// A mantissa and an exponent as they were opened, with `top` added to the exponent, times a positive factor.
struct Opened {
  double value;
  double error_bound;
};
Opened ReadNumber(unsigned __int128 bits, unsigned planes, int top) {
  constexpr unsigned kMantissa = kSignificantDigits + 1;
  const unsigned exponent_bits = planes - kMantissa - 1;
  const auto mantissa = static_cast<std::uint64_t>(bits & ((1u << kMantissa) - 1));
  auto exponent =
      static_cast<int>(static_cast<std::uint64_t>(bits >> kMantissa) & ((1u << exponent_bits) - 1));
  if (exponent >> (exponent_bits - 1) != 0) exponent -= 1 << exponent_bits;
  const bool negative = (bits >> (planes - 1) & 1) != 0;
  const double unit = std::ldexp(1, exponent + top);
  const double magnitude = static_cast<double>(mantissa) * unit;
  // Half a unit of rounding, and at most an eighth of what was computed.
  return {negative && mantissa != 0 ? -magnitude : magnitude, 0.625 * unit};
}

Figure NumberFigure(Opened opened, double factor) {
  return {{}, opened.value * factor, opened.error_bound * factor * (1 + 0x1p-26), {}};
}

double TypeUnit(const ColumnType& type) {
  return Rational::PowerOfTen(-static_cast<int>(type.scale)).ToDouble();
}

// What is public about the numbers that were opened.
struct Meaning {
  std::uint64_t n = 0;
  unsigned half_bits = 0;
  std::vector<double> slope_units;  // y's by x's
  double y_unit = 0;
};

// Exponents of the numbers in a row: 2^(2 h) for the intercept, 2^h for the residual standard deviation.
Figure FigureOf(const Meaning& meaning, const std::vector<Opened>& coefficients,
                const std::vector<Opened>& errors, double fit) {
  const std::size_t p = meaning.slope_units.size();
  const auto n = static_cast<double>(meaning.n);
  const int h = static_cast<int>(meaning.half_bits);
  const double means_unit = std::ldexp(meaning.y_unit, 2 * h) / n;
  std::vector<Figure> parts;
  bool all_zero = true;
  for (std::size_t j = 0; j < p; ++j) {
    all_zero &= coefficients[j].value == 0;
    parts.push_back(NumberFigure(coefficients[j], meaning.slope_units[j]).Named(SlopeName(j)));
  }
  parts.push_back(NumberFigure(coefficients[p], means_unit).Named(std::string(kInterceptName)));
  if (errors.empty()) return Figure::Of(std::move(parts));
  const auto freedom = static_cast<double>(meaning.n - p - 1);
  const double root = 1 / std::sqrt(freedom);
  for (std::size_t j = 0; j < p; ++j) {
    parts.push_back(NumberFigure(errors[j], root * meaning.slope_units[j]).Named(SlopeErrorName(j)));
  }
  parts.push_back(NumberFigure(errors[p], root * means_unit).Named(std::string(kInterceptErrorName)));
  parts.push_back(NumberFigure(errors[p + 1], std::ldexp(meaning.y_unit, h) / std::sqrt(n * freedom))
                      .Named(std::string(kResidualName)));
  // Without slopes and without residuals y does not vary: a y that does has a square of a quarter or more to explain.
  if (all_zero && errors[p + 1].value == 0) return Figure::Of(std::move(parts));
  Figure figure{{}, fit, std::ldexp(0.5 + 0x1p-20, -static_cast<int>(kFractionBits)), {}};
  parts.push_back(std::move(figure).Named(std::string(kFitName)));
  return Figure::Of(std::move(parts));
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns, std::span<const Decimal>) {
  const PartyIndex self = ctx.session().self();
  const std::size_t p = columns.size() - 1;
  Meaning meaning{.n = columns[0]->count, .half_bits = 0, .slope_units = {}, .y_unit = 0};
  if (std::optional<Figure> none = NoRegression(meaning.n, p)) co_return *none;
  const bool with_errors = meaning.n > p + 1;
  const ScaledEquations equations = co_await ScaleEquations(ctx, columns);
  const RegressionNumbers numbers = co_await SolveEquations(ctx, equations);
  Ctx coefficients_ctx = ctx.Fork();
  Ctx errors_ctx = ctx.Fork();
  Ctx fit_ctx = ctx.Fork();
  auto [coefficients, errors, fit] =
      co_await Par(Coefficients(coefficients_ctx, equations, numbers), Errors(errors_ctx, equations, numbers),
                   FitDigits(fit_ctx, numbers.explained));
  std::vector<BitPlanes> opening;
  const auto add_rows = [&](const BitColumn& all) {
    for (std::size_t row = 0; row < all.rows(); ++row) opening.push_back(RowOf(all, row).planes);
  };
  add_rows(PlanesOf(coefficients));
  if (with_errors) {
    add_rows(PlanesOf(errors));
    opening.push_back(fit.planes);
  }
  // Where the check failed, these digits are of nothing in particular: they are not shown.
  BitPlanes flat;
  for (const BitPlanes& number : opening) flat.insert(flat.end(), number.begin(), number.end());
  const BitPlanes shown = co_await AndEach(ctx, std::move(flat), numbers.trusted);
  std::size_t at = 0;
  for (BitPlanes& number : opening) {
    for (BitPlane& plane : number) plane = shown[at++];
  }
  opening.emplace_back(1, Not(self, numbers.trusted));
  const std::vector<unsigned __int128> opened = co_await OpenNumbers(ctx, std::move(opening), kLabel);
  if (opened.back() != 0) co_return Figure::Undefined(kDependent);

  meaning.half_bits = equations.half_bits;
  meaning.y_unit = TypeUnit(columns[p]->type);
  for (std::size_t j = 0; j < p; ++j) {
    const int power = static_cast<int>(columns[j]->type.scale) - static_cast<int>(columns[p]->type.scale);
    meaning.slope_units.push_back(Rational::PowerOfTen(power).ToDouble());
  }
  std::vector<Opened> first, second;
  double share = 0;
  const unsigned first_planes = PlanesOf(coefficients).bits();
  const unsigned second_planes = PlanesOf(errors).bits();
  for (std::size_t i = 0; i < p + 1; ++i) {
    first.push_back(ReadNumber(opened[i], first_planes, coefficients.top));
  }
  if (with_errors) {
    for (std::size_t i = p + 1; i < 2 * p + 3; ++i) {
      second.push_back(ReadNumber(opened[i], second_planes, errors.top));
    }
    const auto units = static_cast<double>(static_cast<std::uint64_t>(opened[2 * p + 3]));
    share = std::ldexp(units, -static_cast<int>(kFractionBits));
  }
  co_return FigureOf(meaning, first, second, share);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal>) {
  return SolveLeastSquares(PlainRegressionSums(columns), types, kDependent);
}

unsigned Needs(const StatisticCall& call, std::size_t position) {
  return kField | CentralProductNeeds(call, position);
}

// The products of the columns, and the sweeps and their check, which do not grow with the rows.
StatisticCost Cost(const StatisticCall& call) {
  StatisticCost cost = CentralProductCost(call);
  const std::uint64_t p = call.types.size() - 1;
  constexpr std::uint64_t kProduct = 2 * kFixedBits * kFixedBits;
  cost.and_gates += p * (p * (p + 5) / 2 + 18) * kProduct + p * p * (p + 2) * kProduct / 2;
  return cost;
}

// Coefficients and their errors, the residual's error, and the share that is explained.
std::size_t OpenedNumbers(const StatisticCall& call) { return 2 * call.types.size() + 2; }

REGISTER_STATISTIC(Statistic{.name = "multiple_regression",
                             .summary = "least squares with standard errors, each number to 24 binary digits",
                             .columns = {2, kMostRegressionColumns},
                             .discloses = {"n", kLabel},
                             .has_parts = true,
                             .opened_numbers = OpenedNumbers,
                             .needs_at = Needs,
                             .fits_call = CentralProductFits,
                             .cost_call = Cost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
