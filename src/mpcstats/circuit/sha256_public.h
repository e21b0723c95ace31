// SHA-256 where the message, or the state, is public: circuits that are made once and serve every session.
//
//   const Circuit circuit = MakeSha256PublicBlockCircuit(32);       // made once
//   inputs: a secret state, and PublicSchedule(block) as public bits; output: the next state
//
// A constant inside a circuit would be cheaper by some gates, but then every session had to build circuits of its own,
// which takes longer than proving them.
#pragma once

#include <cstddef>

#include "mpcstats/base/bytes.h"
#include "mpcstats/circuit/sha256.h"

namespace mpcstats {

/// The 32 bytes of the state before the first block.
[[nodiscard]] Bytes32 Sha256InitialBytes();

/// One compression in the clear, states as the 32 bytes of a digest. For public blocks: not for secrets.
/// Errors: CHECKs that the block has 64 bytes.
[[nodiscard]] Bytes32 Sha256CompressPublic(const Bytes32& state, ByteSpan block);

/// The digest of a message whose first `prefix_bytes` (a multiple of 64) went into `state`, in the clear.
[[nodiscard]] Bytes32 Sha256ContinuePublic(const Bytes32& state, std::size_t prefix_bytes, ByteSpan message);

/// What the rounds add for a public block of 64 bytes: K_t + W_t, 64 words of 32 bits, little-endian (256 bytes).
inline constexpr std::size_t kPublicScheduleBytes = 256;
[[nodiscard]] Bytes PublicSchedule(ByteSpan block);

/// Inputs:  state (256 wires, as a digest) and PublicSchedule of the block (2,048).
/// Output:  the first `output_bytes` (1 to 32) bytes of the next state.
/// Cost:    16,120 AND for 32 bytes, a few less for fewer.
[[nodiscard]] Circuit MakeSha256PublicBlockCircuit(std::size_t output_bytes);

/// SHA-256 of a public first block and a secret rest: what a commitment is.
/// Inputs:  the state after the public block (256), and the rest, `message_bytes` >= 1 bytes.
/// Output:  the digest.
/// Cost:    one compression for up to 55 bytes; 21,184 AND for 24 bytes, 22,032 for 55.
[[nodiscard]] Circuit MakeSha256TailCircuit(std::size_t message_bytes);

}  // namespace mpcstats
