#include "mpcstats/engine/boolean/extreme.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/engine/boolean/rows.h"

namespace mpcstats {

namespace {

BitColumn NotAll(PartyIndex self, const BitColumn& x) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(Not(self, plane));
  return out;
}

// One level of the tournament: every row against its partner in the other half; rows without a partner go on.
Task<BitColumn> PlayLevel(Ctx& ctx, BitColumn values, std::optional<Depth> depth) {
  BitColumn lower_half, low, high;
  for (const BitPlane& plane : values.planes) {
    FoldedRows fold = FoldRows(plane);
    lower_half.planes.push_back(std::move(fold.lower_half));
    low.planes.push_back(std::move(fold.low));
    high.planes.push_back(std::move(fold.high));
  }
  BitPlane high_wins = co_await LessThan(ctx, low, high, depth);
  BitPlanes change = co_await AndEach(ctx, Xor(low.planes, high.planes), high_wins);
  const std::size_t rows = lower_half.rows();
  BitColumn winners;
  for (std::size_t p = 0; p < change.size(); ++p) {
    winners.planes.push_back(Xor(lower_half.planes[p], ExtendRows(change[p], rows)));
  }
  co_return winners;
}

}  // namespace

Task<BitColumn> Max(Ctx& ctx, BitColumn values, BitPlane valid, std::optional<Depth> depth) {
  CHECK(values.bits() > 0);
  CHECK(valid.rows() == values.rows());
  if (values.rows() == 0) co_return ConstantColumn(ctx.session().self(), 0, values.bits(), 1);
  BitColumn left = co_await ZeroUnless(ctx, std::move(valid), std::move(values));
  while (left.rows() > 1) {
    BitColumn winners = co_await PlayLevel(ctx, std::move(left), depth);
    left = std::move(winners);
  }
  co_return left;
}

Task<BitColumn> Min(Ctx& ctx, BitColumn values, BitPlane valid, std::optional<Depth> depth) {
  const PartyIndex self = ctx.session().self();
  // min x = ~max ~x
  BitColumn largest = co_await Max(ctx, NotAll(self, values), std::move(valid), depth);
  co_return NotAll(self, largest);
}

}  // namespace mpcstats
