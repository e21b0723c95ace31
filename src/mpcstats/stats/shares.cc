#include "mpcstats/stats/shares.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/stats/opening.h"
#include "mpcstats/stats/order.h"

namespace mpcstats {

namespace {

constexpr char kNothing[] = "sum is zero";

// Bits of a sum times a denominator of up to 10^6.
unsigned Width(const ColumnType& type, std::size_t rows) {
  return type.bits + static_cast<unsigned>(std::bit_width(rows)) + 20;
}

Fp127 SumOf(const Fp127* values, std::size_t count) {
  Fp127::Accumulator sum;
  for (std::size_t i = 0; i < count; ++i) sum.Add(values[i]);
  return sum.Reduce();
}

}  // namespace

Status SharesFit(const StatisticCall& call) {
  if (call.types[0].is_signed) {
    return Fail(ErrorCode::kInvalidArgument,
                "is defined for values that are not negative; choose a column without negative numbers");
  }
  if (Width(call.types[0], call.rows) <= 125) return {};
  return Fail(ErrorCode::kInvalidArgument, "does not fit: " + std::to_string(call.rows) + " rows of " +
                                               std::to_string(call.types[0].bits) +
                                               " bits need more than 125 bits");
}

StatisticCost SharesCost(const StatisticCall& call) {
  return {SortCost(call.types[0], call.rows).and_gates + FieldGates(call.types[0].bits, call.rows) + 10'000};
}

Task<std::vector<Figure>> ShareFigures(Ctx& ctx, const ColumnShares& column, std::vector<PartOfPeople> parts,
                                       From from, std::string_view label) {
  const std::size_t n = column.count;
  const std::size_t p = parts.size();
  const ArithColumn<Fp127>& sorted = column.sorted_units;
  // Rows 0 to p-1: denominator times the part's sum; rows p to 2p-1: denominator times the whole sum.
  const ArithColumn<Fp127> fractions = MapShares<Fp127>(2 * p, [&](std::size_t row, bool next) {
    const Fp127* values = ComponentOf(sorted, next);
    const PartOfPeople& part = parts[row % p];
    const Fp127 factor = Fp127::FromU64(part.denominator);
    if (row >= p) return SumOf(values, n) * factor;
    const std::size_t first = from == From::kLowest ? 0 : n - part.whole;
    Fp127 sum = SumOf(values + first, part.whole) * factor;
    if (part.numerator == 0) return sum;
    const std::size_t at = from == From::kLowest ? part.whole : first - 1;
    return sum + values[at] * Fp127::FromU64(part.numerator);
  });
  const BitColumn bits = co_await FieldToSigned(ctx, fractions);
  BitColumn above, below;
  for (unsigned b = 0; b < Width(column.type, column.rows); ++b) {
    above.planes.push_back(bits.planes[b].Slice(0, p));
    below.planes.push_back(bits.planes[b].Slice(p, p));
  }
  Ctx divide_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  auto [quotient, nothing] =
      co_await Par(DivideToFixed(divide_ctx, above, below, 1, kFractionBits + 1), IsZero(zero_ctx, below));
  const BitColumn rounded = co_await RoundOff(ctx, quotient, 1);
  // With a sum of zero all values are zero, and what stands for a quotient is a function of that alone.
  std::vector<BitPlanes> numbers;
  for (std::size_t row = 0; row < p; ++row) {
    numbers.push_back(RowOf(SelectPlanes(rounded, 0, kFractionBits + 1), row).planes);
  }
  numbers.push_back(BitPlanes(1, nothing.Slice(0, 1)));
  const std::vector<unsigned __int128> opened = co_await OpenNumbers(ctx, std::move(numbers), label);
  std::vector<Figure> figures;
  for (std::size_t row = 0; row < p; ++row) {
    figures.push_back(opened[p] != 0 ? Figure::Undefined(kNothing)
                                     : FixedFigure(Rational(static_cast<std::uint64_t>(opened[row]))));
  }
  co_return figures;
}

std::vector<Figure> PlainShares(std::span<const std::int64_t> units, const std::vector<PartOfPeople>& parts,
                                From from) {
  std::vector<std::int64_t> sorted = Ascending(units);
  if (from == From::kHighest) std::reverse(sorted.begin(), sorted.end());
  const Rational all(std::accumulate(sorted.begin(), sorted.end(), __int128{0}));
  std::vector<Figure> figures;
  for (const PartOfPeople& part : parts) {
    if (all.Sign() == 0) {
      figures.push_back(Figure::Undefined(kNothing));
      continue;
    }
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(part.whole);
    Rational sum(std::accumulate(sorted.begin(), end, __int128{0}));
    if (part.numerator != 0) {
      sum = sum + Rational(*end) * Rational(part.numerator) / Rational(part.denominator);
    }
    figures.push_back(Nearest(sum / all));
  }
  return figures;
}

}  // namespace mpcstats
