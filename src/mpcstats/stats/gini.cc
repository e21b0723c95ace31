// gini(x): the Gini index G = sum_i (2i - n - 1) x_(i) / (n sum x) of non-negative values in ascending order.
//
// Numerator and denominator stay secret (the denominator would give the mean): the quotient is formed inside and opened
// to 20 binary digits. More digits would tell the fraction in lowest terms, and with it the sum.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

constexpr unsigned kFractionBits = 20;

Figure FigureOf(std::uint64_t quotient) {
  return {{},
          std::ldexp(static_cast<double>(quotient), -static_cast<int>(kFractionBits)),
          std::ldexp(0.5, -static_cast<int>(kFractionBits)),
          {}};
}

// Bits of n * sum x and of the numerator, which is smaller.
unsigned Width(const ColumnType& type, std::size_t rows) {
  return type.bits + 2 * static_cast<unsigned>(std::bit_width(rows));
}

Task<Figure> Gini(Ctx& ctx, const ColumnShares& column, Decimal) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const std::size_t n = column.count;
  const ArithColumn<Fp127> sum = SumRows(column.sorted_units);
  // Row 0: sum_i (2i - n - 1) x_(i); row 1: n sum x. Missing rows stand last and are zero.
  const ArithColumn<Fp127>& sorted = column.sorted_units;
  const ArithColumn<Fp127> fraction = MapShares<Fp127>(2, [&](std::size_t row, bool next) {
    if (row == 1) return ComponentOf(sum, next)[0] * Fp127::FromU64(n);
    Fp127::Accumulator total;
    for (std::size_t i = 0; i < n; ++i) {
      const __int128 weight = 2 * static_cast<__int128>(i + 1) - static_cast<__int128>(n) - 1;
      total.AddProduct(ComponentOf(sorted, next)[i], Fp127::FromSigned(weight));
    }
    return total.Reduce();
  });
  const BitColumn bits = co_await FieldToBits(ctx, fraction);
  const unsigned width = Width(column.type, column.rows);
  BitColumn numerator = SelectPlanes(RowOf(bits, 0), 0, width);
  BitColumn denominator = SelectPlanes(RowOf(bits, 1), 0, width);
  Ctx divide_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  auto [quotient, sum_is_zero] = co_await Par(
      DivideFraction(divide_ctx, numerator, denominator, kFractionBits + 1), IsZero(zero_ctx, denominator));
  // One binary digit more than is opened, for rounding to nearest.
  BitColumn one = ConstantColumn(ctx.session().self(), 1, 1, 1);
  BitColumn rounded = co_await Add(ctx, quotient, one, kFractionBits + 2);
  BitColumn opened_bits = SelectPlanes(rounded, 1, kFractionBits + 1);
  // With a sum of zero all values are zero, and what stands for a quotient is a function of that alone.
  BitColumn flagged = opened_bits;
  flagged.planes.push_back(sum_is_zero);
  const unsigned __int128 opened = co_await OpenNumber(ctx, flagged, "gini");
  if ((opened >> (kFractionBits + 1)) != 0) co_return Figure::Undefined("sum is zero");
  co_return FigureOf(static_cast<std::uint64_t>(opened));
}

Figure PlainGini(std::span<const std::int64_t> units, const ColumnType&, Decimal) {
  if (units.empty()) return Figure::Undefined("no values");
  std::vector<std::int64_t> sorted(units.begin(), units.end());
  std::sort(sorted.begin(), sorted.end());
  const __int128 n = static_cast<__int128>(sorted.size());
  Rational numerator(0);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    numerator = numerator + Rational((2 * static_cast<__int128>(i + 1) - n - 1) * sorted[i]);
  }
  const Rational sum(std::accumulate(sorted.begin(), sorted.end(), __int128{0}));
  if (sum.Sign() == 0) return Figure::Undefined("sum is zero");
  return Figure::Exact(numerator / (Rational(n) * sum));
}

Status GiniFits(const ColumnType& type, std::size_t rows) {
  if (type.is_signed) {
    return Fail(ErrorCode::kInvalidArgument,
                "is defined for values that are not negative; choose a column without "
                "negative numbers");
  }
  if (Width(type, rows) > kFieldBits - 1) {
    return Fail(ErrorCode::kInvalidArgument, "does not fit: " + std::to_string(rows) + " rows of " +
                                                 std::to_string(type.bits) + " bits need more than 126 bits");
  }
  return {};
}

StatisticCost GiniCost(const ColumnType& type, std::size_t rows) {
  return {SortCost(type, rows).and_gates + FieldGates(type.bits, rows)};
}

REGISTER_STATISTIC(Statistic{.name = "gini",
                             .summary = "Gini index, to within 2^-21",
                             .discloses = {"n", "gini"},
                             .degree = 1,
                             .in_units = false,
                             .needs = kSorted | kSortedField,
                             .fits = GiniFits,
                             .cost = GiniCost,
                             .compute = Gini,
                             .plain = PlainGini});

}  // namespace
}  // namespace mpcstats
