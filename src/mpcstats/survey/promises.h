// What the services sign for the people who answer, and what people sign in return: tickets, verdicts, withdrawals,
// batch certificates. Bytes first, JSON for HTTP.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/survey/submission.h"

namespace mpcstats {

/// The coordinator's promise (in the manner of RFC 6962's SCT) to propose a submission by `propose_by`.
/// Signed: "mpcstats/v1/ticket" | survey_hash | id | received_at u64 | propose_by u64, by the coordinator's identity.
struct Ticket {
  Bytes32 survey_hash{};
  Bytes32 submission{};
  UnixSeconds received_at = 0;
  UnixSeconds propose_by = 0;
  Signature signature{};
};
[[nodiscard]] Bytes TicketInput(const Ticket& ticket);
/// True when the survey's coordinator signed it for this survey and its times are in order. Whether it is for a person's own
/// answer is `submission`'s to say.
[[nodiscard]] bool VerifyTicket(const Ticket& ticket, const SignedSurvey& survey);
/// All JSON here is strict: every field and no other, hexadecimal in lower case, times as RFC 3339 in UTC.
/// Errors: kInvalidArgument, one sentence that names the field.
[[nodiscard]] std::string TicketToJson(const Ticket& ticket);
[[nodiscard]] Result<Ticket> TicketFromJson(std::string_view json);

/// A party's word on what one upload's envelope and box decide: well-formed or refused. "Counted" is known at close only.
struct Verdict {
  Bytes32 submission{};
  Refusal refusal = Refusal::kNone;
};
/// One signature for all verdicts of a flush: the Merkle root of leaves (tag "mpcstats/v1/verdict", data id | refusal u8).
/// Signed: "mpcstats/v1/verdicts" | survey_hash | count u32 | root, by the party's identity.
[[nodiscard]] Bytes VerdictLeaf(const Verdict& verdict);
[[nodiscard]] Bytes32 VerdictLeafHash(const Verdict& verdict);  ///< for MerkleTree::OfLeafHashes
[[nodiscard]] Bytes VerdictsInput(const Bytes32& survey_hash, std::uint32_t count, const Bytes32& root);

/// One verdict, the path to its flush's root, and the party's signature of that.
struct VerdictProof {
  Verdict verdict;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::vector<Bytes32> path;
  Bytes32 root{};
  Signature signature{};
};
[[nodiscard]] bool VerifyVerdict(const VerdictProof& proof, const SignedSurvey& survey, unsigned party);

/// Signed by the answer's own control key: "mpcstats/v1/withdraw" | id | survey_hash.
struct Withdrawal {
  Bytes32 submission{};
  Signature signature{};
};
[[nodiscard]] Bytes WithdrawalInput(const Bytes32& submission, const Bytes32& survey_hash);
/// True when the control key of exactly this submission signed it.
[[nodiscard]] bool VerifyWithdrawal(const Withdrawal& withdrawal, const CheckedEnvelope& envelope);
[[nodiscard]] Bytes EncodeWithdrawal(const Withdrawal& withdrawal);
[[nodiscard]] Result<Withdrawal> DecodeWithdrawal(ByteSpan bytes);

/// What the three parties sign when a batch closes; persisted before it is sent, at most one root per attempt.
/// Signed: the encoding, which starts with "mpcstats/v1/batch".
struct BatchCertificate {
  Bytes32 survey_hash{};
  std::uint32_t batch = 0;  ///< 1, 2, ...
  std::uint32_t attempt = 0;
  Bytes32 previous{};       ///< SHA-256 of the previous batch's certificate; zero for the first
  std::uint32_t count = 0;  ///< accepted submissions, in the order of the list
  Bytes32 root{};           ///< Merkle root of their ids (leaf tag "mpcstats/v1/answer")
  std::uint32_t refused = 0;
  Bytes32 refused_root{};  ///< leaves "mpcstats/v1/refused": id | refusal u8
  Bytes32 revocations{};   ///< NotaryListsHash of the lists that decided; zero while there is none
  UnixSeconds closed_at = 0;
};
/// `root` of accepted ids and `refused_root` of refused ones, both in list order.
[[nodiscard]] Bytes32 AnswersRoot(std::span<const Bytes32> ids);
[[nodiscard]] Bytes32 RefusedRoot(std::span<const std::pair<Bytes32, Refusal>> refused);
[[nodiscard]] Bytes EncodeCertificate(const BatchCertificate& certificate);
[[nodiscard]] Result<BatchCertificate> DecodeCertificate(ByteSpan bytes);
struct SignedBatch {
  BatchCertificate certificate;
  std::array<Signature, 3> signatures{};
};
/// All that survey and certificate decide: numbers, counts within batch_min and batch_max, times, three signatures. Whether
/// `previous` is the batch before is for whoever has that.
/// Errors: kInvalidArgument that names the fault, and the party whose signature is wrong.
[[nodiscard]] Status VerifyBatch(const SignedBatch& batch, const SignedSurvey& survey);
[[nodiscard]] std::string BatchToJson(const SignedBatch& batch);
[[nodiscard]] Result<SignedBatch> BatchFromJson(std::string_view json);

/// Proof that a submission is in the input set of a batch.
struct Inclusion {
  std::uint32_t batch = 0;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::vector<Bytes32> path;
};
[[nodiscard]] bool VerifyInclusion(const Inclusion& inclusion, const Bytes32& submission,
                                   const Bytes32& root);
[[nodiscard]] std::string InclusionToJson(const Inclusion& inclusion);
[[nodiscard]] Result<Inclusion> InclusionFromJson(std::string_view json);

}  // namespace mpcstats
