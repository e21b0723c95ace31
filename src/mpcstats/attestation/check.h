// The check of an attestation against what a survey expects and what an answer's header claims: one pure function, so that
// honest parties come to the same word.
//
// Source: review.md H9; docs/attestation.md has the list in words.
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "mpcstats/attestation/attestation.h"
#include "mpcstats/attestation/notary_keys.h"

namespace mpcstats {

/// In the order in which they are reported. Each has a stable word and a sentence.
enum class AttestationFault : std::uint8_t {
  kMalformed,    ///< does not decode, or is not what the header's hash names
  kUnknownKey,   ///< the header or the attestation names a notary's key that the survey does not
  kSignature,    ///< not signed by that key
  kRevoked,      ///< the key was revoked
  kKeyExpired,   ///< the session ended outside the key's time
  kMode,         ///< weaker than the survey takes
  kTls,          ///< a version, suite or group that is not taken
  kIncomplete,   ///< the server's answer may be cut short
  kSession,      ///< another notary session than the header names
  kContext,      ///< made for another answer or another survey
  kHost,         ///< another website
  kRootStore,    ///< certificates checked against other authorities
  kTemplate,     ///< another request or another part of the response
  kColumns,      ///< other types, bounds, bits, or another way to commit
  kCommitments,  ///< other values than those that were proven
  kTooOld,
  kTooNew,
};
inline constexpr std::size_t kAttestationFaults = 17;
[[nodiscard]] std::string_view AttestationFaultWord(AttestationFault fault);  ///< "context"
[[nodiscard]] std::string_view AttestationFaultSentence(
    AttestationFault fault);  ///< for the person who answered

/// What a survey says of one source.
struct SourceExpectation {
  AttestationMode weakest = AttestationMode::kMpc;
  std::string host;
  Bytes32 template_hash{};
  std::optional<Bytes32> root_store;  ///< nothing: any
  std::vector<NotaryKey> keys;        ///< those the survey names; their `revoked_at` is not looked at
  std::uint16_t bits = 0;
  std::vector<AttestedColumn> columns;
};

/// What the header of an answer claims of one group.
struct HeaderClaim {
  std::uint8_t group = 0;
  Bytes32 key_id{};
  Bytes32 session_id{};
  Bytes32 attestation_hash{};
  Bytes32 context{};
  std::array<Bytes32, 3> commitments{};
};

/// When the session may have ended, in seconds. Attested times are minutes: one that touches the window is inside.
struct TimeWindow {
  std::int64_t earliest = 0;
  std::int64_t latest = 0;
};

enum class SignatureCheck : std::uint8_t {
  kVerify,
  kVerifiedBefore,  ///< these very bytes were checked in full before; the rest is checked again
};

/// Everything that is wrong, in order; empty when nothing is. Once kMalformed or kUnknownKey, nothing else is looked at.
///
/// Cost:     a dozen hashes, and one signature check (about 0.1 ms) with kVerify.
/// Security: a pure function of its arguments.
[[nodiscard]] std::vector<AttestationFault> CheckAttestation(
    ByteSpan presentation, const SourceExpectation& expected, const HeaderClaim& claim,
    const std::set<Bytes32>& revoked, const TimeWindow& window, SignatureCheck signature);

}  // namespace mpcstats
