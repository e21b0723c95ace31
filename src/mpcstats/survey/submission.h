// Submission: one answer on its way in. The bytes are review.md K4's: every field but the commitments is in ctx, so that
// nothing of a submission can be moved under another header.
//
//   core   = "mpcstats/v1/header" | survey_hash | control_key | nonce | version u32 | replaces | token_hash
//            | n_groups u8 | n * { source_id u8 | column_mask u64 | bits u16 | notary_key_id | notary_session_id | attestation_hash }
//   ctx_g  = SHA-256("mpcstats/v1/ctx" | core without the attestation hashes, and with zeros for the session ids of the
//            other groups): each notary is given the ctx of its own group before it knows the sessions of others
//   c_gj   = SHA-256([64-byte block: "mpcstats/v1/commit" | j u8 | g u8 | bits u16 | ctx_g | 0..] | x_gj | r_gj (16 bytes))
//   header = core | c_00 c_01 c_02 | c_10 ...        id = SHA-256("mpcstats/v1/sub" | header)
//   box_i  = HPKE(box_key_i, info = "mpcstats/v1/box" | survey_hash | i u8, aad = id,
//                 [x_gi | r_gi]_g | [x_g,i+1 | r_g,i+1]_g | [size u16 | attestation | 0..]_g, the last for proven groups)
//   seal   = Ed25519(control, "mpcstats/v1/boxes" | id | SHA-256(box_0) | SHA-256(box_1) | SHA-256(box_2))
//   invite = Ed25519(token, "mpcstats/v1/invite" | id), with the token's public key and its Merkle path
//
// Integers are little-endian. Declared surveys have one group (source 0) with all columns and notary fields of zero. Surveys of
// proven answers have the groups of GroupsOf (row.h): the declared columns, then one group for each source.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/ed25519.h"
#include "mpcstats/crypto/hpke.h"
#include "mpcstats/survey/row.h"
#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {

struct HeaderGroup {
  std::uint8_t source_id = 0;
  std::uint64_t column_mask = 0;
  std::uint16_t bits = 0;
  Bytes32 notary_key_id{};
  Bytes32 notary_session_id{};
  Bytes32 attestation_hash{};
};

struct Header {
  Bytes32 survey_hash{};
  Bytes32 control_key{};
  Bytes32 nonce{};
  std::uint32_t version = 0;
  Bytes32 replaces{};    ///< id of the submission it takes the place of; zero for none
  Bytes32 token_hash{};  ///< SHA-256("mpcstats/v1/token" | token public key); zero without invitation
  std::vector<HeaderGroup> groups;
  std::vector<std::array<Bytes32, 3>> commitments;  ///< one triple a group
};

/// Most groups a header may have, and the sizes that follow: nothing longer is looked at.
inline constexpr std::size_t kMaxHeaderGroups = 8;
inline constexpr std::size_t kMaxHeaderBytes = 183 + kMaxHeaderGroups * (107 + 96);
inline constexpr std::size_t kMaxEnvelopeBytes = 4 + kMaxHeaderBytes + 161 + 101 + 32 * 32;
inline constexpr std::size_t kMaxBoxBytes = 16384;
/// For whoever takes bytes off the network: DecodeSubmission refuses anything longer by its parts.
inline constexpr std::size_t kMaxSubmissionBytes = 16 + kMaxEnvelopeBytes + 3 * kMaxBoxBytes;

[[nodiscard]] Bytes EncodeHeader(const Header& header);
/// Errors: kProtocolViolation, as all decoders here. What decodes has one encoding.
[[nodiscard]] Result<Header> DecodeHeader(ByteSpan bytes);
/// ctx of one group; needs neither commitments nor attestation hashes.
[[nodiscard]] Bytes32 ContextOf(const Header& header, std::size_t group = 0);
[[nodiscard]] Bytes32 SubmissionId(ByteSpan header_bytes);

/// Proof that an invited person stands behind a submission.
struct InviteProof {
  Bytes32
      token_key{};  ///< Ed25519 public key, a leaf of the survey's invite tree (leaf tag "mpcstats/v1/invited")
  std::uint32_t index = 0;
  std::vector<Bytes32> path;
  Signature signature{};
};

/// What everybody may see of a submission, and what all three parties get alike.
struct Envelope {
  Bytes header;  ///< the exact bytes
  std::array<Bytes32, 3> box_hashes{};
  Signature seal{};
  std::optional<InviteProof> invite;
};

/// u32 length | header | box hashes | seal | u8 invited | if invited: token key, index u32, u8 nodes, path, signature.
[[nodiscard]] Bytes EncodeEnvelope(const Envelope& envelope);
[[nodiscard]] Result<Envelope> DecodeEnvelope(ByteSpan bytes);

struct Submission {
  Envelope envelope;
  std::array<Bytes, 3> boxes;
};
/// envelope as length-prefixed bytes (u32), then three length-prefixed boxes.
[[nodiscard]] Bytes EncodeSubmission(const Submission& submission);
[[nodiscard]] Result<Submission> DecodeSubmission(ByteSpan bytes);
/// Sizes of a survey's submissions. A box's is constant, so that lengths tell nothing.
[[nodiscard]] std::size_t BoxBytes(const Survey& survey);
[[nodiscard]] std::size_t EnvelopeBytesLimit(const Survey& survey);

/// Why a submission is refused. All but kBoxDoesNotOpen are functions of envelope, survey and list order alone, so that honest
/// parties agree (review.md K2). The numbers are on the wire and in certificates.
enum class Refusal : std::uint8_t {
  kNone = 0,
  kMalformed = 1,  ///< does not decode, or a field does not fit the survey
  kOtherSurvey = 2,
  kNotInvited = 3,      ///< no valid invitation proof
  kBoxDoesNotOpen = 4,  ///< at two parties, or uncured
  kDuplicateNonce = 5,  ///< not given any more; certificates of earlier builds may name it
  kDuplicateCommitment = 6,
  kReplaced = 7,  ///< a higher version of the same control key is in the list
  kWithdrawn = 8,
  kTokenUsed = 9,  ///< another submission with the invitation stands before it or is in a closed batch
  kDuplicateAccount = 10,  ///< its pseudonym stands before it or is in a closed batch
  kBadSeal = 11,           ///< a replacement whose seal is not by its control key
  kControlKeyUsed = 12,    ///< the control key is in a closed batch, or twice without replacing
  kAttestation = 13,       ///< 13 + n: an attestation has fault n (attestation/check.h)
};
inline constexpr std::size_t kRefusals = 13 + kAttestationFaults;
[[nodiscard]] constexpr Refusal RefusalOf(AttestationFault fault) {
  return static_cast<Refusal>(static_cast<unsigned>(Refusal::kAttestation) + static_cast<unsigned>(fault));
}
[[nodiscard]] std::optional<Refusal> RefusalFromByte(std::uint8_t byte);
/// Stable word ("duplicate-nonce") and a sentence for the person who answered.
[[nodiscard]] std::string_view RefusalWord(Refusal refusal);
[[nodiscard]] std::string_view RefusalSentence(Refusal refusal);

struct CheckedEnvelope {
  Envelope envelope;
  Header header;
  Bytes32 id{};
};
/// Everything that envelope and survey alone decide; a pure function. The seal is not verified (VerifySeal, in disputes).
/// Cost: a few microseconds; one signature check more (0.12 ms) where the survey asks for invitations.
[[nodiscard]] std::expected<CheckedEnvelope, Refusal> CheckEnvelope(const SignedSurvey& survey,
                                                                    ByteSpan envelope_bytes);
[[nodiscard]] bool VerifySeal(const CheckedEnvelope& envelope);

// --- boxes --------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kOpeningNonceBytes = 16;
/// Opens party `party`'s box and checks both components of every group against the commitments (and zero top bits). The
/// plaintext is secret: components own then next, each x | r, group after group; then the attestations in places of constant
/// size, which must be those that the header names. What the attestations say is not looked at (CheckAttestations, proven.h).
/// Errors: kProtocolViolation, which says "not delivered" when the box's hash is not the envelope's (a coordinator mixed
///         boxes: review L4) and "does not open" otherwise.
[[nodiscard]] Result<Bytes> OpenBox(const SignedSurvey& survey, const CheckedEnvelope& envelope,
                                    unsigned party, const HpkeKey& key, ByteSpan box);
/// Component `j` of all groups as it travels in a cure: [x_gj | r_gj]_g and the attestations. True when it opens the commitments
/// and holds the attestations that the header names.
[[nodiscard]] bool CheckComponent(const SignedSurvey& survey, const CheckedEnvelope& envelope, unsigned j,
                                  ByteSpan opening);
/// Cuts component own (0) or next (1) out of an opened box, and puts two together.
[[nodiscard]] Bytes ComponentOfBox(const Survey& survey, ByteSpan box_plaintext, unsigned which);
[[nodiscard]] Bytes JoinComponents(const Survey& survey, ByteSpan own, ByteSpan next);
/// The attestation of a proven group in an opened box. Not secret, but for the parties alone.
[[nodiscard]] Bytes AttestationOf(const Survey& survey, ByteSpan box_plaintext, std::size_t group);
/// The row's bits (layout order, LayoutOf(survey).bytes() bytes) of component own (0) or next (1).
[[nodiscard]] Bytes RowShare(const Survey& survey, ByteSpan box_plaintext, unsigned which);

// --- the person's side --------------------------------------------------------------------------------------------
struct InviteToken {
  Secret<Bytes32> seed;  ///< of the token's Ed25519 key
  std::uint32_t index = 0;
  std::vector<Bytes32> path;
};
struct SealOptions {
  std::uint32_t version = 0;
  Bytes32 replaces{};
  const InviteToken* invite = nullptr;
};
/// Splits the row with independent randomness for every component and nonce, commits, boxes and seals.
///
/// Cost:     3 HPKE seals, 1 or 2 signatures, about 0.4 ms.
/// Security: `control` is fresh for every answer (a replacement has its predecessor's). `rng` must be the system's outside
///           of tests: the third component hides behind 128 bits of r (review.md L3).
/// Errors:   kInvalidArgument when the row is another survey's, `version` and `replaces` do not belong together, or the
///           invitation is missing, not wanted or not this survey's.
[[nodiscard]] Result<Submission> SealSubmission(const SignedSurvey& survey, const RowBits& row,
                                                const SigningKey& control, const SealOptions& options,
                                                Rng& rng);

}  // namespace mpcstats
