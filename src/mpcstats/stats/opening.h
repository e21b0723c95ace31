// Opening the digits of a figure: several numbers at once, and what floats and fixed-point numbers mean.
#pragma once

#include <vector>

#include "mpcstats/engine/boolean/quotient.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Binary digits behind the point of a figure in fixed point: it is within 2^-21.
inline constexpr unsigned kFractionBits = 20;
/// Significant binary digits of a figure without natural bounds: its relative error is at most 2^-24.
inline constexpr unsigned kFloatDigits = 24;

/// One-row planes of up to 128 bits each, lowest first, opened together under one label.
///
/// Cost:     one opening (open.h).
/// Security: as Open.
[[nodiscard]] Task<std::vector<unsigned __int128>> OpenNumbers(Ctx& ctx, std::vector<BitPlanes> numbers,
                                                               std::string_view label);

/// Signed numbers of one row and any width (engine/boolean/integer.h), opened together and exactly.
[[nodiscard]] Task<std::vector<Rational>> OpenSigned(Ctx& ctx, std::vector<BitColumn> numbers,
                                                     std::string_view label);

/// units * 2^-kFractionBits, within half a unit.
[[nodiscard]] Figure FixedFigure(const Rational& units);
/// An opened float times 10^power.
[[nodiscard]] Figure FloatFigure(OpenedFloat opened, int power_of_ten);

/// The square root with its sign; what a plain reference says about a figure that is one.
[[nodiscard]] Figure SignedRoot(const Rational& square, int sign);

/// The exact value, as a double alone: for the plain reference of a figure that is not opened exactly.
[[nodiscard]] Figure Nearest(const Rational& value);

/// The lowest planes of a signed number that is known to need no more.
[[nodiscard]] BitColumn Trimmed(const BitColumn& x, unsigned bits);

}  // namespace mpcstats
