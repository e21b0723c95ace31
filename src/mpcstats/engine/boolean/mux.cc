#include "mpcstats/engine/boolean/mux.h"

#include "mpcstats/engine/and.h"

namespace mpcstats {

namespace {

BitPlane OnRows(const BitPlane& selector, const BitPlanes& like) {
  if (like.empty() || selector.rows() == like[0].rows()) return selector;
  CHECK(selector.rows() == 1);
  return Broadcast(selector, like[0].rows());
}

}  // namespace

Task<BitPlanes> Mux(Ctx& ctx, BitPlane selector, BitPlanes if_one, BitPlanes if_zero) {
  CHECK(if_one.size() == if_zero.size());
  // if_zero ^ selector & (if_one ^ if_zero)
  BitPlanes change = co_await AndEach(ctx, Xor(if_one, if_zero), OnRows(selector, if_zero));
  co_return Xor(if_zero, change);
}

Task<BitColumn> Mux(Ctx& ctx, BitPlane selector, BitColumn if_one, BitColumn if_zero) {
  BitColumn chosen;
  BitPlanes planes =
      co_await Mux(ctx, std::move(selector), std::move(if_one.planes), std::move(if_zero.planes));
  chosen.planes = std::move(planes);
  co_return chosen;
}

Task<BitPlane> Mux(Ctx& ctx, BitPlane selector, BitPlane if_one, BitPlane if_zero) {
  BitPlanes one(1, std::move(if_one));
  BitPlanes zero(1, std::move(if_zero));
  BitPlanes planes = co_await Mux(ctx, std::move(selector), std::move(one), std::move(zero));
  co_return planes[0];
}

Task<BitColumn> ZeroUnless(Ctx& ctx, BitPlane selector, BitColumn x) {
  BitColumn chosen;
  BitPlane bit = OnRows(selector, x.planes);
  BitPlanes planes = co_await AndEach(ctx, std::move(x.planes), std::move(bit));
  chosen.planes = std::move(planes);
  co_return chosen;
}

}  // namespace mpcstats
