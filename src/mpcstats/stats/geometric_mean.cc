// geometric_mean(x): 2 to the mean of log2(x), zero if a value is zero. The mean of the logarithms is opened to 20 binary digits.
//
// Every row gets log2(x) by a straight line out of 256 (mean_tables.h). What is added up over the rows is not the logarithm
// but the planes of its parts: start + slope r is a sum of planes and of products of two planes, and counting them needs no
// addition inside a row.
#include <bit>
#include <cmath>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/lookup.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/stats/mean_tables.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/positive.h"

namespace mpcstats {
namespace {

constexpr unsigned kLogPlaces = 31;  // digits behind the point of a sum of logarithms

struct Logs {
  BitColumn total;  // of all valid rows, in units of 2^-31; meaningless if a value is zero
  BitPlane any_zero;
};

Task<Logs> SumLogs(Ctx& ctx, const ColumnShares& x) {
  const Scientific numbers = co_await ToScientific(ctx, x.bits, kMantissaDigits);
  BitPlanes pieces = co_await OneHot(ctx, SelectPlanes(numbers.fraction, kInnerBits, kPieceBits));
  const BitColumn start = Lookup(pieces, LogTable().start, kStartBits);
  const BitColumn slope = Lookup(pieces, LogTable().slope, kSlopeBits);
  pieces.clear();
  BitPlanes left, right, planes;
  std::vector<unsigned> weights;
  for (unsigned a = 0; a < kSlopeBits; ++a) {
    for (unsigned b = 0; b < kInnerBits; ++b) {
      left.push_back(slope.planes[a]);
      right.push_back(numbers.fraction.planes[b]);
      weights.push_back(a + b);
    }
  }
  BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
  planes = std::move(products);
  for (unsigned b = 0; b < kStartBits; ++b) {
    planes.push_back(start.planes[b]);
    weights.push_back(b + kLogPlaces - 24);
  }
  for (unsigned b = 0; b < numbers.exponent.bits(); ++b) {
    planes.push_back(numbers.exponent.planes[b]);
    weights.push_back(b + kLogPlaces);
  }
  // A missing row is a zero, and counts as the start of the first piece.
  const unsigned __int128 missing = static_cast<unsigned __int128>(x.rows - x.count) * LogTable().start[0]
                                    << (kLogPlaces - 24);
  const unsigned bits = kLogPlaces + 6 + static_cast<unsigned>(std::bit_width(x.rows));
  Ctx count_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  auto [total, any_zero] =
      co_await Par(WeightedCount(count_ctx, std::move(planes), std::move(weights), missing, bits),
                   AnyZero(zero_ctx, x.valid, numbers.nonzero));
  co_return Logs(total, any_zero);
}

Task<Figure> GeometricMean(Ctx& ctx, const ColumnShares& x, Decimal) {
  if (x.count == 0) co_return Figure::Undefined("no values");
  const PartyIndex self = ctx.session().self();
  const Logs logs = co_await SumLogs(ctx, x);
  // total / (2^31 n), below 64, to one digit more than is opened.
  const unsigned __int128 below = static_cast<unsigned __int128>(x.count) << kLogPlaces;
  const BitColumn divisor =
      ConstantColumn(self, below, kLogPlaces + static_cast<unsigned>(std::bit_width(x.count)), 1);
  BitColumn mean = co_await DivideToFixed(ctx, logs.total, divisor, 6, kFractionBits + 1);
  BitColumn rounded = co_await RoundOff(ctx, std::move(mean), 1);
  // With a zero among the values the sum is of numbers that are none.
  const BitPlane all_positive = Not(self, logs.any_zero);
  BitColumn kept = co_await ZeroUnless(ctx, all_positive, std::move(rounded));
  std::vector<BitPlanes> numbers;
  numbers.push_back(std::move(kept.planes));
  numbers.push_back(BitPlanes(1, logs.any_zero));
  const std::vector<unsigned __int128> opened =
      co_await OpenNumbers(ctx, std::move(numbers), "geometric mean");
  if (opened[1] != 0) co_return Figure::Exact(0);
  const double log = std::ldexp(static_cast<double>(static_cast<std::uint64_t>(opened[0])),
                                -static_cast<int>(kFractionBits));
  const double value = std::exp2(log) * Rational::PowerOfTen(-static_cast<int>(x.type.scale)).ToDouble();
  // 2^e - 1 <= 0.694 e for these e.
  co_return Figure({}, value, value * 0.694 * (kLogError + std::ldexp(0.5, -static_cast<int>(kFractionBits))),
                   {});
}

Figure Plain(std::span<const std::int64_t> units, const ColumnType& type, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  long double logs = 0;
  for (const std::int64_t x : units) {
    if (x == 0) return Figure::Exact(0);
    logs += std::log2(static_cast<long double>(x));
  }
  const long double mean = std::exp2(logs / static_cast<long double>(units.size()));
  return {
      {}, static_cast<double>(mean) * Rational::PowerOfTen(-static_cast<int>(type.scale)).ToDouble(), 0, {}};
}

StatisticCost Cost(const ColumnType& type, std::size_t rows) {
  const unsigned shift = type.bits * static_cast<unsigned>(std::bit_width(type.bits));
  return {rows * (type.bits + shift + 247 + 144 + 175) + 20'000};
}

REGISTER_STATISTIC(Statistic{.name = "geometric_mean",
                             .summary = "geometric mean, to within 2^-18 of itself; zero if a value is",
                             .discloses = {"n", "geometric mean"},
                             .fits = PositiveFits,
                             .cost = Cost,
                             .compute = GeometricMean,
                             .plain = Plain});

}  // namespace
}  // namespace mpcstats
