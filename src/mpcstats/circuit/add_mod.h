// Sums modulo a public prime: the two halves of a shared premaster secret.
#pragma once

#include "mpcstats/base/bytes.h"
#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// The prime of P-256 (NIST SP 800-186), lowest byte first.
[[nodiscard]] const Bytes32& P256Prime();

/// a + b mod `modulus`, lowest bit first.
///
/// Shapes: n wires each; the modulus has n bits, its highest one set. Right for a, b below the modulus; any other input
///         gives some number of n bits.
/// Cost:   3n - 1 AND: 767 for 256 bits.
[[nodiscard]] Wires AddMod(CircuitBuilder& builder, WireSpan a, WireSpan b, ByteSpan modulus);

}  // namespace mpcstats
