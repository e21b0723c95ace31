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

/// What all blocks share that differ in their last byte alone, as the blocks of a counter do: the first round of 15 bytes, and the
/// second of the 12 that do not depend on the last one.
struct Aes128Prefix {
  Wires column;  ///< the first column after round 1 as if the last byte's S-box gave zero, 32 wires
  Wires rest;    ///< the other three columns behind the S-boxes of round 2, 96 wires
};
/// `bytes` are the first 15 of the block. Cost: 864 AND.
[[nodiscard]] Aes128Prefix Aes128EncryptPrefix(CircuitBuilder& builder, const Aes128RoundKeys& keys,
                                               WireSpan bytes);
/// The block that ends with `last_byte`. Cost: 4,256 AND.
[[nodiscard]] Wires Aes128EncryptLast(CircuitBuilder& builder, const Aes128RoundKeys& keys,
                                      const Aes128Prefix& prefix, WireSpan last_byte);

/// Inputs: key and plaintext, 128 wires each. Output: ciphertext.
[[nodiscard]] Circuit MakeAes128Circuit();
/// Inputs: the eleven round keys as one input of 1,408 wires, and plaintext. Output: ciphertext.
[[nodiscard]] Circuit MakeAes128RoundsCircuit();
/// Inputs: round keys as above, and the first 15 bytes of a block. Output: its prefix, column and rest, 128 wires.
[[nodiscard]] Circuit MakeAes128PrefixCircuit();
/// Inputs: round keys, a prefix of 128 wires, and the last byte. Output: ciphertext.
[[nodiscard]] Circuit MakeAes128LastCircuit();

}  // namespace mpcstats
