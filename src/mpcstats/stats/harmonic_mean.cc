// harmonic_mean(x): n by the sum of 1/x, zero if a value is zero; to 24 significant binary digits of a sum whose terms are
// within 2^-18 of themselves.
//
// Every row gets 1/m of its mantissa m by a straight line out of 256 (mean_tables.h), shifted to where its exponent says.
#include <bit>
#include <cmath>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/lookup.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/boolean/shift.h"
#include "mpcstats/stats/mean_tables.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/positive.h"

namespace mpcstats {
namespace {

constexpr unsigned kReciprocalPlaces = 22;

struct Reciprocals {
  BitColumn total;  // of all valid rows, in units of 2^-(22 + bits - 1); meaningless if a value is zero
  BitPlane any_zero;
};

Task<Reciprocals> SumReciprocals(Ctx& ctx, const ColumnShares& x) {
  const Scientific numbers = co_await ToScientific(ctx, x.bits, kMantissaDigits);
  BitPlanes pieces = co_await OneHot(ctx, SelectPlanes(numbers.fraction, kInnerBits, kPieceBits));
  BitColumn start = Lookup(pieces, ReciprocalTable().start, kReciprocalPlaces + 1);
  BitColumn slope = Lookup(pieces, ReciprocalTable().slope, kSlopeBits);
  pieces.clear();
  BitColumn inner = SelectPlanes(numbers.fraction, 0, kInnerBits);
  const BitColumn product = co_await Multiply(ctx, std::move(slope), std::move(inner));
  const Difference mantissa =
      co_await Subtract(ctx, std::move(start), SelectPlanes(product, 9, kSlopeBits + kInnerBits - 9));
  // 1/x = 2^-exponent / m, and places = bits - 1 - exponent.
  const unsigned width = kReciprocalPlaces + x.type.bits;
  BitColumn shifted = co_await BarrelShiftLeft(ctx, mantissa.value, numbers.places, width);
  std::vector<unsigned> weights;
  for (unsigned b = 0; b < width; ++b) weights.push_back(b);
  // A missing row is a zero, and counts as the start of the first piece.
  const unsigned __int128 missing =
      static_cast<unsigned __int128>(x.rows - x.count) * ReciprocalTable().start[0];
  const unsigned bits = width + static_cast<unsigned>(std::bit_width(x.rows));
  Ctx count_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  auto [total, any_zero] =
      co_await Par(WeightedCount(count_ctx, std::move(shifted.planes), std::move(weights), missing, bits),
                   AnyZero(zero_ctx, x.valid, numbers.nonzero));
  co_return Reciprocals(total, any_zero);
}

Task<Figure> HarmonicMean(Ctx& ctx, const ColumnShares& x, Decimal) {
  if (x.count == 0) co_return Figure::Undefined("no values");
  const PartyIndex self = ctx.session().self();
  const Reciprocals sum = co_await SumReciprocals(ctx, x);
  const unsigned places = kReciprocalPlaces + x.type.bits - 1;
  const unsigned __int128 above = static_cast<unsigned __int128>(x.count) << places;
  const BitColumn numerator =
      ConstantColumn(self, above, places + static_cast<unsigned>(std::bit_width(x.count)), 1);
  BinaryFloat mean = co_await DivideToFloat(ctx, numerator, sum.total, kFloatDigits);
  // With a zero among the values the sum is of numbers that are none.
  const BitPlane all_positive = Not(self, sum.any_zero);
  const BinaryFloat kept = co_await MaskFloat(ctx, std::move(mean), all_positive);
  BitPlanes planes = co_await FloatPlanes(ctx, kept, Zero(1));
  std::vector<BitPlanes> numbers(1, std::move(planes));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(numbers), "harmonic mean");
  Figure figure = FloatFigure(ReadFloat(opened[0], kept), -static_cast<int>(x.type.scale));
  if (figure.value == 0) co_return Figure::Exact(0);
  figure.error_bound += figure.value * kReciprocalError * (1 + 0x1p-16);
  co_return figure;
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  long double sum = 0;
  for (const std::int64_t x : units) {
    if (x == 0) return Figure::Exact(0);
    sum += 1 / static_cast<long double>(x);
  }
  const long double mean = static_cast<long double>(units.size()) / sum;
  return {
      {}, static_cast<double>(mean) * Rational::PowerOfTen(-static_cast<int>(type.scale)).ToDouble(), 0, {}};
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  const auto levels = static_cast<unsigned>(std::bit_width(type.bits));
  return {rows * (2 * type.bits + type.bits * levels + 247 + 320 + (type.bits + 22) * levels) + 20'000};
}

REGISTER_STATISTIC(Statistic{.name = "harmonic_mean",
                             .summary = "harmonic mean, to within 2^-17.9 of itself; zero if a value is",
                             .discloses = {"n", "harmonic mean"},
                             .fits = PositiveFits,
                             .cost = Cost,
                             .compute = HarmonicMean,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
