// Products in GF(2^128) with fewer AND gates, by values: an element is a polynomial of degree 15 over GF(2^8), a product one of degree
// 30, and 31 values of a polynomial of degree 30 tell which it is.
//
//   const Wires a_values = Gf2_128Values(builder, a), b_values = Gf2_128Values(builder, b);     // free
//   const Wires product = MultiplyGf2_128Values(builder, a_values, b_values);                   // 837 AND
#pragma once

#include <cstddef>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// Values at 30 elements of GF(2^8) and at infinity.
inline constexpr std::size_t kGf2_128Points = 31;
inline constexpr std::size_t kGf2_128ValueBits = 8 * kGf2_128Points;

/// The values of an element of 128 wires, wire i the coefficient of x^i (gf2_128.h): kGf2_128ValueBits wires. Free: the map is linear.
[[nodiscard]] Wires Gf2_128Values(CircuitBuilder& builder, WireSpan element);

/// The product of two elements that are given by their values: 128 wires.
///
/// Cost:   27 AND for each point, 837; depth 1; about 10,000 XOR. Karatsuba's way takes 2,187 AND.
/// Source: evaluation and interpolation as in Toom, 1963, over the subfield GF(2^8); bilinear algorithms over finite fields:
///         D. and G. Chudnovsky, "Algebraic complexities and algebraic curves over finite fields", Journal of Complexity 4 (1988).
[[nodiscard]] Wires MultiplyGf2_128Values(CircuitBuilder& builder, WireSpan a, WireSpan b);

}  // namespace mpcstats
