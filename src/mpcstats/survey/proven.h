// Proven answers: some of the columns come from a website, with a notary's attestation for each source.
//
//   ASSIGN_OR_RETURN(Header draft, DraftHeader(survey, control, {}, key_ids, rng));   // before any connection
//   draft.groups[g].notary_session_id = ...;                     // the notary's, for each source
//   const Bytes32 ctx = ContextOf(draft, g);                     // to the notary, before it speaks to the website
//   ... the proof commits to the components of group g under ctx and ends with an attestation ...
//   ASSIGN_OR_RETURN(Submission sent, SealProven(survey, draft, &declared, proven, control, rng));
//
// A notary signs one statement a session, and ctx holds the nonce and the control key of the answer: so one session is one
// answer, and a second one with the same attestation has the same nonce.
#pragma once

#include <set>

#include "mpcstats/base/buffer.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats {

/// How far a notary's clock and a party's may be apart.
inline constexpr UnixSeconds kNotaryClockTolerance = 120;

/// One source's part of an answer, as its proof made it.
struct ProvenGroup {
  std::array<Buffer<std::uint8_t>, 3> components;  ///< x_j | r_j (16 bytes), secret
  Bytes attestation;                               ///< a presentation with the last two leaves withheld
};

/// A header without commitments, sessions and attestations: everything of ctx that is known beforehand. `notary_key_ids` has one
/// a source, each of a notary that the survey names for it.
///
/// Security: `control` is fresh for every answer (a replacement has its predecessor's); the nonce comes from `rng`.
/// Errors:   kInvalidArgument when the survey takes no proven answers, a key is not one of the source's, or `version` and
///           `replaces` do not belong together.
[[nodiscard]] Result<Header> DraftHeader(const SignedSurvey& survey, const SigningKey& control,
                                         const SealOptions& options, std::span<const Bytes32> notary_key_ids,
                                         Rng& rng);

/// Puts a whole answer together: commits to the declared columns, names the attestations, boxes and seals.
///
/// Shapes:   `proven` has one a source, in order; `declared` is EncodeGroup's of the declared columns, null when there are none.
/// Cost:     3 HPKE seals, a signature, a signature check a source.
/// Errors:   kInvalidArgument when parts are missing or of another size, or an attestation is not what the parties will ask
///           for: the sentence is the one that they would refuse with. Its age is theirs to judge.
[[nodiscard]] Result<Submission> SealProven(const SignedSurvey& survey, Header draft, const RowBits* declared,
                                            std::span<const ProvenGroup> proven, const SigningKey& control,
                                            Rng& rng);

/// The type of a column as attestations have it.
[[nodiscard]] AttestedColumn AttestedOf(const SurveyColumn& column);
[[nodiscard]] SourceExpectation ExpectationOf(const Survey& survey, const SurveySource& source);
[[nodiscard]] HeaderClaim ClaimOf(const Header& header, std::size_t group);

/// When attestations are looked at. On arrival, by the party's own clock: age is counted then. At close, by the time that the
/// three parties agreed on: what could have arrived at all counts, so that their clocks cannot make them differ.
struct ProofTime {
  enum class When : std::uint8_t { kArrival, kClose };
  When when = When::kArrival;
  UnixSeconds time = 0;
};
[[nodiscard]] TimeWindow WindowOf(const Survey& survey, const SurveySource& source, const ProofTime& time);

/// The first fault of the answer's attestations as a refusal, or kNone; always kNone for a survey without sources.
///
/// Shapes:   `box_plaintext` is OpenBox's.
/// Cost:     a signature check (0.1 ms) and a dozen hashes a source; without kVerify the hashes alone.
/// Security: a pure function of its arguments, so that honest parties agree.
[[nodiscard]] Refusal CheckAttestations(const SignedSurvey& survey, const CheckedEnvelope& envelope,
                                        ByteSpan box_plaintext, const std::set<Bytes32>& revoked,
                                        const ProofTime& time, SignatureCheck signature);

}  // namespace mpcstats
