// What the parts of PartyStore share. Internal to store/party_*.cc; every function here wants the mutex held.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/aead.h"
#include "mpcstats/store/database.h"
#include "mpcstats/store/key_ring.h"
#include "mpcstats/store/party_store.h"
#include "mpcstats/store/query.h"

namespace mpcstats {

/// `kind` of the table used.
enum class UsedKind : std::uint8_t { kToken = 0, kControlKey = 1, kPseudonym = 2 };

struct PartyStore::State {
  State(Database db, KeyRing ring) : database(std::move(db)), keys(std::move(ring)) {}

  std::mutex mutex;
  Database database;
  KeyRing keys;
  SystemRng rng;
  std::map<Bytes32, AeadKey> share_keys;

  /// The survey's number. Errors: kNotFound.
  [[nodiscard]] Result<std::int64_t> Survey(const Bytes32& hash);
  /// The same, for calls that take something in. Errors: kInvalidArgument when stopped or its shares are destroyed.
  [[nodiscard]] Result<std::int64_t> OpenSurvey(const Bytes32& hash);
  /// The survey's share key. Errors: kNotFound when it was destroyed or is lost.
  [[nodiscard]] Result<AeadKey*> ShareKey(const Bytes32& hash);
  [[nodiscard]] Result<Bytes> Seal(const Bytes32& hash, ByteSpan aad, ByteSpan plaintext);

  /// The number of the last closed batch; 0 when there is none.
  [[nodiscard]] Result<std::uint32_t> LastBatch(std::int64_t survey);
  /// These take part in a transaction of the caller.
  [[nodiscard]] Result<Refusal> AddSubmission(const Bytes32& hash, std::int64_t survey,
                                              const NewSubmission& item, UnixSeconds now);
  [[nodiscard]] Status SetPseudonymKey(const Bytes32& hash, std::int64_t survey, ByteSpan components);
  [[nodiscard]] Status Accept(std::int64_t survey, const Bytes32& id, std::uint32_t batch,
                              std::uint32_t index);
  /// In a transaction of its own.
  [[nodiscard]] Status CloseBatch(const Bytes32& hash, std::int64_t survey, const SignedBatch& batch);
};

/// What a sealed value belongs to: the tag, the survey, and up to two more things that name it.
[[nodiscard]] Bytes SealedFor(std::string_view tag, const Bytes32& survey_hash, ByteSpan id);
[[nodiscard]] Bytes SealedFor(std::string_view tag, const Bytes32& survey_hash, std::uint32_t batch,
                              std::uint32_t attempt);
inline constexpr std::string_view kOpeningTag = "mpcstats/v1/store-opening";
inline constexpr std::string_view kSharesTag = "mpcstats/v1/store-shares";
inline constexpr std::string_view kBatchPseudonymKeyTag = "mpcstats/v1/store-batch-pseudonym-key";
inline constexpr std::string_view kPseudonymKeyTag = "mpcstats/v1/store-pseudonym-key";

using Signatures = std::array<std::optional<Signature>, 3>;
/// Three times a byte that says whether it is there, and 64 bytes.
[[nodiscard]] Bytes EncodeSignatures(const Signatures& signatures);
[[nodiscard]] Result<Signatures> DecodeSignatures(ByteSpan bytes);
/// `old_ones` with those of `new_ones` that were missing. Errors: kInvalidArgument when one would change.
[[nodiscard]] Result<Signatures> MergeSignatures(const Signatures& old_ones, const Signatures& new_ones);
[[nodiscard]] bool Complete(const Signatures& signatures);

/// Header of a stored envelope. Errors: kInternal, as only checked ones are stored.
[[nodiscard]] Result<Header> HeaderOf(ByteSpan envelope);

}  // namespace mpcstats
