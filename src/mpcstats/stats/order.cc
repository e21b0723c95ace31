#include "mpcstats/stats/order.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/extreme.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/open.h"

namespace mpcstats {

namespace {

BitColumn RowOf(const BitColumn& column, std::size_t row) {
  BitColumn out;
  for (const BitPlane& plane : column.planes) out.planes.push_back(plane.Slice(row, 1));
  return out;
}

// Position h = (n-1) q as a whole part and a fraction of 10^scale.
struct Position {
  std::uint64_t low;
  std::uint64_t numerator;
  std::uint64_t denominator;
};

Position PositionOf(std::uint64_t count, Decimal q) {
  std::uint64_t denominator = 1;
  for (unsigned i = 0; i < q.scale; ++i) denominator *= 10;
  const unsigned __int128 scaled = static_cast<unsigned __int128>(count - 1) * static_cast<std::uint64_t>(q.units);
  return {static_cast<std::uint64_t>(scaled / denominator), static_cast<std::uint64_t>(scaled % denominator),
          denominator};
}

}  // namespace

Task<BitColumn> ValueAtRank(Ctx& ctx, const ColumnShares& column, std::uint64_t rank) {
  CHECK(rank < column.count);
  if (column.sorted) co_return RowOf(*column.sorted, rank);
  const PartyIndex self = ctx.session().self();
  const std::size_t n = column.rows;
  const unsigned rank_bits = CountBits(n);
  BitPlane active = column.valid;
  BitColumn remaining = ConstantColumn(self, rank, rank_bits, 1);
  BitColumn value;
  value.planes.assign(column.type.bits, BitPlane());
  for (unsigned b = column.type.bits; b-- > 0;) {
    // t = active rows with a 0 here; the bit is 1 when all of them are below the rank.
    BitPlane zero_here = Not(self, column.bits.planes[b]);
    BitPlane t = co_await And(ctx, active, zero_here);
    BitColumn below = co_await Popcount(ctx, t);
    Difference rest = co_await Subtract(ctx, remaining, std::move(below));
    BitPlane bit = Not(self, rest.borrow);
    value.planes[b] = bit;
    if (b == 0) break;
    Ctx mux_ctx = ctx.Fork();
    Ctx and_ctx = ctx.Fork();
    BitPlane everywhere = Broadcast(bit, n);
    auto [next_remaining, kept] = co_await Par(Mux(mux_ctx, bit, rest.value, remaining), And(and_ctx, active, everywhere));
    remaining = next_remaining;
    // Bit 1: the active rows that are not in t; bit 0: t.
    active = Xor(t, kept);
  }
  co_return value;
}

Task<BitColumn> LargestValue(Ctx& ctx, const ColumnShares& column) {
  CHECK(column.count > 0);
  if (column.sorted) co_return RowOf(*column.sorted, column.count - 1);
  BitColumn largest = co_await Max(ctx, column.bits, column.valid);
  co_return largest;
}

Task<BitColumn> SmallestValue(Ctx& ctx, const ColumnShares& column) {
  CHECK(column.count > 0);
  if (column.sorted) co_return RowOf(*column.sorted, 0);
  BitColumn smallest = co_await Min(ctx, column.bits, column.valid);
  co_return smallest;
}

Task<Figure> QuantileFigure(Ctx& ctx, const ColumnShares& column, Decimal q, std::string_view label) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const Position at = PositionOf(column.count, q);
  if (at.numerator == 0) {
    BitColumn value = co_await ValueAtRank(ctx, column, at.low);
    const unsigned __int128 opened = co_await OpenNumber(ctx, value, label);
    const std::int64_t units = column.type.Decode(static_cast<std::uint64_t>(opened));
    co_return Figure::Exact(Unscale(Rational(units), column.type));
  }
  Ctx low_ctx = ctx.Fork();
  Ctx high_ctx = ctx.Fork();
  auto [low, high] =
      co_await Par(ValueAtRank(low_ctx, column, at.low), ValueAtRank(high_ctx, column, at.low + 1));
  // (d - f) low + f high is opened, and nothing of low and high alone; d and f are public and in lowest terms.
  const std::uint64_t common = std::gcd(at.numerator, at.denominator);
  const std::uint64_t f = at.numerator / common;
  const std::uint64_t d = at.denominator / common;
  BitColumn both;
  for (unsigned b = 0; b < column.type.bits; ++b) {
    BitPlanes pair(1, low.planes[b]);
    pair.push_back(high.planes[b]);
    both.planes.push_back(GatherScalars(pair));
  }
  const ArithColumn<Fp127> values = co_await BitsToField(ctx, both);
  const ArithColumn<Fp127> weighted = Add(MultiplyPublic(values.Slice(0, 1), Fp127::FromU64(d - f)),
                                          MultiplyPublic(values.Slice(1, 1), Fp127::FromU64(f)));
  const std::vector<Fp127> opened = co_await Open(ctx, weighted, label);
  const Rational units = Rational(opened[0].value()) / Rational(d) - Rational(column.type.Offset());
  co_return Figure::Exact(Unscale(units, column.type));
}

Figure PlainQuantile(std::span<const std::int64_t> units, const ColumnType& type, Decimal q) {
  if (units.empty()) return Figure::Undefined("no values");
  std::vector<std::int64_t> sorted(units.begin(), units.end());
  std::sort(sorted.begin(), sorted.end());
  const Position at = PositionOf(sorted.size(), q);
  Rational value(sorted[at.low]);
  if (at.numerator != 0) {
    const Rational step = Rational(sorted[at.low + 1]) - Rational(sorted[at.low]);
    value = value + step * Rational(at.numerator) / Rational(at.denominator);
  }
  return Figure::Exact(Unscale(value, type));
}

StatisticCost RankCost(const ColumnType& type, std::size_t rows) {
  if (rows > kSortForRanksRows) return {2 * 3 * rows * type.bits, 0};
  const double n = static_cast<double>(std::max<std::size_t>(rows, 2));
  return {static_cast<std::uint64_t>(2 * n * std::log(n)) * (type.bits + 1 + std::bit_width(rows)), 0};
}

}  // namespace mpcstats
