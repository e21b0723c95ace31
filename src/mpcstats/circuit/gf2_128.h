// Products in GF(2^128) on wires, for GHASH with a hidden key.
#pragma once

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// The product of two polynomials over GF(2), lowest coefficient first: n and n wires in, 2n - 1 out.
/// Cost:   n^(log2 3) AND for a power of two n: 2,187 for 128. Depth 1.
/// Source: Karatsuba and Ofman, 1962.
[[nodiscard]] Wires MultiplyPolynomials(CircuitBuilder& builder, WireSpan a, WireSpan b);

/// a * b mod x^128 + x^7 + x^2 + x + 1, wire i is the coefficient of x^i. Cost: 2,187 AND, depth 1.
[[nodiscard]] Wires MultiplyGf2_128(CircuitBuilder& builder, WireSpan a, WireSpan b);
/// a * a: linear, so free.
[[nodiscard]] Wires SquareGf2_128(CircuitBuilder& builder, WireSpan a);

/// The same product in GHASH's order of bits (NIST SP 800-38D, section 6.3): a block's first byte holds the lowest
/// coefficients, its highest bit first.
[[nodiscard]] Wires MultiplyGhash(CircuitBuilder& builder, WireSpan a, WireSpan b);

}  // namespace mpcstats
