// Batches of a party: prepared, closed, and what they left behind.
#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/store/batch_lists.h"
#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

std::unexpected<Error> Misfit(const BatchRecord& record, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("batch {} attempt {} cannot be prepared: {}", record.batch, record.attempt, why));
}

// What a record decides by itself.
Status CheckRecord(const BatchRecord& record, const Bytes32& survey_hash) {
  const BatchCertificate& certificate = record.certificate;
  if (certificate.survey_hash != survey_hash) return Misfit(record, "its certificate is of another survey");
  if (certificate.batch != record.batch || certificate.attempt != record.attempt || record.attempt == 0) {
    return Misfit(record, "its certificate has another number");
  }
  if (record.accepted.size() != certificate.count || record.refused.size() != certificate.refused) {
    return Misfit(record, "its lists are not as long as its certificate says");
  }
  if (AnswersRoot(record.accepted) != certificate.root ||
      RefusedRoot(record.refused) != certificate.refused_root) {
    return Misfit(record, "its lists are not those of its certificate");
  }
  if (!record.pseudonyms.empty() && record.pseudonyms.size() != record.accepted.size()) {
    return Misfit(record, "it has not one pseudonym for each accepted submission");
  }
  for (const Bytes& pseudonym : record.pseudonyms) {
    if (pseudonym.size() != kPseudonymBytes) return Misfit(record, "a pseudonym has not 16 bytes");
  }
  if (std::ranges::none_of(record.signatures, [](const auto& signature) { return signature.has_value(); })) {
    return Misfit(record, "our own signature is missing");
  }
  return {};
}

// SHA-256 of the certificate of a closed batch; zero for batch 0.
Result<Bytes32> HashOfBatch(Database& database, std::int64_t survey, std::uint32_t batch) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT certificate FROM batches "
                                         "WHERE survey = ?1 AND batch = ?2 AND closed = 1",
                                         {survey, batch}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  return row ? Sha256(find.Blob(0)) : Bytes32{};
}

constexpr std::string_view kSelectBatch =
    "SELECT attempt, certificate, signatures, accepted, refused, pseudonyms, shares, pseudonym_key FROM "
    "batches ";

}  // namespace

Result<std::uint32_t> PartyStore::NextAttempt(const Bytes32& survey_hash, std::uint32_t batch) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->OpenSurvey(survey_hash));
  ASSIGN_OR_RETURN(const std::uint32_t last, state_->LastBatch(survey));
  if (batch != last + 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("batch {} cannot be tried: batch {} is the next one", batch, last + 1));
  }
  ASSIGN_OR_RETURN(Statement count, Query(state_->database,
                                          "INSERT INTO attempts(survey, batch, attempt) VALUES (?1, ?2, 1) "
                                          "ON CONFLICT DO UPDATE SET attempt = attempt + 1 RETURNING attempt",
                                          {survey, batch}));
  RETURN_IF_ERROR(count.Step());
  const auto attempt = static_cast<std::uint32_t>(count.Int(0));
  RETURN_IF_ERROR(count.Step());  // to the end: only then is it committed
  return attempt;
}

Status PartyStore::PrepareBatch(const SignedSurvey& survey, const BatchRecord& record) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  const Bytes32& hash = survey.hash();
  RETURN_IF_ERROR(CheckRecord(record, hash));
  ASSIGN_OR_RETURN(const std::int64_t number, state_->OpenSurvey(hash));
  const Bytes certificate = EncodeCertificate(record.certificate);

  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT certificate FROM batches WHERE survey = ?1 AND batch = ?2 "
                                         "AND attempt = ?3",
                                         {number, record.batch, record.attempt}));
  ASSIGN_OR_RETURN(const bool known, find.Step());
  if (known) {
    if (find.Blob(0) == certificate) return {};
    return Misfit(record, "another certificate was prepared for this attempt");
  }
  ASSIGN_OR_RETURN(const std::uint32_t last, state_->LastBatch(number));
  if (record.batch != last + 1) return Misfit(record, fmt::format("batch {} is the next one", last + 1));
  ASSIGN_OR_RETURN(const Bytes32 previous, HashOfBatch(database, number, last));
  if (record.certificate.previous != previous)
    return Misfit(record, "it does not follow the last closed batch");

  ASSIGN_OR_RETURN(
      const Bytes shares,
      state_->Seal(hash, SealedFor(kSharesTag, hash, record.batch, record.attempt), record.shares));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(Statement count, Query(database,
                                          "INSERT INTO attempts(survey, batch, attempt) VALUES (?1, ?2, ?3) "
                                          "ON CONFLICT DO UPDATE SET attempt = max(attempt, ?3)",
                                          {number, record.batch, record.attempt}));
  RETURN_IF_ERROR(count.Run());
  ASSIGN_OR_RETURN(Statement insert,
                   Query(database,
                         "INSERT INTO batches(survey, batch, attempt, certificate, signatures, accepted, "
                         "refused, pseudonyms, shares, pseudonym_key) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                         {number, record.batch, record.attempt}));
  insert.Bind(4, certificate)
      .Bind(5, EncodeSignatures(record.signatures))
      .Bind(6, EncodeIds(record.accepted));
  insert.Bind(7, EncodeRefused(record.refused)).Bind(8, EncodePseudonyms(record.pseudonyms)).Bind(9, shares);
  if (record.pseudonym_key.empty()) {
    insert.BindNull(10);
  } else {
    const Bytes aad = SealedFor(kBatchPseudonymKeyTag, hash, record.batch, record.attempt);
    ASSIGN_OR_RETURN(const Bytes sealed, state_->Seal(hash, aad, record.pseudonym_key));
    insert.Bind(10, sealed);
  }
  RETURN_IF_ERROR(insert.Run());
  return transaction.Commit();
}

Result<std::vector<BatchRecord>> PartyStore::PreparedBatches(const SignedSurvey& survey,
                                                             std::uint32_t batch) {
  const std::lock_guard lock(state_->mutex);
  const Bytes32& hash = survey.hash();
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(hash));
  ASSIGN_OR_RETURN(AeadKey * key, state_->ShareKey(hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           std::string(kSelectBatch) + "WHERE survey = ?1 AND batch = ?2 AND "
                                                                       "closed = 0 ORDER BY attempt",
                                           {number, batch}));
  std::vector<BatchRecord> records;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return records;
    BatchRecord& record = records.emplace_back();
    record.batch = batch;
    record.attempt = static_cast<std::uint32_t>(select.Int(0));
    ASSIGN_OR_RETURN(record.certificate, DecodeCertificate(select.Blob(1)));
    ASSIGN_OR_RETURN(record.signatures, DecodeSignatures(select.Blob(2)));
    ASSIGN_OR_RETURN(record.accepted, DecodeIds(select.Blob(3)));
    ASSIGN_OR_RETURN(record.refused, DecodeRefused(select.Blob(4)));
    ASSIGN_OR_RETURN(record.pseudonyms, DecodePseudonyms(select.Blob(5)));
    ASSIGN_OR_RETURN(record.shares,
                     key->Open(SealedFor(kSharesTag, hash, batch, record.attempt), select.Blob(6)));
    if (select.IsNull(7)) continue;
    const Bytes aad = SealedFor(kBatchPseudonymKeyTag, hash, batch, record.attempt);
    ASSIGN_OR_RETURN(record.pseudonym_key, key->Open(aad, select.Blob(7)));
  }
}

Result<std::vector<SignedBatch>> PartyStore::ClosedBatches(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(
      Statement select,
      Query(state_->database, std::string(kSelectBatch) + "WHERE survey = ?1 AND closed = 1 ORDER BY batch",
            {survey}));
  std::vector<SignedBatch> batches;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return batches;
    SignedBatch& batch = batches.emplace_back();
    ASSIGN_OR_RETURN(batch.certificate, DecodeCertificate(select.Blob(1)));
    ASSIGN_OR_RETURN(const Signatures signatures, DecodeSignatures(select.Blob(2)));
    for (unsigned i = 0; i < 3; ++i) batch.signatures[i] = signatures[i].value_or(Signature{});
  }
}

Result<std::vector<Bytes32>> PartyStore::AcceptedIds(const Bytes32& survey_hash, std::uint32_t batch) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT accepted FROM batches "
                                         "WHERE survey = ?1 AND batch = ?2 AND closed = 1",
                                         {survey, batch}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return Fail(ErrorCode::kNotFound, fmt::format("batch {} is not closed here", batch));
  return DecodeIds(find.Blob(0));
}

Result<std::vector<std::pair<Bytes32, Refusal>>> PartyStore::RefusedIds(const Bytes32& survey_hash,
                                                                        std::uint32_t batch) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT refused FROM batches "
                                         "WHERE survey = ?1 AND batch = ?2 AND closed = 1",
                                         {survey, batch}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return Fail(ErrorCode::kNotFound, fmt::format("batch {} is not closed here", batch));
  return DecodeRefused(find.Blob(0));
}

Result<Bytes> PartyStore::BatchShares(const SignedSurvey& survey, std::uint32_t batch) {
  const std::lock_guard lock(state_->mutex);
  const Bytes32& hash = survey.hash();
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(hash));
  ASSIGN_OR_RETURN(AeadKey * key, state_->ShareKey(hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT attempt, shares FROM batches "
                                         "WHERE survey = ?1 AND batch = ?2 AND closed = 1",
                                         {number, batch}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return Fail(ErrorCode::kNotFound, fmt::format("batch {} is not closed here", batch));
  const auto attempt = static_cast<std::uint32_t>(find.Int(0));
  return key->Open(SealedFor(kSharesTag, hash, batch, attempt), find.Blob(1));
}

}  // namespace mpcstats
