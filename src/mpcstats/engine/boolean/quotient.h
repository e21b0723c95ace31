// Quotients and roots of wide numbers to a stated number of digits: the last step of a figure whose numerator and
// denominator stay secret.
//
//   BinaryFloat slope = co_await DivideToFloat(ctx, product, second_moment, 24);   // 24 significant binary digits
//   BitColumn share = co_await DivideToFixed(ctx, part, whole, 1, 21);             // floor(part / whole * 2^21)
//   BitColumn r = co_await RootOfFraction(ctx, square, moments, 21);               // floor(sqrt(square / moments) * 2^21)
//
// What comes out is a function of the exact quotient alone, so that opening it tells no more than the figure does: the
// same value gives the same bits whatever the numerator and the denominator were.
#pragma once

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Operands are unsigned, have at least one plane and equal rows. Not verified until something is opened (and.h). Widths
// are public and decide the cost; values never do.

/// floor(numerator / denominator * 2^fraction_bits) for quotients below 2^whole_bits; whole_bits + fraction_bits planes.
///
/// The condition is secret and not checked: where it fails, as for a denominator of zero, the row is unspecified and
/// nothing else happens.
///
/// Cost: DivideFraction (scalar.h) of whole_bits + fraction_bits digits over max(numerator, denominator + whole_bits) bits.
[[nodiscard]] Task<BitColumn> DivideToFixed(Ctx& ctx, BitColumn numerator, BitColumn denominator,
                                            unsigned whole_bits, unsigned fraction_bits);

/// floor(sqrt(numerator / denominator) * 2^fraction_bits) for numerator <= denominator; fraction_bits + 1 planes.
///
/// The condition is secret and not checked, as in DivideToFixed. The result is that of a division to 2 fraction_bits digits
/// and a root of the quotient, in fewer than half the rounds.
///
/// Cost: fraction_bits + 1 steps, each of three additions side by side and a selection, over up to fraction_bits + 2 bits
///       more than the operands have.
[[nodiscard]] Task<BitColumn> RootOfFraction(Ctx& ctx, BitColumn numerator, BitColumn denominator,
                                             unsigned fraction_bits);

/// x rounded to the nearest multiple of 2^places, a half up, and divided by it: x.bits() + 1 - places planes.
///
/// Cost: one addition.
[[nodiscard]] Task<BitColumn> RoundOff(Ctx& ctx, BitColumn x, unsigned places);

/// mantissa * 2^(exponent - bias), rounded to nearest; zero is mantissa and exponent zero.
struct BinaryFloat {
  BitColumn mantissa;  ///< digits + 1 planes; 2^(digits-1) to 2^digits, or zero
  BitColumn exponent;  ///< not negative
  unsigned bias = 0;   ///< public: of the exponent
  unsigned digits = 0;
};

/// numerator / denominator to `digits` significant binary digits: a relative error of at most 2^-digits.
///
/// A denominator of zero gives an unspecified row that depends on the numerator: mask it (MaskFloat) before anything is
/// opened.
///
/// Cost: with w bits in the wider operand: two leading ones and two shifts of w log2 w ANDs a row each, one division of
///       digits + 2 steps over w bits, and some additions of log2 w bits.
[[nodiscard]] Task<BinaryFloat> DivideToFloat(Ctx& ctx, BitColumn numerator, BitColumn denominator,
                                              unsigned digits);

/// x where `keep` is one, else zero. Cost: one AND a plane, 1 round.
[[nodiscard]] Task<BinaryFloat> MaskFloat(Ctx& ctx, BinaryFloat x, BitPlane keep);

/// The planes of a float of one row with its sign, in the order that ReadFloat takes: for one opening. A zero has no
/// sign.
///
/// Cost: digits ANDs, for the sign of a zero.
[[nodiscard]] Task<BitPlanes> FloatPlanes(Ctx& ctx, BinaryFloat x, BitPlane negative);

struct OpenedFloat {
  double value;
  double error_bound;  ///< of the rounding: half a unit of the last digit
};
/// What an opened float means; `bits` are the planes of FloatPlanes as a number, for digits + 1 + exponent planes + 1 <= 128.
[[nodiscard]] OpenedFloat ReadFloat(unsigned __int128 bits, const BinaryFloat& shape);

}  // namespace mpcstats
