// Bodies of the messages of MPC mode that are not one machine's own bytes.
#pragma once

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/proxy/relay.h"
#include "mpcstats/zktls/tls/ghash.h"
#include "mpcstats/zktls/tls/p256.h"
#include "mpcstats/zktls/tls/protocol.h"

namespace mpcstats {

/// What the notary makes the client's messages from, and the server's answer up to ServerHelloDone.
struct MpcHandshake {
  Bytes32 client_random{};
  EcPoint client_point{};
  Bytes server_bytes;
};
[[nodiscard]] Bytes EncodeMpcHandshake(const Bytes32& client_random, const EcPoint& client_point,
                                       ByteSpan server_bytes);
/// Errors: kProtocolViolation when it is too short, or the point is none.
[[nodiscard]] Result<MpcHandshake> DecodeMpcHandshake(ByteSpan body);

/// A client record: what the prover is bound to before the notary's share of the tag leaves.
struct MpcSealed {
  TlsContent type = TlsContent::kHandshake;
  GcmBlock prover_share{};
  Bytes ciphertext;
};
[[nodiscard]] Bytes EncodeMpcSealed(TlsContent type, const GcmBlock& prover_share, ByteSpan ciphertext);
/// Errors: kProtocolViolation when it is too short.
[[nodiscard]] Result<MpcSealed> DecodeMpcSealed(ByteSpan body);

[[nodiscard]] Bytes EncodeMpcClose(const RelayEnd& end);
/// Errors: kProtocolViolation for another length.
[[nodiscard]] Result<RelayEnd> DecodeMpcClose(ByteSpan body);
inline constexpr std::size_t kMpcCloseBytes = 8 + 8 + 32;

}  // namespace mpcstats
