// AES-128 encryption (FIPS 197). Blocks and keys are byte strings of 128 wires.
#pragma once

#include <array>
#include <cstddef>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// The S-box on one byte. Cost: 32 AND, depth 5.
///
/// Source: Boyar, Matthews and Peralta, "Logic minimization techniques with applications to cryptology",
/// Journal of
///         Cryptology 26 (2013): 32 AND at depth 6. Here the inversion in GF(2^4) at its centre is another
///         one, also of 5 AND but of depth 3 instead of 4, found by exhaustive search; it costs one XOR more.
[[nodiscard]] Wires AesSbox(CircuitBuilder& builder, WireSpan byte);

/// The eleven round keys of 128 wires each.
using Aes128RoundKeys = std::array<Wires, 11>;

/// Cost: 1,280 AND, depth 50.
[[nodiscard]] Aes128RoundKeys Aes128ExpandKey(CircuitBuilder& builder, WireSpan key);

/// One block. Cost: 5,120 AND; depth 50, also together with the key expansion.
[[nodiscard]] Wires Aes128Encrypt(CircuitBuilder& builder, const Aes128RoundKeys& keys, WireSpan plaintext);

/// Inputs: key and plaintext, 128 wires each. Output: ciphertext.
[[nodiscard]] Circuit MakeAes128Circuit();
/// Inputs: the eleven round keys as one input of 1,408 wires, and plaintext. Output: ciphertext.
[[nodiscard]] Circuit MakeAes128RoundsCircuit();

}  // namespace mpcstats
