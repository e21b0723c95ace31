// Signed integers of any width on shared bits: two's complement, plane 0 the lowest, the last plane the sign.
//
//   BitColumn n = co_await FieldToSigned(ctx, sums);          // 126 planes
//   BitColumn d = co_await SubtractSigned(ctx, Sxy, SxSy);    // as wide as it takes
//   Magnitude m = co_await AbsoluteValue(ctx, d);
//
// For the few aggregates of a statistic, side by side as rows.
#pragma once

#include <vector>

#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Operands have at least one plane and equal rows. Widths are public and decide the cost; values never do. Not verified
// until something is opened (and.h).

/// Planes of a signed number from the field: |x| < 2^125.
inline constexpr unsigned kSignedFieldBits = 126;

/// x as `bits` planes, at least x.bits(); local. Zero planes are a zero.
[[nodiscard]] BitColumn SignExtended(const BitColumn& x, unsigned bits);
/// An unsigned number as a signed one: a zero plane on top; local.
[[nodiscard]] BitColumn AsSigned(const BitColumn& x);
/// x * 2^places, of x.bits() + places planes; local.
[[nodiscard]] BitColumn ShiftedUp(const BitColumn& x, unsigned places);
/// Row `row` of each plane; local.
[[nodiscard]] BitColumn RowOf(const BitColumn& x, std::size_t row);
/// One-row columns as the rows of one, sign-extended to the widest; local.
[[nodiscard]] BitColumn StackSigned(const std::vector<BitColumn>& rows);

/// Field elements x with |x| < 2^125, which is the caller's to know, as kSignedFieldBits planes.
///
/// Cost: FieldToBits.
[[nodiscard]] Task<BitColumn> FieldToSigned(Ctx& ctx, ArithColumn<Fp127> x);

/// x + y and x - y, one plane wider than the wider of both. Cost: one addition (adder.h) in log depth for few rows.
[[nodiscard]] Task<BitColumn> AddSigned(Ctx& ctx, BitColumn x, BitColumn y);
[[nodiscard]] Task<BitColumn> SubtractSigned(Ctx& ctx, BitColumn x, BitColumn y);

/// |x|, of x.bits() planes, and whether x < 0. Cost: one addition of x.bits() digits.
struct Magnitude {
  BitColumn value;
  BitPlane negative;
};
[[nodiscard]] Task<Magnitude> AbsoluteValue(Ctx& ctx, BitColumn x);

/// negative ? -x : x for an unsigned x; x.bits() + 1 planes. Cost: one addition.
[[nodiscard]] Task<BitColumn> WithSign(Ctx& ctx, BitColumn x, BitPlane negative);

/// x * y of x.bits() + y.bits() planes.
///
/// Cost: Multiply (scalar.h) of the magnitudes and three additions.
[[nodiscard]] Task<BitColumn> MultiplySigned(Ctx& ctx, BitColumn x, BitColumn y);

/// x * factor, wide enough for every product. Cost: MultiplyPublic (scalar.h) of the magnitude and two additions.
[[nodiscard]] Task<BitColumn> MultiplySignedPublic(Ctx& ctx, BitColumn x, unsigned __int128 factor);

}  // namespace mpcstats
