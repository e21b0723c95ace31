#include "mpcstats/stats/order.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/form.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/sort.h"

namespace mpcstats {

namespace {

__int128 FloorDivide(__int128 a, __int128 b) { return a / b - (a % b < 0 ? 1 : 0); }

Position Between(std::uint64_t count, __int128 scaled, __int128 denominator) {
  // scaled / denominator is the place, counted from 1.
  const __int128 whole = FloorDivide(scaled, denominator);
  if (whole < 1) return {0, 0, 1};
  if (whole >= static_cast<__int128>(count)) return {count - 1, 0, 1};
  const auto rest = static_cast<std::uint64_t>(scaled - whole * denominator);
  const auto below = static_cast<std::uint64_t>(denominator);
  const std::uint64_t common = std::gcd(rest, below);
  return {static_cast<std::uint64_t>(whole) - 1, rest / common, below / common};
}

// Types 1 to 3 take one value, or the mean of two; `scaled` / `denominator` is n q.
Position Stepwise(std::uint64_t count, __int128 scaled, __int128 denominator, unsigned type) {
  const __int128 whole = FloorDivide(scaled, denominator);
  const bool exact = whole * denominator == scaled;
  if (type == 2 && exact && whole >= 1 && whole < static_cast<__int128>(count)) {
    return {static_cast<std::uint64_t>(whole) - 1, 1, 2};
  }
  if (type != 3) return Between(count, (exact ? whole : whole + 1) * denominator, denominator);
  // The nearest whole number; a half goes to the even one.
  const __int128 doubled = FloorDivide(2 * scaled - denominator, 2 * denominator);
  const bool half = doubled * 2 * denominator == 2 * scaled - denominator;
  const __int128 nearest = half && doubled % 2 == 0 ? doubled : doubled + 1;
  return Between(count, nearest * denominator, denominator);
}

// Bit by bit from the top, among rows that still may hold the value: whether some active row has a one (or, for the
// smallest, no active row has a zero) decides the bit, and rows with another bit drop out. One AND a row and bit.
Task<BitColumn> Extreme(Ctx& ctx, const ColumnShares& column, bool largest) {
  const PartyIndex self = ctx.session().self();
  const FormSeed seed = co_await OpenFormSeed(ctx);
  BitPlane active = column.valid;
  BitColumn value;
  value.planes.assign(column.type.bits, BitPlane());
  for (unsigned b = column.type.bits; b-- > 0;) {
    const BitPlane& bits = column.bits.planes[b];
    const BitPlane wanted = largest ? bits : Not(self, bits);
    const BitPlane found = co_await AnyAnd(ctx, active, wanted, seed);
    value.planes[b] = largest ? found : Not(self, found);
    if (b == 0) break;
    BitPlane same = Xor(bits, Broadcast(Not(self, value.planes[b]), column.rows));
    const BitPlane kept = co_await And(ctx, active, std::move(same));
    active = kept;
  }
  co_return value;
}

Task<BitPlane> AnyAndIf(Ctx& ctx, bool wanted, BitPlane x, BitPlane y, FormSeed seed) {
  if (!wanted) co_return Zero(1);
  BitPlane any = co_await AnyAnd(ctx, std::move(x), std::move(y), seed);
  co_return any;
}

// Values of the ranks r and r+1 in one pass. Up to the bit where they part, both have the same active rows and one count
// decides both. From there on the higher value is the smallest of its rows, so whether some active row has a zero
// decides its bit: that takes no count, and its rows cost one AND a bit.
class NeighbourSearch {
 public:
  NeighbourSearch(Ctx& ctx, const ColumnShares& column, std::uint64_t rank, bool want_high)
      : ctx_(ctx),
        self_(ctx.session().self()),
        column_(column),
        want_high_(want_high),
        low_active_(column.valid),
        high_active_(column.valid),
        parted_(Zero(1)),
        low_rank_(ConstantColumn(self_, rank, CountBits(column.rows), 1)),
        high_rank_(ConstantColumn(self_, rank + 1, CountBits(column.rows), 1)) {
    out_.low.planes.assign(column.type.bits, BitPlane());
    out_.high.planes.assign(column.type.bits, BitPlane());
  }

  Task<Neighbours> Run() {
    if (want_high_) {
      const FormSeed seed = co_await OpenFormSeed(ctx_);
      seed_ = seed;
    }
    for (unsigned b = column_.type.bits; b-- > 0;) co_await Step(b);
    co_return out_;
  }

 private:
  Task<Done> Step(unsigned b) {
    const BitPlane& bits = column_.bits.planes[b];
    const BitPlane zero_here = Not(self_, bits);
    const BitPlane zeros = co_await And(ctx_, low_active_, zero_here);
    Ctx count_ctx = ctx_.Fork();
    Ctx any_ctx = ctx_.Fork();
    const auto [below, high_has_zero] = co_await Par(
        Popcount(count_ctx, zeros), AnyAndIf(any_ctx, want_high_, high_active_, zero_here, seed_));
    Ctx low_ctx = ctx_.Fork();
    Ctx high_ctx = ctx_.Fork();
    const auto [low_rest, high_rest] =
        co_await Par(Subtract(low_ctx, low_rank_, below), Subtract(high_ctx, high_rank_, below));
    // A rank below the number of zeros lies among them: bit 0.
    const BitPlane low_bit = Not(self_, low_rest.borrow);
    const BitPlane joint_high_bit = Not(self_, high_rest.borrow);
    out_.low.planes[b] = low_bit;
    if (want_high_) {
      Ctx mux_ctx = ctx_.Fork();
      Ctx or_ctx = ctx_.Fork();
      const BitPlane no_zero = Not(self_, high_has_zero);
      const BitPlane part_here = Xor(low_bit, joint_high_bit);
      const auto [high_bit, parted] =
          co_await Par(Mux(mux_ctx, parted_, no_zero, joint_high_bit), Or(or_ctx, parted_, part_here));
      out_.high.planes[b] = high_bit;
      parted_ = parted;
    }
    if (b == 0) co_return Done();
    co_await Narrow(bits, zeros, low_bit, low_rest.value, high_rest.value, b);
    co_return Done();
  }

  // The rows and ranks of the next bit.
  Task<Done> Narrow(BitPlane bits, BitPlane zeros, BitPlane low_bit, BitColumn low_rest, BitColumn high_rest,
                    unsigned b) {
    const std::size_t n = column_.rows;
    BitPlanes left(1, low_active_);
    BitPlanes right(1, Broadcast(low_bit, n));
    if (want_high_) {
      left.push_back(high_active_);
      right.push_back(Xor(bits, Broadcast(Not(self_, out_.high.planes[b]), n)));
    }
    Ctx and_ctx = ctx_.Fork();
    Ctx low_ctx = ctx_.Fork();
    Ctx high_ctx = ctx_.Fork();
    auto [kept, low_rank, high_rank] = co_await Par(And(and_ctx, std::move(left), std::move(right)),
                                                    Mux(low_ctx, low_bit, low_rest, low_rank_),
                                                    Mux(high_ctx, low_bit, high_rest, high_rank_));
    // Bit 1: the active rows that are not among the zeros; bit 0: the zeros.
    low_active_ = Xor(zeros, kept[0]);
    if (want_high_) high_active_ = kept[1];
    low_rank_ = low_rank;
    high_rank_ = high_rank;
    co_return Done();
  }

  Ctx& ctx_;
  PartyIndex self_;
  const ColumnShares& column_;
  bool want_high_;
  FormSeed seed_{};
  BitPlane low_active_;
  BitPlane high_active_;
  BitPlane parted_;
  BitColumn low_rank_;
  BitColumn high_rank_;
  Neighbours out_;
};

}  // namespace

Task<Neighbours> ValuesAtRanks(Ctx& ctx, const ColumnShares& column, std::uint64_t rank, bool want_high) {
  CHECK(rank + (want_high ? 1 : 0) < column.count);
  if (column.sorted) {
    Neighbours out(RowOf(*column.sorted, rank), BitColumn());
    if (want_high) out.high = RowOf(*column.sorted, rank + 1);
    co_return out;
  }
  NeighbourSearch search(ctx, column, rank, want_high);
  Neighbours found = co_await search.Run();
  co_return found;
}

Task<BitColumn> LargestValue(Ctx& ctx, const ColumnShares& column) {
  CHECK(column.count > 0);
  if (column.sorted) co_return RowOf(*column.sorted, column.count - 1);
  BitColumn largest = co_await Extreme(ctx, column, true);
  co_return largest;
}

Task<BitColumn> SmallestValue(Ctx& ctx, const ColumnShares& column) {
  CHECK(column.count > 0);
  if (column.sorted) co_return RowOf(*column.sorted, 0);
  BitColumn smallest = co_await Extreme(ctx, column, false);
  co_return smallest;
}

Position QuantilePosition(std::uint64_t count, Decimal q, unsigned type) {
  CHECK(count > 0 && type >= 1 && type <= 9);
  __int128 denominator = 1;
  for (unsigned i = 0; i < q.scale; ++i) denominator *= 10;
  const __int128 n = static_cast<__int128>(count);
  if (type <= 3) return Stepwise(count, n * q.units, denominator, type);
  // a + q (n + 1 - a - b), with a and b in 24ths.
  constexpr int kA[] = {0, 12, 0, 24, 8, 9};
  constexpr int kB[] = {24, 12, 0, 24, 8, 9};
  const __int128 a = kA[type - 4];
  const __int128 span = 24 * (n + 1) - a - kB[type - 4];
  return Between(count, a * denominator + q.units * span, 24 * denominator);
}

Task<ArithColumn<Fp127>> ValueAt(Ctx& ctx, const ColumnShares& column, Position at) {
  const bool between = at.numerator != 0;
  const Neighbours found = co_await ValuesAtRanks(ctx, column, at.rank, between);
  if (!between) {
    const ArithColumn<Fp127> value = co_await BitsToField(ctx, found.low);
    co_return MultiplyPublic(value, Fp127::FromU64(at.denominator));
  }
  BitColumn both;
  for (unsigned b = 0; b < column.type.bits; ++b) {
    BitPlanes pair(1, found.low.planes[b]);
    pair.push_back(found.high.planes[b]);
    both.planes.push_back(GatherScalars(pair));
  }
  const ArithColumn<Fp127> values = co_await BitsToField(ctx, both);
  // (d - f) low + f high
  co_return Add(MultiplyPublic(values.Slice(0, 1), Fp127::FromU64(at.denominator - at.numerator)),
                MultiplyPublic(values.Slice(1, 1), Fp127::FromU64(at.numerator)));
}

Rational PlainValueAt(std::span<const std::int64_t> sorted, Position at) {
  const Rational low(sorted[at.rank]);
  if (at.numerator == 0) return low;
  return low + (Rational(sorted[at.rank + 1]) - low) * Rational(at.numerator) / Rational(at.denominator);
}

Task<Figure> QuantileFigure(Ctx& ctx, const ColumnShares& column, Decimal q, unsigned type,
                            std::string_view label) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const Position at = QuantilePosition(column.count, q, type);
  if (at.numerator == 0) {
    const Neighbours found = co_await ValuesAtRanks(ctx, column, at.rank, false);
    const unsigned __int128 opened = co_await OpenNumber(ctx, found.low, label);
    const std::int64_t units = column.type.Decode(static_cast<std::uint64_t>(opened));
    co_return Figure::Exact(Unscale(Rational(units), column.type));
  }
  // Nothing of the two values alone is opened.
  ArithColumn<Fp127> value = co_await ValueAt(ctx, column, at);
  const std::vector<Fp127> opened = co_await Open(ctx, std::move(value), label);
  const Rational units =
      Rational(opened[0].value()) / Rational(at.denominator) - Rational(column.type.Offset());
  co_return Figure::Exact(Unscale(units, column.type));
}

Figure PlainQuantile(std::span<const std::int64_t> units, const ColumnType& type, Decimal q,
                     unsigned quantile_type) {
  if (units.empty()) return Figure::Undefined("no values");
  const Position at = QuantilePosition(units.size(), q, quantile_type);
  return Figure::Exact(Unscale(PlainValueAt(Ascending(units), at), type));
}

std::vector<std::int64_t> Ascending(std::span<const std::int64_t> units) {
  std::vector<std::int64_t> sorted(units.begin(), units.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

StatisticCost RankCost(const ColumnType& type, std::size_t rows) {
  if (rows > kSortForRanksRows) return {4 * rows * type.bits};
  return SortCost(type, rows);
}

StatisticCost ExtremeCost(const ColumnType& type, std::size_t rows) {
  if (rows > kSortForRanksRows) return {rows * type.bits};
  return SortCost(type, rows);
}

// With p pivots a level p / (H_{p+1} - 1) n ln n comparisons; of k bits each 2.6 k ANDs where they are to have little depth.
StatisticCost SortCost(const ColumnType& type, std::size_t rows) {
  const double n = static_cast<double>(std::max<std::size_t>(rows, 2));
  const double bits = type.bits + 1 + static_cast<double>(std::bit_width(rows));
  const double level_gates = static_cast<double>(SortOptions().level_gates);
  const auto pivots = static_cast<unsigned>(std::clamp(level_gates / (n * bits), 1.0, 15.0));
  double harmonic = 0;
  for (unsigned i = 2; i <= pivots + 1; ++i) harmonic += 1.0 / i;
  const double gates = rows <= kLogDepthRows ? 2.6 * bits : bits;
  return {static_cast<std::uint64_t>(pivots / harmonic * n * std::log(n) * gates)};
}

}  // namespace mpcstats
