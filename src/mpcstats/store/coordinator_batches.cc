// Proposals and closed batches at the coordinator.
#include <fmt/core.h>

#include "mpcstats/store/batch_lists.h"
#include "mpcstats/store/coordinator_state.h"

namespace mpcstats {
namespace {

// Ids that never came through this coordinator are none of its business: a person may post to the parties directly.
Status Decide(Database& database, std::int64_t survey, const Bytes32& id, std::uint32_t batch,
              Refusal refusal, std::uint32_t place) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT number FROM submissions WHERE survey = ?1 AND id = ?2 "
                                         "AND batch IS NULL",
                                         {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
  if (!row) return {};
  const std::int64_t number = find.Int(0);
  find.Reset();
  ASSIGN_OR_RETURN(Statement update, Query(database,
                                           "UPDATE submissions SET batch = ?2, refusal = ?3, place = ?4 "
                                           "WHERE number = ?1",
                                           {number, batch, static_cast<std::int64_t>(refusal), place}));
  RETURN_IF_ERROR(update.Run());
  ASSIGN_OR_RETURN(Statement drop, Query(database, "DELETE FROM boxes WHERE submission = ?1", {number}));
  return drop.Run();
}

}  // namespace

Result<std::vector<Bytes32>> CoordinatorStore::ProposalCandidates(const Bytes32& survey_hash,
                                                                  std::size_t limit) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT id FROM submissions " + std::string(kCandidates) +
                                               " ORDER BY number LIMIT ?2",
                                           {survey, static_cast<std::int64_t>(limit)}));
  std::vector<Bytes32> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return ids;
    ASSIGN_OR_RETURN(ids.emplace_back(), select.Blob32(0));
  }
}

Status CoordinatorStore::CloseBatch(const SignedBatch& batch, std::span<const Bytes32> accepted,
                                    std::span<const std::pair<Bytes32, Refusal>> refused) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  const BatchCertificate& certificate = batch.certificate;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, certificate.survey_hash));
  if (accepted.size() != certificate.count || refused.size() != certificate.refused) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the lists of batch {} are not as long as its certificate says", certificate.batch));
  }
  if (AnswersRoot(accepted) != certificate.root || RefusedRoot(refused) != certificate.refused_root) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the lists of batch {} are not those of its certificate", certificate.batch));
  }
  const std::string json = BatchToJson(batch);
  ASSIGN_OR_RETURN(Statement find,
                   Query(database, "SELECT json FROM batches WHERE survey = ?1 AND batch = ?2",
                         {survey, certificate.batch}));
  ASSIGN_OR_RETURN(const bool known, find.Step());
  if (known) {
    if (find.Text(0) == json) return {};
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("batch {} is closed with another certificate: a closed batch never changes",
                            certificate.batch));
  }
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(Statement insert, Query(database,
                                           "INSERT INTO batches(survey, batch, json, accepted) "
                                           "VALUES (?1, ?2, ?3, ?4)",
                                           {survey, certificate.batch}));
  RETURN_IF_ERROR(insert.BindText(3, json).Bind(4, EncodeIds(accepted)).Run());
  std::uint32_t place = 0;
  for (const Bytes32& id : accepted) {
    RETURN_IF_ERROR(Decide(database, survey, id, certificate.batch, Refusal::kNone, place++));
  }
  for (const auto& [id, refusal] : refused) {
    RETURN_IF_ERROR(Decide(database, survey, id, certificate.batch, refusal, 0));
  }
  return transaction.Commit();
}

Result<std::vector<SignedBatch>> CoordinatorStore::ClosedBatches(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(
      Statement select,
      Query(state_->database, "SELECT json FROM batches WHERE survey = ?1 ORDER BY batch", {survey}));
  std::vector<SignedBatch> batches;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return batches;
    ASSIGN_OR_RETURN(batches.emplace_back(), BatchFromJson(select.Text(0)));
  }
}

Result<std::vector<Bytes32>> CoordinatorStore::AcceptedIds(const Bytes32& survey_hash, std::uint32_t batch) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT accepted FROM batches WHERE survey = ?1 "
                                         "AND batch = ?2",
                                         {survey, batch}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return Fail(ErrorCode::kNotFound, fmt::format("batch {} is not closed", batch));
  return DecodeIds(find.Blob(0));
}

Result<std::int64_t> CoordinatorStore::DeleteBoxes(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement drop, Query(state_->database,
                                         "DELETE FROM boxes WHERE submission IN "
                                         "(SELECT number FROM submissions WHERE survey = ?1)",
                                         {survey}));
  RETURN_IF_ERROR(drop.Run());
  return state_->database.changes();
}

}  // namespace mpcstats
