#include "mpcstats/engine/boolean/compare.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/carry.h"
#include "mpcstats/engine/boolean/rows.h"

namespace mpcstats {

namespace {

bool FitsIn(unsigned __int128 value, unsigned bits) { return bits >= 128 || value >> bits == 0; }

bool BitOf(unsigned __int128 value, unsigned bit) { return bit < 128 && (value >> bit & 1) != 0; }

BitPlanes NotAll(PartyIndex self, const BitPlanes& planes) {
  BitPlanes out;
  for (const BitPlane& plane : planes) out.push_back(Not(self, plane));
  return out;
}

}  // namespace

Task<BitPlane> LessThan(Ctx& ctx, BitColumn x, BitColumn y, std::optional<Depth> depth) {
  CHECK(x.bits() > 0 && x.bits() == y.bits());
  CHECK(x.rows() == y.rows());
  // The borrow of x - y is the carry of ~x + y.
  std::vector<CarryDigit> digits;
  for (unsigned i = 0; i < x.bits(); ++i) {
    digits.push_back(DigitOf(Not(ctx.session().self(), x.planes[i]), y.planes[i]));
  }
  const Depth chosen = depth.value_or(ChooseDepth(x.rows(), x.bits()));
  BitPlane less = co_await LastCarry(ctx, std::move(digits), chosen);
  co_return less;
}

Task<BitPlane> LessThanPublic(Ctx& ctx, BitColumn x, unsigned __int128 value, std::optional<Depth> depth) {
  CHECK(x.bits() > 0);
  const PartyIndex self = ctx.session().self();
  if (!FitsIn(value, x.bits())) co_return Constant(self, true, x.rows());
  std::vector<CarryDigit> digits;
  for (unsigned i = 0; i < x.bits(); ++i) {
    const BitPlane not_x = Not(self, x.planes[i]);
    digits.push_back(BitOf(value, i) ? DigitPlusOne(self, not_x) : DigitOf(not_x));
  }
  const Depth chosen = depth.value_or(ChooseDepth(x.rows(), x.bits()));
  BitPlane less = co_await LastCarry(ctx, std::move(digits), chosen);
  co_return less;
}

Task<BitPlane> GreaterOrEqualPublic(Ctx& ctx, BitColumn x, unsigned __int128 value,
                                    std::optional<Depth> depth) {
  BitPlane less = co_await LessThanPublic(ctx, std::move(x), value, depth);
  co_return Not(ctx.session().self(), less);
}

Task<BitPlane> Equal(Ctx& ctx, BitColumn x, BitColumn y) {
  CHECK(x.bits() > 0 && x.bits() == y.bits());
  CHECK(x.rows() == y.rows());
  BitPlanes same = NotAll(ctx.session().self(), Xor(x.planes, y.planes));
  BitPlane equal = co_await AllOf(ctx, std::move(same));
  co_return equal;
}

Task<BitPlane> EqualPublic(Ctx& ctx, BitColumn x, unsigned __int128 value) {
  CHECK(x.bits() > 0);
  const PartyIndex self = ctx.session().self();
  if (!FitsIn(value, x.bits())) co_return Zero(x.rows());
  BitPlanes same;
  for (unsigned i = 0; i < x.bits(); ++i)
    same.push_back(BitOf(value, i) ? x.planes[i] : Not(self, x.planes[i]));
  BitPlane equal = co_await AllOf(ctx, std::move(same));
  co_return equal;
}

Task<BitPlane> IsZero(Ctx& ctx, BitColumn x) {
  BitPlane zero = co_await EqualPublic(ctx, std::move(x), 0);
  co_return zero;
}

Task<BitPlane> AllOf(Ctx& ctx, BitPlanes planes) {
  CHECK(!planes.empty());
  while (planes.size() > 1) {
    const std::size_t pairs = planes.size() / 2;
    const auto middle = planes.begin() + static_cast<std::ptrdiff_t>(pairs);
    BitPlanes left(planes.begin(), middle);
    BitPlanes right(middle, middle + static_cast<std::ptrdiff_t>(pairs));
    BitPlanes fewer = co_await And(ctx, std::move(left), std::move(right));
    if (planes.size() % 2 != 0) fewer.push_back(planes.back());
    planes = std::move(fewer);
  }
  co_return planes[0];
}

Task<BitPlane> AnyOf(Ctx& ctx, BitPlanes planes) {
  const PartyIndex self = ctx.session().self();
  BitPlane none = co_await AllOf(ctx, NotAll(self, planes));
  co_return Not(self, none);
}

Task<BitPlanes> Or(Ctx& ctx, BitPlanes x, BitPlanes y) {
  BitPlanes both = co_await And(ctx, x, y);
  for (std::size_t p = 0; p < x.size(); ++p) both[p] = Xor(x[p], y[p], both[p]);
  co_return both;
}

Task<BitPlane> Or(Ctx& ctx, BitPlane x, BitPlane y) {
  BitPlane both = co_await And(ctx, x, y);
  co_return Xor(x, y, both);
}

Task<BitPlane> AnyRow(Ctx& ctx, BitPlane plane) {
  if (plane.rows() == 0) co_return Zero(1);
  while (plane.rows() > 1) {
    const FoldedRows fold = FoldRows(plane);
    BitPlane both = co_await And(ctx, fold.low, fold.high);
    // low | high = low ^ (high ^ low & high), and the rows that have no partner stay.
    plane = Xor(fold.lower_half, ExtendRows(Xor(fold.high, both), fold.lower_half.rows()));
  }
  co_return plane;
}

}  // namespace mpcstats
