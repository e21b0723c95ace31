// Decimal numbers in text, as integers on wires.
//
// The digits are moved to fixed places by a shifter of four wires a digit, and then turned to binary once, by a tree of
// multiplications by powers of ten: cheaper than multiplying by ten at every byte.
#pragma once

#include <cstddef>
#include <span>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// Which texts are numbers: [-] 1 to integer_digits digits [. min_fraction to max_fraction digits].
struct DecimalShape {
  unsigned integer_digits = 1;
  unsigned min_fraction = 0;  ///< with more than 0 the point must be there
  unsigned max_fraction = 0;
  unsigned scale =
      0;  ///< the value is in units of 10^-scale; at least max_fraction, and integer_digits + scale <= 18
  bool negative = false;       ///< a '-' may stand in front
  bool leading_zeros = false;  ///< "007" is taken; without it only a lone 0 may lead

  [[nodiscard]] std::size_t MinLength() const { return 1 + (min_fraction > 0 ? 1 + min_fraction : 0); }
  [[nodiscard]] std::size_t MaxLength() const {
    return integer_digits + (negative ? 1 : 0) + (max_fraction > 0 ? 1 + max_fraction : 0);
  }
};

struct DecimalWires {
  Wires magnitude;  ///< |value| * 10^scale, as many bits as 10^(integer_digits + scale) - 1 has
  Wire negative;    ///< may be 1 for zero
};

/// The number that the text with these `ends` (text.h) is; faults for every other text.
///
/// Shapes: `window` holds at least as many bytes as the text may have.
/// Rule:   no text has two readings: empty, a lone sign or point, "+1", "1e9", "5.", ".5", spaces, two points, more digits
///         than the shape has, and digits of other scripts are faults.
/// Cost:   a window of 11, 15, 18 digits with FindEnd: 552, 824, 1,140 AND; a public length of 8 or 18 digits: 163,
///         602; 10 digits before and up to 8 behind the point: 1,220; a sign 46 more.
[[nodiscard]] DecimalWires DecimalOf(CircuitBuilder& builder, WireSpan window, WireSpan ends,
                                     const DecimalShape& shape, Wires& faults);

/// The integer with these digits, highest first, each 4 wires with a value up to 9.
/// Cost: 2 digits 7 AND, 8 digits 112, 18 digits 491.
[[nodiscard]] Wires DigitsToBinary(CircuitBuilder& builder, std::span<const Wires> digits);

/// A fault when `bits` (unsigned) is not from `low` to `high`. Cost: at most twice the width.
void CheckRange(CircuitBuilder& builder, WireSpan bits, std::uint64_t low, std::uint64_t high, Wires& faults);

}  // namespace mpcstats
