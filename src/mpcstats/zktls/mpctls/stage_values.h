// What the garbled phases leave at the two ends: public values at both, shares at each. garble/tls_plan.h has the phases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/garble/tls_plan.h"
#include "mpcstats/zktls/tls/ghash.h"
#include "mpcstats/zktls/tls/protocol.h"

namespace mpcstats {

/// What both ends know of the handshake when the keys are derived.
struct StageHandshake {
  Bytes32 client_random{};
  Bytes32 server_random{};
  /// SHA-256 of ClientHello to ClientKeyExchange; without client certificates also what the client's Finished covers.
  Bytes32 session_hash{};
};

/// The public outputs. The proof after close reveals the same values, and one difference ends the session.
struct StagePublicValues {
  Bytes32 premaster_inner{};
  Bytes32 master_a1{};
  Bytes32 master_a2{};
  Bytes32 master_inner{};
  Bytes32 keys_a1{};
  Bytes32 keys_a2{};
  Bytes32 client_a1{};
  TlsVerifyData client_verify_data{};
  GcmBlock server_block{};  ///< keystream of the server's Finished
  Bytes32 server_a1{};
  TlsVerifyData server_verify_data{};

  bool operator==(const StagePublicValues&) const = default;
};

/// One end's XOR shares for the tags of the client's two records. Secret until the end of the connection.
struct StageShares {
  Buffer<GcmBlock> odd_powers;     ///< of H, H^3, H^5, ...
  Secret<GcmBlock> finished_mask;  ///< of the tag mask of the Finished
  Secret<GcmBlock> request_mask;   ///< and of the request
};

/// Puts the bits of a phase's public outputs into their places. kRecords has none.
void TakePublicValues(TlsPhase phase, std::span<const std::uint8_t> bits, StagePublicValues& values);

/// The shares among the bits of kRecords.
[[nodiscard]] StageShares TakeShares(std::span<const std::uint8_t> bits, std::size_t odd_powers);

/// The rest of the bits of kRecords, as bytes: keystream of the Finished, then of the request, masked or not.
[[nodiscard]] Buffer<std::uint8_t> TakeKeystream(std::span<const std::uint8_t> bits, std::size_t odd_powers);

}  // namespace mpcstats
