// SignedSurvey: the exact text of a survey, the three parties' box keys, and their signatures. Its hash names the survey.
//
//   hash = SHA-256("mpcstats/v1/survey" | u64 length | text | box_key_0 | box_key_1 | box_key_2)
//   signature_i = Ed25519(identity_i, "mpcstats/v1/survey-signature" | hash | u8 i)
//   close (review M16): Ed25519(identity_i, "mpcstats/v1/survey-close" | hash | u32 sequence = 1 | u64 closes_at | u8 i)
//
// On disk and over HTTP it is JSON: {"format":"mpcstats/v1/survey","survey":TEXT,"box_keys":[HEX|null x3],
// "signatures":[HEX|null x3],"close":null|{"closes_at":RFC 3339,"signatures":[HEX|null x3]}}.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "mpcstats/crypto/ed25519.h"
#include "mpcstats/survey/survey.h"

namespace mpcstats {

struct SurveyClose {
  UnixSeconds closes_at = 0;
  std::array<std::optional<Signature>, 3> signatures;
};

/// The file as it travels between the operators; anything may be missing yet.
struct SurveyDraft {
  std::string text;
  std::array<std::optional<Bytes32>, 3> box_keys;
  std::array<std::optional<Signature>, 3> signatures;
  std::optional<SurveyClose> close;

  [[nodiscard]] bool HasAllKeys() const;
  /// Defined once HasAllKeys().
  [[nodiscard]] Bytes32 Hash() const;
};

[[nodiscard]] std::string DraftToJson(const SurveyDraft& draft);
/// Errors: kInvalidArgument, one sentence that names the field. Sizes are checked before anything is decoded
/// (kMaxSurveyBytes in all).
[[nodiscard]] Result<SurveyDraft> DraftFromJson(std::string_view json);
inline constexpr std::size_t kMaxSurveyBytes = std::size_t{1} << 20;

/// A survey of which everything was checked: parsed, three signatures of the identities it names. Immutable; cheap to copy.
class SignedSurvey {
 public:
  /// Errors: kInvalidArgument naming the party whose key or signature is missing or wrong.
  [[nodiscard]] static Result<SignedSurvey> FromDraft(SurveyDraft draft);
  [[nodiscard]] static Result<SignedSurvey> FromJson(std::string_view json);

  [[nodiscard]] const Survey& survey() const;
  [[nodiscard]] const Bytes32& hash() const;
  [[nodiscard]] const std::array<Bytes32, 3>& box_keys() const;
  [[nodiscard]] const SurveyDraft& draft() const;
  /// The time answers end: the close object's, when three signed it, else the file's.
  [[nodiscard]] UnixSeconds closes_at() const;
  [[nodiscard]] std::string ToJson() const;

 private:
  struct State;
  explicit SignedSurvey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

/// What party `index` signs.
[[nodiscard]] Bytes SurveySignatureInput(const Bytes32& hash, unsigned index);
[[nodiscard]] Bytes SurveyCloseInput(const Bytes32& hash, UnixSeconds closes_at, unsigned index);

}  // namespace mpcstats
