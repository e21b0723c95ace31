#include "mpcstats/survey/promises.h"

#include "mpcstats/crypto/merkle.h"
#include "mpcstats/survey/submission_fields.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::string_view kBatchTag = "mpcstats/v1/batch";
constexpr std::string_view kAnswerTag = "mpcstats/v1/answer";
constexpr std::string_view kRefusedTag = "mpcstats/v1/refused";
constexpr std::string_view kVerdictTag = "mpcstats/v1/verdict";
constexpr UnixSeconds kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z, the last one RFC 3339 can say

Bytes IdAndRefusal(const Bytes32& id, Refusal refusal) {
  Writer writer;
  writer.Raw(id).U8(static_cast<std::uint8_t>(refusal));
  return std::move(writer).Take();
}

bool IsTime(UnixSeconds time) { return time >= 0 && time <= kLastSecond; }

Status BadBatch(std::string_view fault) {
  return Fail(ErrorCode::kInvalidArgument, "the batch certificate " + std::string(fault));
}

Status CheckCertificate(const BatchCertificate& certificate, const SignedSurvey& signed_survey) {
  const Survey& survey = signed_survey.survey();
  if (certificate.survey_hash != signed_survey.hash()) return BadBatch("is of another survey");
  if (certificate.batch == 0) return BadBatch("has the number 0; batches count from 1");
  if ((certificate.batch == 1) != (certificate.previous == Bytes32{})) {
    return BadBatch("does not name the batch before it, or names one before the first");
  }
  if (certificate.count < survey.batch_min || certificate.count > survey.batch_max) {
    return BadBatch("has fewer answers than the survey's batch_min or more than its batch_max");
  }
  if (certificate.revocations != Bytes32{} && survey.notaries.empty()) {
    return BadBatch("names a revocation list, though the survey has no notaries");
  }
  if (certificate.closed_at < survey.opens || !IsTime(certificate.closed_at)) {
    return BadBatch("closed before the survey opened, or at an impossible time");
  }
  return {};
}

}  // namespace

Bytes TicketInput(const Ticket& ticket) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/ticket")).Raw(ticket.survey_hash).Raw(ticket.submission);
  writer.U64(static_cast<std::uint64_t>(ticket.received_at))
      .U64(static_cast<std::uint64_t>(ticket.propose_by));
  return std::move(writer).Take();
}

bool VerifyTicket(const Ticket& ticket, const SignedSurvey& survey) {
  return ticket.survey_hash == survey.hash() && IsTime(ticket.received_at) && IsTime(ticket.propose_by) &&
         ticket.received_at <= ticket.propose_by &&
         VerifySignature(survey.survey().coordinator.identity_key, TicketInput(ticket), ticket.signature);
}

Bytes VerdictLeaf(const Verdict& verdict) { return IdAndRefusal(verdict.submission, verdict.refusal); }

Bytes32 VerdictLeafHash(const Verdict& verdict) { return MerkleLeafHash(kVerdictTag, VerdictLeaf(verdict)); }

Bytes VerdictsInput(const Bytes32& survey_hash, std::uint32_t count, const Bytes32& root) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/verdicts")).Raw(survey_hash).U32(count).Raw(root);
  return std::move(writer).Take();
}

bool VerifyVerdict(const VerdictProof& proof, const SignedSurvey& survey, unsigned party) {
  return party < 3 && proof.path.size() <= kMaxPath &&
         VerifyLeafHashPath(VerdictLeafHash(proof.verdict), proof.index, proof.count, proof.path,
                            proof.root) &&
         VerifySignature(survey.survey().parties[party].identity_key,
                         VerdictsInput(survey.hash(), proof.count, proof.root), proof.signature);
}

Bytes WithdrawalInput(const Bytes32& submission, const Bytes32& survey_hash) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/withdraw")).Raw(submission).Raw(survey_hash);
  return std::move(writer).Take();
}

bool VerifyWithdrawal(const Withdrawal& withdrawal, const CheckedEnvelope& envelope) {
  return withdrawal.submission == envelope.id &&
         VerifySignature(envelope.header.control_key,
                         WithdrawalInput(withdrawal.submission, envelope.header.survey_hash),
                         withdrawal.signature);
}

Bytes EncodeWithdrawal(const Withdrawal& withdrawal) {
  Writer writer;
  writer.Raw(withdrawal.submission).Raw(withdrawal.signature);
  return std::move(writer).Take();
}

Result<Withdrawal> DecodeWithdrawal(ByteSpan bytes) {
  Reader reader(bytes);
  Withdrawal withdrawal;
  ReadArray(reader, withdrawal.submission);
  ReadArray(reader, withdrawal.signature);
  RETURN_IF_ERROR(reader.Finish("a withdrawal"));
  return withdrawal;
}

Bytes32 AnswersRoot(std::span<const Bytes32> ids) { return MerkleRoot(kAnswerTag, ids); }

Bytes32 RefusedRoot(std::span<const std::pair<Bytes32, Refusal>> refused) {
  std::vector<Bytes32> leaves;
  leaves.reserve(refused.size());
  for (const auto& [id, refusal] : refused) {
    leaves.push_back(MerkleLeafHash(kRefusedTag, IdAndRefusal(id, refusal)));
  }
  return MerkleTree::OfLeafHashes(std::move(leaves)).Root();
}

Bytes EncodeCertificate(const BatchCertificate& certificate) {
  Writer writer;
  writer.Raw(AsBytes(kBatchTag)).Raw(certificate.survey_hash);
  writer.U32(certificate.batch).U32(certificate.attempt).Raw(certificate.previous);
  writer.U32(certificate.count).Raw(certificate.root);
  writer.U32(certificate.refused).Raw(certificate.refused_root).Raw(certificate.revocations);
  writer.U64(static_cast<std::uint64_t>(certificate.closed_at));
  return std::move(writer).Take();
}

Result<BatchCertificate> DecodeCertificate(ByteSpan bytes) {
  Reader reader(bytes);
  if (!std::ranges::equal(reader.Raw(kBatchTag.size()), AsBytes(kBatchTag))) {
    return Fail(ErrorCode::kProtocolViolation, "these bytes are no batch certificate");
  }
  BatchCertificate certificate;
  ReadArray(reader, certificate.survey_hash);
  certificate.batch = reader.U32();
  certificate.attempt = reader.U32();
  ReadArray(reader, certificate.previous);
  certificate.count = reader.U32();
  ReadArray(reader, certificate.root);
  certificate.refused = reader.U32();
  ReadArray(reader, certificate.refused_root);
  ReadArray(reader, certificate.revocations);
  certificate.closed_at = static_cast<UnixSeconds>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("a batch certificate"));
  if (!IsTime(certificate.closed_at)) {
    return Fail(ErrorCode::kProtocolViolation, "a batch certificate has an impossible time");
  }
  return certificate;
}

Status VerifyBatch(const SignedBatch& batch, const SignedSurvey& survey) {
  RETURN_IF_ERROR(CheckCertificate(batch.certificate, survey));
  const Bytes signed_bytes = EncodeCertificate(batch.certificate);
  for (unsigned i = 0; i < 3; ++i) {
    if (!VerifySignature(survey.survey().parties[i].identity_key, signed_bytes, batch.signatures[i])) {
      return BadBatch("is not signed by party " + std::to_string(i) + ", \"" +
                      survey.survey().parties[i].name + "\"");
    }
  }
  return {};
}

bool VerifyInclusion(const Inclusion& inclusion, const Bytes32& submission, const Bytes32& root) {
  return VerifyPath(kAnswerTag, submission, inclusion.index, inclusion.count, inclusion.path, root);
}

}  // namespace mpcstats
