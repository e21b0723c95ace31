// Records of the party's store: plain values that go in and come out of PartyStore.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/survey/promises.h"

namespace mpcstats {

enum class SubmissionState : std::uint8_t {
  kPending = 0,     ///< well-formed, waits for a batch
  kComplained = 1,  ///< envelope is good, our box did not open: waits for a cure at close
  kCounted = 2,     ///< in a closed batch
  kRefused = 3,     ///< refused in a closed batch; `refusal` says why
};

struct StoredSubmission {
  Bytes32 id{};
  Bytes envelope;
  Bytes opening;  ///< the opened box; secret: wipe after use. Empty when it did not open, or once decided.
  SubmissionState state = SubmissionState::kPending;
  Refusal refusal = Refusal::kNone;
  std::uint32_t batch = 0;  ///< of kCounted and kRefused
  std::uint32_t index = 0;  ///< place in the batch, of kCounted
  UnixSeconds received_at = 0;
};

/// One item of AddSubmissions. The store seals the opening; the caller wipes its own copy.
struct NewSubmission {
  const CheckedEnvelope* envelope;
  Bytes envelope_bytes;
  Bytes opening;  ///< empty: complained
};

/// A party's shares of one closed (or prepared) batch; encoding is service/batch_shares.h's. Secret.
struct BatchRecord {
  std::uint32_t batch = 0;
  std::uint32_t attempt = 0;
  BatchCertificate certificate;
  std::vector<Bytes32> accepted;  ///< in list order
  std::vector<std::pair<Bytes32, Refusal>> refused;
  std::vector<Bytes> pseudonyms;  ///< 16 bytes each, of accepted rows, if the survey has a unique column
  Bytes shares;                   ///< secret
  /// Secret, 32 bytes: both components of the pseudonym key when this batch made it, else empty. CloseBatch makes it the
  /// survey's in the same transaction, so that no crash can lose it.
  Bytes pseudonym_key;
  std::array<std::optional<Signature>, 3> signatures;  ///< own one from Prepare on; three when closed
};

struct ReleaseIntent {
  std::uint32_t sequence = 0;
  std::uint32_t batches = 0;  ///< the version: batches 1..n
  Bytes32 plan_hash{};
  UnixSeconds as_of = 0;
};
struct ReleaseRecord {
  std::uint32_t sequence = 0;
  std::uint32_t batches = 0;
  std::string body;  ///< canonical JSON
  std::array<std::optional<Signature>, 3> signatures;
};

struct AuditEntry {
  std::int64_t number = 0;
  UnixSeconds time = 0;
  std::string event;   ///< "batch-closed", "release", "refused-job", ...
  std::string detail;  ///< one line of JSON; never a secret
  Bytes32 hash{};      ///< SHA-256("mpcstats/v1/audit" | previous hash | number | time | event | detail)
};

}  // namespace mpcstats
