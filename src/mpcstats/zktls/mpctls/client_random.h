// The random of the client's hello in MPC mode: 16 bytes of the prover's, then 16 of the notary's.
//
// The website signs its ephemeral key together with this random. With the notary's half in it the signature was made in this session:
// whoever has the ephemeral key of an earlier handshake, and could play the website with it, has no signature for it here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"

namespace mpcstats {

/// The notary's half: public, uniform, drawn for one session and said in its preparation.
using NotaryEntropy = std::array<std::uint8_t, 16>;
inline constexpr std::size_t kProverRandomBytes = sizeof(Bytes32) - sizeof(NotaryEntropy);

/// kProverRandomBytes of `rng`, then the notary's half.
[[nodiscard]] Bytes32 DrawClientRandom(const NotaryEntropy& entropy, Rng& rng);

/// Whether a random is one of the session that `entropy` was drawn for. Everything in it is public.
///
/// Security: a random from before `entropy` was drawn passes with 2^-128.
/// Errors:   kCheatingDetected.
[[nodiscard]] Status CheckClientRandom(const Bytes32& client_random, const NotaryEntropy& entropy);

}  // namespace mpcstats
