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

namespace mpcstats {

namespace {

// Position h = (n-1) q as a whole part and a fraction of 10^scale.
struct Position {
  std::uint64_t low;
  std::uint64_t numerator;
  std::uint64_t denominator;
};

Position PositionOf(std::uint64_t count, Decimal q) {
  std::uint64_t denominator = 1;
  for (unsigned i = 0; i < q.scale; ++i) denominator *= 10;
  const unsigned __int128 scaled =
      static_cast<unsigned __int128>(count - 1) * static_cast<std::uint64_t>(q.units);
  return {static_cast<std::uint64_t>(scaled / denominator), static_cast<std::uint64_t>(scaled % denominator),
          denominator};
}

}  // namespace

namespace {

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

Task<Figure> QuantileFigure(Ctx& ctx, const ColumnShares& column, Decimal q, std::string_view label) {
  if (column.count == 0) co_return Figure::Undefined("no values");
  const Position at = PositionOf(column.count, q);
  if (at.numerator == 0) {
    const Neighbours found = co_await ValuesAtRanks(ctx, column, at.low, false);
    const unsigned __int128 opened = co_await OpenNumber(ctx, found.low, label);
    const std::int64_t units = column.type.Decode(static_cast<std::uint64_t>(opened));
    co_return Figure::Exact(Unscale(Rational(units), column.type));
  }
  const Neighbours found = co_await ValuesAtRanks(ctx, column, at.low, true);
  // (d - f) low + f high is opened, and nothing of low and high alone; d and f are public and in lowest terms.
  const std::uint64_t common = std::gcd(at.numerator, at.denominator);
  const std::uint64_t f = at.numerator / common;
  const std::uint64_t d = at.denominator / common;
  BitColumn both;
  for (unsigned b = 0; b < column.type.bits; ++b) {
    BitPlanes pair(1, found.low.planes[b]);
    pair.push_back(found.high.planes[b]);
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
  if (rows > kSortForRanksRows) return {4 * rows * type.bits, 0};
  const double n = static_cast<double>(std::max<std::size_t>(rows, 2));
  return {static_cast<std::uint64_t>(2 * n * std::log(n)) * (type.bits + 1 + std::bit_width(rows)), 0};
}

}  // namespace mpcstats
