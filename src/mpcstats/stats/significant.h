// The leading digits of fixed-point numbers and of their roots, for figures that are opened to 24 significant binary
// digits.
#pragma once

#include "mpcstats/engine/boolean/fixed.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// Significant digits, and the place behind which none is kept: that of 2^-36.
inline constexpr unsigned kSignificantDigits = 24;
inline constexpr unsigned kLeastPlace = 36;

/// +- mantissa 2^(top - places), rounded to the nearest. Below 2^-12 a number has fewer digits, and places are 53 or 33,
/// the most there are.
struct SignificantDigits {
  BitColumn mantissa;  ///< kSignificantDigits + 1 planes
  BitColumn places;
  BitPlane negative;  ///< zero for roots
  int top = 0;        ///< public
};

// Not verified until something is opened (and.h). A row for each number.

/// Of numbers below 2^41 in magnitude.
///
/// Cost: a leading one, a shift and two additions of about 90 digits.
[[nodiscard]] Task<SignificantDigits> LeadingDigits(Ctx& ctx, FixedNumbers x);

/// Of the square roots of numbers below 2^41; what is negative counts as zero.
///
/// Cost: a leading one and a shift of about 120 digits, and SquareRoot (engine/boolean/scalar.h) of 52.
[[nodiscard]] Task<SignificantDigits> LeadingDigitsOfRoots(Ctx& ctx, FixedNumbers squares);

}  // namespace mpcstats
