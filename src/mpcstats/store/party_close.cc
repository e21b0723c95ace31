// Closing a batch at a party: the point after which nothing of it changes, and which tokens and keys it used up.
#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/store/batch_lists.h"
#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

Status MarkUsed(Database& database, std::int64_t survey, UsedKind kind, ByteSpan value) {
  ASSIGN_OR_RETURN(Statement insert, Query(database,
                                           "INSERT OR IGNORE INTO used(survey, kind, value) "
                                           "VALUES (?1, ?2, ?3)",
                                           {survey, static_cast<std::int64_t>(kind)}));
  return insert.Bind(3, value).Run();
}

template <typename Value>
Result<std::vector<bool>> FindUsed(Database& database, std::int64_t survey, UsedKind kind,
                                   std::span<const Value> values) {
  std::vector<bool> used;
  used.reserve(values.size());
  ASSIGN_OR_RETURN(const Transaction reading, Transaction::BeginReading(database));
  for (const Value& value : values) {
    ASSIGN_OR_RETURN(Statement find,
                     Query(database, "SELECT 1 FROM used WHERE survey = ?1 AND kind = ?2 AND value = ?3",
                           {survey, static_cast<std::int64_t>(kind)}));
    ASSIGN_OR_RETURN(const bool row, find.Bind(3, value).Step());
    used.push_back(row);
  }
  return used;
}

// A submission that an earlier batch decided stays as it was; one that is not stored leaves its refusal.
Status Refuse(Database& database, std::int64_t survey, const Bytes32& id, Refusal refusal,
              const BatchCertificate& certificate) {
  const auto reason = static_cast<std::int64_t>(refusal);
  ASSIGN_OR_RETURN(Statement upsert,
                   Query(database,
                         "INSERT INTO submissions(survey, state, refusal, batch, received_at, id, envelope) "
                         "VALUES (?1, 3, ?2, ?3, ?4, ?5, x'') ON CONFLICT(survey, id) DO UPDATE "
                         "SET state = 3, refusal = ?2, batch = ?3, opening = NULL WHERE state < 2",
                         {survey, reason, certificate.batch, certificate.closed_at}));
  return upsert.Bind(5, id).Run();
}

std::unexpected<Error> AnotherClosed(std::uint32_t batch) {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("batch {} is closed here with another certificate: a closed batch never changes", batch));
}

// The certificate of a closed batch; empty when it is not closed.
Result<Bytes> ClosedCertificate(Database& database, std::int64_t survey, std::uint32_t batch) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT certificate FROM batches WHERE survey = ?1 AND batch = ?2 "
                                         "AND closed = 1",
                                         {survey, batch}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  return row ? find.Blob(0) : Bytes();
}

// The certificate of an attempt that was prepared (or closed) here; empty when there is none.
Result<Bytes> AttemptCertificate(Database& database, std::int64_t survey, std::uint32_t batch,
                                 std::uint32_t attempt) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT certificate FROM batches WHERE survey = ?1 AND batch = ?2 "
                                         "AND attempt = ?3",
                                         {survey, batch, attempt}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  return row ? find.Blob(0) : Bytes();
}

}  // namespace

Status PartyStore::State::Accept(std::int64_t survey, const Bytes32& id, std::uint32_t batch,
                                 std::uint32_t index) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT number, state, envelope, batch FROM submissions "
                                         "WHERE survey = ?1 AND id = ?2",
                                         {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
  if (!row) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("batch {} counts submission {}, which is not stored here", batch, ToHex(id)));
  }
  const std::int64_t number = find.Int(0);
  if (find.Int(1) >= static_cast<std::int64_t>(SubmissionState::kCounted)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("batch {} counts submission {}, which batch {} has decided", batch, ToHex(id),
                            find.Int(3)));
  }
  ASSIGN_OR_RETURN(const Header header, HeaderOf(find.Blob(2)));
  find.Reset();
  RETURN_IF_ERROR(MarkUsed(database, survey, UsedKind::kControlKey, header.control_key));
  if (header.token_hash != Bytes32{}) {
    RETURN_IF_ERROR(MarkUsed(database, survey, UsedKind::kToken, header.token_hash));
  }
  ASSIGN_OR_RETURN(Statement update,
                   Query(database,
                         "UPDATE submissions SET state = 2, batch = ?2, place = ?3, opening = NULL "
                         "WHERE number = ?1",
                         {number, batch, index}));
  return update.Run();
}

Status PartyStore::State::CloseBatch(const Bytes32& hash, std::int64_t survey, const SignedBatch& batch) {
  const BatchCertificate& certificate = batch.certificate;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT accepted, refused, pseudonyms, pseudonym_key FROM batches "
                                         "WHERE survey = ?1 AND batch = ?2 AND attempt = ?3",
                                         {survey, certificate.batch, certificate.attempt}));
  RETURN_IF_ERROR(find.Step());
  ASSIGN_OR_RETURN(const std::vector<Bytes32> accepted, DecodeIds(find.Blob(0)));
  ASSIGN_OR_RETURN(const auto refused, DecodeRefused(find.Blob(1)));
  ASSIGN_OR_RETURN(const std::vector<Bytes> pseudonyms, DecodePseudonyms(find.Blob(2)));
  const Bytes sealed_key = find.Blob(3);
  find.Reset();

  for (std::size_t i = 0; i < accepted.size(); ++i) {
    RETURN_IF_ERROR(Accept(survey, accepted[i], certificate.batch, static_cast<std::uint32_t>(i)));
  }
  for (const auto& [id, refusal] : refused)
    RETURN_IF_ERROR(Refuse(database, survey, id, refusal, certificate));
  for (const Bytes& pseudonym : pseudonyms) {
    RETURN_IF_ERROR(MarkUsed(database, survey, UsedKind::kPseudonym, pseudonym));
  }
  if (!sealed_key.empty()) {
    ASSIGN_OR_RETURN(AeadKey * key, ShareKey(hash));
    const Bytes aad = SealedFor(kBatchPseudonymKeyTag, hash, certificate.batch, certificate.attempt);
    ASSIGN_OR_RETURN(Bytes components, key->Open(aad, sealed_key));
    const Status status = SetPseudonymKey(hash, survey, components);
    SecureWipe(components.data(), components.size());
    RETURN_IF_ERROR(status);
  }

  ASSIGN_OR_RETURN(Statement drop, Query(database,
                                         "DELETE FROM batches WHERE survey = ?1 AND batch = ?2 "
                                         "AND attempt <> ?3",
                                         {survey, certificate.batch, certificate.attempt}));
  RETURN_IF_ERROR(drop.Run());
  Signatures signatures;
  for (unsigned i = 0; i < 3; ++i) signatures[i] = batch.signatures[i];
  ASSIGN_OR_RETURN(Statement close,
                   Query(database,
                         "UPDATE batches SET closed = 1, signatures = ?4, pseudonym_key = NULL "
                         "WHERE survey = ?1 AND batch = ?2 AND attempt = ?3",
                         {survey, certificate.batch, certificate.attempt}));
  RETURN_IF_ERROR(close.Bind(4, EncodeSignatures(signatures)).Run());
  return transaction.Commit();
}

Status PartyStore::CloseBatch(const SignedSurvey& survey, std::uint32_t batch, std::uint32_t attempt,
                              const std::array<Signature, 3>& signatures) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  ASSIGN_OR_RETURN(const Bytes closed, ClosedCertificate(state_->database, number, batch));
  ASSIGN_OR_RETURN(const Bytes prepared, AttemptCertificate(state_->database, number, batch, attempt));
  if (!closed.empty() && closed != prepared) return AnotherClosed(batch);
  if (prepared.empty()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("batch {} attempt {} was not prepared here", batch, attempt));
  }
  SignedBatch signed_batch{.certificate = {}, .signatures = signatures};
  ASSIGN_OR_RETURN(signed_batch.certificate, DecodeCertificate(prepared));
  RETURN_IF_ERROR(VerifyBatch(signed_batch, survey));
  if (!closed.empty()) return {};
  return state_->CloseBatch(survey.hash(), number, signed_batch);
}

Status PartyStore::AdoptBatch(const SignedSurvey& survey, const SignedBatch& batch) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  const BatchCertificate& certificate = batch.certificate;
  RETURN_IF_ERROR(VerifyBatch(batch, survey));
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  const Bytes encoded = EncodeCertificate(certificate);
  ASSIGN_OR_RETURN(const Bytes closed, ClosedCertificate(database, number, certificate.batch));
  if (closed == encoded) return {};
  if (!closed.empty()) return AnotherClosed(certificate.batch);
  ASSIGN_OR_RETURN(const std::uint32_t last, state_->LastBatch(number));
  if (certificate.batch != last + 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("batch {} cannot be adopted before batch {}", certificate.batch, last + 1));
  }
  ASSIGN_OR_RETURN(const Bytes prepared,
                   AttemptCertificate(database, number, certificate.batch, certificate.attempt));
  if (prepared == encoded) return state_->CloseBatch(survey.hash(), number, batch);

  const std::string reason = fmt::format(
      "survey {} is stopped at this party: batch {} closed after the backup that was restored here, and no "
      "one else has "
      "our shares of it",
      ToHex(survey.hash()), certificate.batch);
  ASSIGN_OR_RETURN(Statement stop,
                   Query(database, "UPDATE survey_keys SET stop_reason = ?2 WHERE survey = ?1", {number}));
  RETURN_IF_ERROR(stop.BindText(2, reason).Run());
  return Fail(ErrorCode::kNotFound, reason);
}

Result<std::vector<bool>> PartyStore::TokensUsed(const Bytes32& survey_hash,
                                                 std::span<const Bytes32> token_hashes) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  return FindUsed(state_->database, survey, UsedKind::kToken, token_hashes);
}

Result<std::vector<bool>> PartyStore::ControlKeysUsed(const Bytes32& survey_hash,
                                                      std::span<const Bytes32> keys) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  return FindUsed(state_->database, survey, UsedKind::kControlKey, keys);
}

Result<std::vector<bool>> PartyStore::PseudonymsUsed(const Bytes32& survey_hash,
                                                     std::span<const Bytes> pseudonyms) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  return FindUsed(state_->database, survey, UsedKind::kPseudonym, pseudonyms);
}

}  // namespace mpcstats
