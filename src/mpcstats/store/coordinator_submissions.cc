// Submissions at the coordinator, their delivery to the parties, and withdrawals.
#include <fmt/core.h>

#include "mpcstats/store/coordinator_state.h"

namespace mpcstats {
namespace {

std::unexpected<Error> NotKnown(const Bytes32& id) {
  return Fail(ErrorCode::kNotFound, fmt::format("submission {} is not known here", ToHex(id)));
}

Result<Ticket> TicketOf(const Statement& row, const Bytes32& survey_hash, const Bytes32& id) {
  Ticket ticket{
      .survey_hash = survey_hash, .submission = id, .received_at = row.Int(0), .propose_by = row.Int(1)};
  ASSIGN_OR_RETURN(ticket.signature, SignatureOf(row.Blob(2)));
  return ticket;
}

Result<AddedSubmission> Add(Database& database, const Bytes32& survey_hash, std::int64_t survey,
                            const IncomingSubmission& item) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT received_at, propose_by, ticket FROM submissions "
                                         "WHERE survey = ?1 AND id = ?2",
                                         {survey}));
  ASSIGN_OR_RETURN(const bool known, find.Bind(2, item.id).Step());
  AddedSubmission added{.is_new = !known, .ticket = {}};
  if (known) {
    ASSIGN_OR_RETURN(added.ticket, TicketOf(find, survey_hash, item.id));
    return added;
  }
  added.ticket = {.survey_hash = survey_hash,
                  .submission = item.id,
                  .received_at = item.received_at,
                  .propose_by = item.propose_by,
                  .signature = item.ticket};
  ASSIGN_OR_RETURN(Statement insert,
                   Query(database,
                         "INSERT INTO submissions(survey, received_at, propose_by, id, ticket) "
                         "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING number",
                         {survey, item.received_at, item.propose_by}));
  RETURN_IF_ERROR(insert.Bind(4, item.id).Bind(5, item.ticket).Step());
  const std::int64_t number = insert.Int(0);
  RETURN_IF_ERROR(insert.Step());
  ASSIGN_OR_RETURN(Statement box,
                   Query(database, "INSERT INTO boxes(submission, bytes) VALUES (?1, ?2)", {number}));
  RETURN_IF_ERROR(box.Bind(2, item.bytes).Run());
  return added;
}

Result<std::optional<PartyVerdict>> VerdictOf(Database& database, std::int64_t number, unsigned party) {
  ASSIGN_OR_RETURN(Statement find,
                   Query(database,
                         OfParty("SELECT v#, i#, p#, count, root, signature FROM submissions s "
                                 "JOIN flushes f ON f.number = s.f# WHERE s.number = ?1",
                                 party),
                         {number}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  std::optional<PartyVerdict> verdict;
  if (!row || find.IsNull(0)) return verdict;
  verdict.emplace();
  verdict->refusal = static_cast<Refusal>(find.Int(0));
  verdict->index = static_cast<std::uint32_t>(find.Int(1));
  verdict->path = find.Text(2);
  verdict->signed_by.count = static_cast<std::uint32_t>(find.Int(3));
  ASSIGN_OR_RETURN(verdict->signed_by.root, find.Blob32(4));
  ASSIGN_OR_RETURN(verdict->signed_by.signature, SignatureOf(find.Blob(5)));
  return verdict;
}

Result<bool> Exists(Database& database, std::string_view sql, std::int64_t survey, const Bytes32& id) {
  ASSIGN_OR_RETURN(Statement find, Query(database, sql, {survey}));
  return find.Bind(2, id).Step();
}

constexpr std::string_view kHasSubmission = "SELECT 1 FROM submissions WHERE survey = ?1 AND id = ?2";
constexpr std::string_view kHasWithdrawal = "SELECT 1 FROM withdrawals WHERE survey = ?1 AND id = ?2";

}  // namespace

Result<std::vector<AddedSubmission>> CoordinatorStore::AddSubmissions(
    const Bytes32& survey_hash, std::span<const IncomingSubmission> items) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(state_->database));
  std::vector<AddedSubmission> added;
  added.reserve(items.size());
  for (const IncomingSubmission& item : items) {
    ASSIGN_OR_RETURN(added.emplace_back(), Add(state_->database, survey_hash, survey, item));
  }
  RETURN_IF_ERROR(transaction.Commit());
  return added;
}

Result<std::optional<SubmissionStatus>> CoordinatorStore::FindSubmission(const Bytes32& survey_hash,
                                                                         const Bytes32& id) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, survey_hash));
  ASSIGN_OR_RETURN(Statement find,
                   Query(database,
                         "SELECT received_at, propose_by, ticket, batch, refusal, place, number "
                         "FROM submissions WHERE survey = ?1 AND id = ?2",
                         {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
  std::optional<SubmissionStatus> status;
  if (!row) return status;
  status.emplace();
  ASSIGN_OR_RETURN(status->ticket, TicketOf(find, survey_hash, id));
  status->batch = static_cast<std::uint32_t>(find.Int(3));  // NULL reads as 0
  status->final = static_cast<Refusal>(find.Int(4));
  status->index = static_cast<std::uint32_t>(find.Int(5));
  for (unsigned party = 0; party < 3; ++party) {
    ASSIGN_OR_RETURN(status->verdicts[party], VerdictOf(database, find.Int(6), party));
  }
  ASSIGN_OR_RETURN(status->withdrawal_known, Exists(database, kHasWithdrawal, survey, id));
  return status;
}

Result<Bytes> CoordinatorStore::SubmissionBytes(const Bytes32& survey_hash, const Bytes32& id) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement find,
                   Query(state_->database,
                         "SELECT bytes FROM submissions s JOIN boxes b ON b.submission = s.number "
                         "WHERE survey = ?1 AND id = ?2",
                         {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
  if (!row) return Fail(ErrorCode::kNotFound, "the answer is not here, or its batch is closed");
  return find.Blob(0);
}

Result<std::vector<DeliverableSubmission>> CoordinatorStore::Undelivered(const Bytes32& survey_hash,
                                                                         unsigned party, std::size_t limit) {
  RETURN_IF_ERROR(CheckParty(party));
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           OfParty("SELECT id, bytes FROM submissions s "
                                                   "JOIN boxes b ON b.submission = s.number "
                                                   "WHERE survey = ?1 AND v# IS NULL AND batch IS NULL "
                                                   "ORDER BY s.number LIMIT ?2",
                                                   party),
                                           {survey, static_cast<std::int64_t>(limit)}));
  std::vector<DeliverableSubmission> submissions;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return submissions;
    DeliverableSubmission& submission = submissions.emplace_back();
    ASSIGN_OR_RETURN(submission.id, select.Blob32(0));
    submission.bytes = select.Blob(1);
  }
}

Status CoordinatorStore::MarkDelivered(const Bytes32& survey_hash, unsigned party,
                                       const SignedVerdicts& signed_by,
                                       std::span<const DeliveredVerdict> verdicts) {
  RETURN_IF_ERROR(CheckParty(party));
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, survey_hash));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(Statement flush, Query(database,
                                          "INSERT INTO flushes(survey, party, count, root, signature) "
                                          "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING number",
                                          {survey, party, signed_by.count}));
  RETURN_IF_ERROR(flush.Bind(4, signed_by.root).Bind(5, signed_by.signature).Step());
  const std::int64_t number = flush.Int(0);
  RETURN_IF_ERROR(flush.Step());
  for (const DeliveredVerdict& delivered : verdicts) {
    const Bytes32& id = delivered.verdict.submission;
    // 4 is kBoxDoesNotOpen: the one word that a party may take back.
    ASSIGN_OR_RETURN(
        Statement update,
        Query(database,
              OfParty("UPDATE submissions SET v# = ?2, f# = ?3, i# = ?4, p# = ?5 "
                      "WHERE survey = ?1 AND id = ?6 AND (v# IS NULL OR v# = 4)",
                      party),
              {survey, static_cast<std::int64_t>(delivered.verdict.refusal), number, delivered.index}));
    RETURN_IF_ERROR(update.BindText(5, delivered.path).Bind(6, id).Run());
    if (database.changes() > 0) continue;
    ASSIGN_OR_RETURN(const bool known, Exists(database, kHasSubmission, survey, id));
    if (!known) return NotKnown(id);
  }
  return transaction.Commit();
}

Status CoordinatorStore::GiveUp(const Bytes32& survey_hash, unsigned party, std::span<const Bytes32> ids) {
  RETURN_IF_ERROR(CheckParty(party));
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, survey_hash));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  for (const Bytes32& id : ids) {
    // 11 is kBadSeal. Without a flush it is our own finding and no party's word.
    ASSIGN_OR_RETURN(
        Statement update,
        Query(database,
              OfParty("UPDATE submissions SET v# = 11 WHERE survey = ?1 AND id = ?2 AND v# IS NULL", party),
              {survey}));
    RETURN_IF_ERROR(update.Bind(2, id).Run());
  }
  return transaction.Commit();
}

Status CoordinatorStore::Redeliver(const Bytes32& survey_hash, unsigned party, const Bytes32& id) {
  RETURN_IF_ERROR(CheckParty(party));
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, survey_hash));
  ASSIGN_OR_RETURN(const bool known, Exists(database, kHasSubmission, survey, id));
  if (!known) return NotKnown(id);
  ASSIGN_OR_RETURN(Statement update,
                   Query(database,
                         OfParty("UPDATE submissions SET v# = NULL, f# = NULL, i# = NULL, p# = NULL "
                                 "WHERE survey = ?1 AND id = ?2 AND v# = 4",
                                 party),
                         {survey}));
  return update.Bind(2, id).Run();
}

Status CoordinatorStore::AddWithdrawal(const Bytes32& survey_hash, const Withdrawal& withdrawal) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement insert, Query(state_->database,
                                           "INSERT OR IGNORE INTO withdrawals(survey, id, signature) "
                                           "VALUES (?1, ?2, ?3)",
                                           {survey}));
  return insert.Bind(2, withdrawal.submission).Bind(3, withdrawal.signature).Run();
}

Result<std::vector<Withdrawal>> CoordinatorStore::UndeliveredWithdrawals(const Bytes32& survey_hash,
                                                                         unsigned party, std::size_t limit) {
  RETURN_IF_ERROR(CheckParty(party));
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           OfParty("SELECT id, signature FROM withdrawals "
                                                   "WHERE survey = ?1 AND d# = 0 ORDER BY id LIMIT ?2",
                                                   party),
                                           {survey, static_cast<std::int64_t>(limit)}));
  std::vector<Withdrawal> withdrawals;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return withdrawals;
    Withdrawal& withdrawal = withdrawals.emplace_back();
    ASSIGN_OR_RETURN(withdrawal.submission, select.Blob32(0));
    ASSIGN_OR_RETURN(withdrawal.signature, SignatureOf(select.Blob(1)));
  }
}

Status CoordinatorStore::MarkWithdrawalsDelivered(const Bytes32& survey_hash, unsigned party,
                                                  std::span<const Bytes32> ids) {
  RETURN_IF_ERROR(CheckParty(party));
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(state_->database));
  for (const Bytes32& id : ids) {
    ASSIGN_OR_RETURN(
        Statement update,
        Query(state_->database, OfParty("UPDATE withdrawals SET d# = 1 WHERE survey = ?1 AND id = ?2", party),
              {survey}));
    RETURN_IF_ERROR(update.Bind(2, id).Run());
    if (state_->database.changes() == 0) return NotKnown(id);
  }
  return transaction.Commit();
}

}  // namespace mpcstats
