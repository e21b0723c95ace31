// Addition and subtraction of unsigned integers, lowest bit first, one AND gate a bit.
#pragma once

#include <span>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

struct SumAndCarry {
  Wire sum;
  Wire carry;
};

/// a + b + c of three bits. Cost: 1 AND; none when two of the three are constant or equal.
/// Source: Boyar, Peralta and Pochuev, "On the multiplicative complexity of Boolean functions over the basis
///         (AND, XOR, 1)", Theoretical Computer Science 235 (2000).
[[nodiscard]] SumAndCarry FullAdder(CircuitBuilder& builder, Wire a, Wire b, Wire c);

struct WordAndCarry {
  Wires word;
  Wire carry;
};

/// a + b + `carry_in` with the carry out of the top bit.
/// Shapes: `a` and `b` n bits each, out n bits and the carry.
/// Cost:   n AND, depth n; a constant `carry_in` of 0 or 1 costs nothing, nor do leading steps with known
/// carry.
[[nodiscard]] WordAndCarry AddWithCarry(CircuitBuilder& builder, WireSpan a, WireSpan b, Wire carry_in);

/// a + b mod 2^n. Cost: n - 1 AND, depth n - 1.
[[nodiscard]] Wires Add(CircuitBuilder& builder, WireSpan a, WireSpan b);

/// The sum of all operands mod 2^n, each n bits.
///
/// Cost:   at most (k - 1)(n - 1) AND for k operands, in fact a few less: the columns are added as a whole
/// (counters of
///         three bits to two), and the low columns have fewer carries than the others. Constants are added up
///         beforehand: the sum of k variable operands and a constant is cheaper than that of k + 1 operands.
/// Source: Wallace, "A suggestion for a fast multiplier", IEEE Transactions on Electronic Computers EC-13
/// (1964),
///         with the shallowest bits of a column first.
[[nodiscard]] Wires AddMany(CircuitBuilder& builder, std::span<const Wires> operands);

struct WordAndBorrow {
  Wires word;
  Wire borrow;
};

/// a - b mod 2^n, and whether b > a. Cost: n AND (n - 1 when the borrow is not used).
[[nodiscard]] WordAndBorrow Subtract(CircuitBuilder& builder, WireSpan a, WireSpan b);

}  // namespace mpcstats
