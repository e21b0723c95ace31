// The plan of a TLS 1.2 session in MPC mode: from two halves of the premaster secret to the client's records.
//
// Which bits go in and come out, phase by phase. "digest" is an inner HMAC digest, public, given by the garbler; P, A are
// those of P_SHA256 (RFC 5246, section 5).
//
//   kPremaster    garbler's and evaluator's half        -> inner state of the premaster secret, public
//   kMasterA1     digest                                -> A(1), public
//   kMasterP1     digests of P(1), A(2)                 -> A(2), public
//   kMasterP2     digest of P(2)                        -> inner state of the master secret, public
//   kKeysA1       digests of A(1): keys, client         -> both A(1), public
//   kKeysP1       digests of P(1), A(2): keys; client   -> A(2) and the client's verify_data, public
//   kRecords      digest of P(2)                        -> odd powers of the client's H, shared; the two tag masks, shared;
//                                                          keystream of the Finished, then of the request, masked
//   kServerBlock  explicit nonce                        -> the block of keystream of the server's Finished, public
//   kServerA1     digest of A(1): server                -> A(1), public
//   kServerP1     digest of P(1): server                -> the server's verify_data, public
//
// Counters are constants of the plan: 1 for tag masks, 2 and on for keystream, and 2 alone of the server's direction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/error.h"
#include "mpcstats/zktls/garble/plan.h"

namespace mpcstats {

enum class TlsPhase : std::uint8_t {
  kPremaster,
  kMasterA1,
  kMasterP1,
  kMasterP2,
  kKeysA1,
  kKeysP1,
  kRecords,
  kServerBlock,
  kServerA1,
  kServerP1,
};
inline constexpr std::size_t kTlsPhases = 10;

/// The sizes of a request that are prepared for: what its length is rounded up to, and what everybody may see of it.
inline constexpr std::array<std::size_t, 4> kRequestBuckets = {256, 512, 1024, 2048};

/// The smallest bucket for a request of so many bytes. Errors: kInvalidArgument for none or more than 2,048.
[[nodiscard]] Result<std::size_t> RequestBucketFor(std::size_t request_bytes);

struct TlsGarblePlan {
  GarblePlan plan;
  std::size_t request_blocks;  ///< of keystream for the request
  /// H, H^3, H^5, ...: the even ones are squares, which each end makes of its share. Enough for the additional data, the
  /// request and the block of lengths.
  std::size_t odd_powers;
};

/// Made once in a process for each bucket.
///
/// Cost:     444,299 to 967,843 AND gates, 32 bytes each, and 32 bytes for each bit of output.
/// Errors:   CHECKs that it is one of kRequestBuckets.
[[nodiscard]] const TlsGarblePlan& TlsGarblePlanFor(std::size_t bucket);

}  // namespace mpcstats
