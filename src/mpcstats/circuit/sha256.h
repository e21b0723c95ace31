// SHA-256 (FIPS 180-4). Messages and digests are byte strings on wires; parts of a message may be constants.
#pragma once

#include <array>
#include <cstddef>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// The eight 32-bit words H_0 .. H_7, each lowest bit first.
using Sha256State = std::array<Wires, 8>;

/// The initial state of FIPS 180-4, section 5.3.3: constants.
[[nodiscard]] Sha256State Sha256InitialState();

/// One compression: the state after a block of 512 wires (64 bytes in the order of the message).
/// Cost: 22,271 AND for a secret state and block; constants in either make it cheaper.
[[nodiscard]] Sha256State Sha256Compress(CircuitBuilder& builder, const Sha256State& state, WireSpan block);

/// The state as 256 wires, the 32 bytes of the digest.
[[nodiscard]] Wires Sha256Digest(const Sha256State& state);
/// The inverse: the state whose 32 bytes these 256 wires are.
[[nodiscard]] Sha256State Sha256StateOf(WireSpan digest);

/// The digest of a message of which the first `prefix_bytes` (a multiple of 64) went into `state`, and
/// `message` (a multiple of 8 wires) is the rest. Adds the padding. Lengths are public.
[[nodiscard]] Wires Sha256Continue(CircuitBuilder& builder, const Sha256State& state,
                                   std::size_t prefix_bytes, WireSpan message);

/// The digest of a message of fixed public length, a multiple of 8 wires.
[[nodiscard]] Wires Sha256(CircuitBuilder& builder, WireSpan message);

/// Inputs: state (256 wires, as a digest) and block (512). Output: the next state (256).
[[nodiscard]] Circuit MakeSha256CompressCircuit();
/// Input: `message_bytes` >= 1 bytes. Output: the digest.
[[nodiscard]] Circuit MakeSha256Circuit(std::size_t message_bytes);

}  // namespace mpcstats
