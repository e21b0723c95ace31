#include "mpcstats/stats/scaled_equations.h"

#include <algorithm>
#include <bit>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/lookup.h"
#include "mpcstats/engine/boolean/shift.h"
#include "mpcstats/stats/moments.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {

namespace {

// |x| < 2^bits and n < 2^rows_bits: |A| < 4^h and |S| < 2^h.
unsigned HalfBits(std::span<const ColumnShares* const> columns) {
  unsigned bits = 0;
  for (const ColumnShares* column : columns) bits = std::max(bits, column->type.MagnitudeBits());
  return bits + static_cast<unsigned>(std::bit_width(columns[0]->rows));
}

Task<BitColumn> Sums(Ctx& ctx, std::span<const ColumnShares* const> columns) {
  std::vector<ArithColumn<Fp127>> totals;
  for (const ColumnShares* column : columns) totals.push_back(SumRows(column->units));
  ArithColumn<Fp127> together = MapShares<Fp127>(
      totals.size(), [&](std::size_t row, bool next) { return ComponentOf(totals[row], next)[0]; });
  BitColumn sums = co_await FieldToSigned(ctx, std::move(together));
  co_return sums;
}

// Rows of x, one for each entry of `which`.
BitColumn RowsAt(const BitColumn& x, const std::vector<std::size_t>& which) {
  std::vector<BitColumn> rows;
  for (const std::size_t row : which) rows.push_back(RowOf(x, row));
  return StackSigned(rows);
}

// Each row of x divided by a power of four until it is in [1/4, 1): places counted in powers of two from 4^h down.
Task<BitColumn> LiftOf(Ctx& ctx, BitColumn squares, unsigned half_bits) {
  BitPlanes even, odd;
  for (unsigned b = 0; b < half_bits; ++b) {
    even.push_back(squares.planes[2 * b]);
    odd.push_back(squares.planes[2 * b + 1]);
  }
  BitPlanes pairs = co_await Or(ctx, std::move(even), std::move(odd));
  LeadingPlace leading = co_await PlacesToLeading(ctx, BitColumn(std::move(pairs)));
  co_return leading.places;
}

// The OR of all rows.
Task<BitColumn> AnyOfRows(Ctx& ctx, BitColumn x) {
  std::vector<BitColumn> rows;
  for (std::size_t r = 0; r < x.rows(); ++r) rows.push_back(RowOf(x, r));
  while (rows.size() > 1) {
    BitPlanes left, right;
    const std::size_t pairs = rows.size() / 2;
    for (std::size_t r = 0; r < pairs; ++r) {
      left.insert(left.end(), rows[2 * r].planes.begin(), rows[2 * r].planes.end());
      right.insert(right.end(), rows[2 * r + 1].planes.begin(), rows[2 * r + 1].planes.end());
    }
    const BitPlanes joined = co_await Or(ctx, std::move(left), std::move(right));
    std::vector<BitColumn> fewer;
    const auto bits = static_cast<std::ptrdiff_t>(x.bits());
    for (std::size_t r = 0; r < pairs; ++r) {
      const auto first = joined.begin() + static_cast<std::ptrdiff_t>(r) * bits;
      fewer.emplace_back(BitPlanes(first, first + bits));
    }
    if (rows.size() % 2 != 0) fewer.push_back(rows.back());
    rows = std::move(fewer);
  }
  co_return rows[0];
}

struct LiftedMeans {
  FixedNumbers means;
  BitColumn lift;
  FixedNumbers unit;
};

// The sums by their columns' lifts, then all by one more, until the largest is in [1/2, 1) or that is h.
Task<LiftedMeans> LiftMeans(Ctx& ctx, BitColumn sums, BitColumn lift, unsigned half_bits) {
  const unsigned bits = 2 * half_bits + 1;
  BitColumn lifted = co_await BarrelShiftLeft(ctx, SignExtended(sums, bits), lift, bits);
  const Magnitude magnitude = co_await AbsoluteValue(ctx, lifted);
  const BitColumn any = co_await AnyOfRows(ctx, SelectPlanes(magnitude.value, half_bits, half_bits));
  const LeadingPlace leading = co_await PlacesToLeading(ctx, any);
  BitColumn amount;
  for (const BitPlane& plane : leading.places.planes) amount.planes.push_back(Broadcast(plane, sums.rows()));
  const BitColumn means = co_await BarrelShiftLeft(ctx, lifted, std::move(amount), bits);
  // Plane i of the one-hot form stands for a mean_lift of h - i.
  BitColumn unit(BitPlanes(kFixedFraction + 2, Zero(1)));
  for (unsigned i = 0; i < leading.one_hot.size() && 2 * i <= kFixedFraction; ++i) {
    unit.planes[kFixedFraction - 2 * i] = leading.one_hot[i];
  }
  co_return LiftedMeans{
      .means = FixedOf(means, 2 * half_bits), .lift = leading.places, .unit = FixedOf(unit, kFixedFraction)};
}

// The products by the lifts of both their columns.
Task<FixedNumbers> LiftProducts(Ctx& ctx, BitColumn products, BitColumn lift, unsigned half_bits) {
  std::vector<std::size_t> rows, columns;
  for (std::size_t i = 0; i < lift.rows(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      rows.push_back(i);
      columns.push_back(j);
    }
  }
  BitColumn amount = co_await Add(ctx, RowsAt(lift, rows), RowsAt(lift, columns), lift.bits() + 1);
  const unsigned bits = products.bits();
  const BitColumn lifted = co_await BarrelShiftLeft(ctx, std::move(products), std::move(amount), bits);
  co_return FixedOf(lifted, 2 * half_bits);
}

}  // namespace

Task<LeadingPlace> PlacesToLeading(Ctx& ctx, BitColumn x) {
  // A one below the lowest plane, for zero.
  BitColumn from_one(BitPlanes(1, Constant(ctx.session().self(), true, x.rows())));
  from_one.planes.insert(from_one.planes.end(), x.planes.begin(), x.planes.end());
  const BitColumn leading = co_await OneHotLeading(ctx, std::move(from_one));
  const unsigned top = x.bits();
  std::vector<std::uint64_t> places;
  for (unsigned i = 0; i <= top; ++i) places.push_back(top - i);
  LeadingPlace out;
  out.places = Lookup(leading.planes, places, static_cast<unsigned>(std::bit_width(top)));
  out.one_hot = leading.planes;
  co_return out;
}

Task<ScaledEquations> ScaleEquations(Ctx& ctx, std::span<const ColumnShares* const> columns) {
  ScaledEquations out;
  out.slopes = columns.size() - 1;
  out.half_bits = HalfBits(columns);
  std::vector<CentralPair> pairs;
  std::vector<std::size_t> diagonal;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) pairs.emplace_back(columns[i], columns[j]);
    diagonal.push_back(EntryOf(i, i));
  }
  Ctx products_ctx = ctx.Fork();
  Ctx sums_ctx = ctx.Fork();
  const auto [separate, sums] =
      co_await Par(CentralProducts(products_ctx, std::move(pairs)), Sums(sums_ctx, columns));
  const unsigned half_bits = out.half_bits;
  const BitColumn products = Trimmed(StackSigned(separate), 2 * half_bits + 1);
  const BitColumn squares = RowsAt(products, diagonal);
  const BitColumn lift = co_await LiftOf(ctx, squares, half_bits);
  Ctx entries_ctx = ctx.Fork();
  Ctx means_ctx = ctx.Fork();
  const auto [entries, means] =
      co_await Par(LiftProducts(entries_ctx, products, lift, half_bits),
                   LiftMeans(means_ctx, Trimmed(sums, half_bits + 1), lift, half_bits));
  out.entries = JoinNumbers({entries, means.means});
  out.lift = lift;
  out.mean_lift = means.lift;
  out.unit_mean = means.unit;
  co_return out;
}

}  // namespace mpcstats
