#include "mpcstats/engine/boolean/integer.h"

#include <algorithm>

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/engine/convert.h"

namespace mpcstats {

namespace {

unsigned BitsOf(unsigned __int128 value) {
  unsigned bits = 0;
  for (; value != 0; value >>= 1) ++bits;
  return bits;
}

}  // namespace

BitColumn SignExtended(const BitColumn& x, unsigned bits) {
  CHECK(x.bits() <= bits && x.bits() > 0);
  BitColumn out = x;
  out.planes.resize(bits, x.planes.back());
  return out;
}

BitColumn AsSigned(const BitColumn& x) { return SelectPlanes(x, 0, x.bits() + 1); }

BitColumn ShiftedUp(const BitColumn& x, unsigned places) {
  BitColumn out;
  out.planes.assign(places, Zero(x.rows()));
  out.planes.insert(out.planes.end(), x.planes.begin(), x.planes.end());
  return out;
}

BitColumn RowOf(const BitColumn& x, std::size_t row) {
  BitColumn out;
  for (const BitPlane& plane : x.planes) out.planes.push_back(plane.Slice(row, 1));
  return out;
}

BitColumn StackSigned(const std::vector<BitColumn>& rows) {
  unsigned bits = 1;
  for (const BitColumn& row : rows) bits = std::max(bits, row.bits());
  BitColumn out;
  for (unsigned b = 0; b < bits; ++b) {
    BitPlanes scalars;
    for (const BitColumn& row : rows) scalars.push_back(row.planes[std::min(b, row.bits() - 1)]);
    out.planes.push_back(GatherScalars(scalars));
  }
  return out;
}

Task<BitColumn> FieldToSigned(Ctx& ctx, ArithColumn<Fp127> x) {
  const PartyIndex self = ctx.session().self();
  constexpr unsigned kTop = kSignedFieldBits - 1;
  // x + 2^125 is not negative and below 2^126; modulo 2^126 the offset is the top bit, turned.
  const auto offset = Fp127::FromSigned(static_cast<__int128>(1) << kTop);
  BitColumn lifted = co_await FieldToBits(ctx, AddPublic(self, x, offset));
  BitColumn out = SelectPlanes(lifted, 0, kSignedFieldBits);
  out.planes[kTop] = Not(self, out.planes[kTop]);
  co_return out;
}

Task<BitColumn> AddSigned(Ctx& ctx, BitColumn x, BitColumn y) {
  const unsigned bits = std::max(x.bits(), y.bits()) + 1;
  BitColumn sum = co_await Add(ctx, SignExtended(x, bits), SignExtended(y, bits), bits);
  co_return sum;
}

Task<BitColumn> SubtractSigned(Ctx& ctx, BitColumn x, BitColumn y) {
  const unsigned bits = std::max(x.bits(), y.bits()) + 1;
  const Difference difference = co_await Subtract(ctx, SignExtended(x, bits), SignExtended(y, bits));
  co_return difference.value;
}

Task<Magnitude> AbsoluteValue(Ctx& ctx, BitColumn x) {
  const BitPlane negative = x.planes.back();
  // -x = (x ^ 1...1) + 1. The least number has no magnitude below 2^(bits - 1), and as an unsigned number it is right.
  BitColumn turned = x;
  for (BitPlane& plane : turned.planes) plane = Xor(plane, negative);
  const BitColumn one(BitPlanes(1, negative));
  BitColumn value = co_await Add(ctx, std::move(turned), one, x.bits());
  co_return Magnitude(std::move(value), negative);
}

Task<BitColumn> WithSign(Ctx& ctx, BitColumn x, BitPlane negative) {
  BitColumn turned = AsSigned(x);
  for (BitPlane& plane : turned.planes) plane = Xor(plane, negative);
  const unsigned bits = turned.bits();
  const BitColumn one(BitPlanes(1, negative));
  BitColumn value = co_await Add(ctx, std::move(turned), one, bits);
  co_return value;
}

Task<BitColumn> MultiplySigned(Ctx& ctx, BitColumn x, BitColumn y) {
  const unsigned bits = x.bits() + y.bits();
  Ctx x_ctx = ctx.Fork();
  Ctx y_ctx = ctx.Fork();
  const auto [left, right] = co_await Par(AbsoluteValue(x_ctx, x), AbsoluteValue(y_ctx, y));
  BitColumn product = co_await Multiply(ctx, left.value, right.value);
  // |x| <= 2^(a - 1) and |y| <= 2^(b - 1): the product has a + b - 1 bits, and a sign.
  BitColumn value = co_await WithSign(ctx, std::move(product), Xor(left.negative, right.negative));
  co_return SelectPlanes(value, 0, bits);
}

Task<BitColumn> MultiplySignedPublic(Ctx& ctx, BitColumn x, unsigned __int128 factor) {
  const unsigned bits = x.bits() + std::max(1u, BitsOf(factor));
  const Magnitude magnitude = co_await AbsoluteValue(ctx, x);
  BitColumn product = co_await MultiplyPublic(ctx, magnitude.value, factor, bits);
  BitColumn value = co_await WithSign(ctx, std::move(product), magnitude.negative);
  co_return value;
}

}  // namespace mpcstats
