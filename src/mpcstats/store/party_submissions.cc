// Submissions of a party on their way to a batch, and withdrawals.
#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

constexpr std::int64_t kNoSubmission = 0;  // row numbers start at 1

struct Found {
  std::int64_t number = kNoSubmission;
  SubmissionState state = SubmissionState::kPending;
  Refusal refusal = Refusal::kNone;
};

Result<Found> FindRow(Database& database, std::int64_t survey, const Bytes32& id) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT number, state, refusal FROM submissions "
                                         "WHERE survey = ?1 AND id = ?2",
                                         {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
  if (!row) return Found();
  return Found{find.Int(0), static_cast<SubmissionState>(find.Int(1)), static_cast<Refusal>(find.Int(2))};
}

std::unexpected<Error> NotStored(const Bytes32& id) {
  return Fail(ErrorCode::kNotFound, fmt::format("submission {} is not stored here", ToHex(id)));
}

Status InsertRow(Database& database, std::int64_t survey, const NewSubmission& item, UnixSeconds now) {
  const SubmissionState state =
      item.opening.empty() ? SubmissionState::kComplained : SubmissionState::kPending;
  ASSIGN_OR_RETURN(Statement insert,
                   Query(database,
                         "INSERT INTO submissions(survey, state, received_at, id, envelope, opening) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                         {survey, static_cast<std::int64_t>(state), now}));
  insert.Bind(4, item.envelope->id).Bind(5, item.envelope_bytes);
  return item.opening.empty() ? insert.BindNull(6).Run() : insert.Bind(6, item.opening).Run();
}

// A complaint that is over. The envelope comes along: the first one may have been another with the same header.
Status Upgrade(Database& database, std::int64_t number, ByteSpan sealed, ByteSpan envelope) {
  ASSIGN_OR_RETURN(Statement update, Query(database,
                                           "UPDATE submissions SET state = 0, opening = ?2, envelope = ?3 "
                                           "WHERE number = ?1",
                                           {number}));
  return update.Bind(2, sealed).Bind(3, envelope).Run();
}

StoredSubmission RowOf(const Statement& row) {
  return {.id = {},
          .envelope = row.Blob(0),
          .opening = {},
          .state = static_cast<SubmissionState>(row.Int(1)),
          .refusal = static_cast<Refusal>(row.Int(2)),
          .batch = static_cast<std::uint32_t>(row.Int(3)),
          .index = static_cast<std::uint32_t>(row.Int(4)),
          .received_at = row.Int(5)};
}

constexpr std::string_view kSelectRow =
    "SELECT envelope, state, refusal, batch, place, received_at, opening FROM submissions "
    "WHERE survey = ?1 AND id = ?2";

}  // namespace

Result<Refusal> PartyStore::State::AddSubmission(const Bytes32& hash, std::int64_t survey,
                                                 const NewSubmission& item, UnixSeconds now) {
  CHECK(item.envelope != nullptr);
  const Bytes32& id = item.envelope->id;
  if (item.envelope->header.survey_hash != hash) return Refusal::kOtherSurvey;
  ASSIGN_OR_RETURN(const Found found, FindRow(database, survey, id));
  if (found.state == SubmissionState::kRefused) return found.refusal;
  const bool known = found.number != kNoSubmission;
  const bool opened = !item.opening.empty();
  if (known && !(found.state == SubmissionState::kComplained && opened)) return Refusal::kNone;
  NewSubmission sealed{item.envelope, item.envelope_bytes, {}};
  if (opened) {
    ASSIGN_OR_RETURN(sealed.opening, Seal(hash, SealedFor(kOpeningTag, hash, id), item.opening));
  }
  RETURN_IF_ERROR(known ? Upgrade(database, found.number, sealed.opening, sealed.envelope_bytes)
                        : InsertRow(database, survey, sealed, now));
  return Refusal::kNone;
}

Result<std::vector<Refusal>> PartyStore::AddSubmissions(const SignedSurvey& survey,
                                                        std::span<const NewSubmission> items,
                                                        UnixSeconds now) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->OpenSurvey(survey.hash()));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(state_->database));
  std::vector<Refusal> refusals;
  refusals.reserve(items.size());
  for (const NewSubmission& item : items) {
    ASSIGN_OR_RETURN(const Refusal refusal, state_->AddSubmission(survey.hash(), number, item, now));
    refusals.push_back(refusal);
  }
  RETURN_IF_ERROR(transaction.Commit());
  return refusals;
}

Result<std::optional<StoredSubmission>> PartyStore::FindSubmission(const Bytes32& survey_hash,
                                                                   const Bytes32& id) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database, kSelectRow, {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
  std::optional<StoredSubmission> found;
  if (row) {
    found = RowOf(find);
    found->id = id;
  }
  return found;
}

Result<std::vector<Bytes32>> PartyStore::OpenIds(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT id FROM submissions WHERE survey = ?1 "
                                           "AND state < 2 ORDER BY number",
                                           {survey}));
  std::vector<Bytes32> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return ids;
    ASSIGN_OR_RETURN(ids.emplace_back(), select.Blob32(0));
  }
}

Result<std::vector<StoredSubmission>> PartyStore::LoadSubmissions(const SignedSurvey& survey,
                                                                  std::span<const Bytes32> ids) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  ASSIGN_OR_RETURN(AeadKey * key, state_->ShareKey(survey.hash()));
  std::vector<StoredSubmission> loaded;
  loaded.reserve(ids.size());
  ASSIGN_OR_RETURN(const Transaction reading, Transaction::BeginReading(state_->database));
  for (const Bytes32& id : ids) {
    ASSIGN_OR_RETURN(Statement find, Query(state_->database, kSelectRow, {number}));
    ASSIGN_OR_RETURN(const bool row, find.Bind(2, id).Step());
    if (!row) continue;
    StoredSubmission& submission = loaded.emplace_back(RowOf(find));
    submission.id = id;
    if (find.IsNull(6)) continue;
    ASSIGN_OR_RETURN(submission.opening, key->Open(SealedFor(kOpeningTag, survey.hash(), id), find.Blob(6)));
  }
  return loaded;
}

Status PartyStore::SetOpening(const SignedSurvey& survey, const Bytes32& id, ByteSpan opening) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  const Bytes aad = SealedFor(kOpeningTag, survey.hash(), id);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->OpenSurvey(survey.hash()));
  if (opening.empty()) return Fail(ErrorCode::kInvalidArgument, "an opening is never empty");
  ASSIGN_OR_RETURN(Statement find, Query(database, kSelectRow, {number}));
  ASSIGN_OR_RETURN(const bool there, find.Bind(2, id).Step());
  if (!there) return NotStored(id);
  const StoredSubmission row = RowOf(find);
  if (row.state == SubmissionState::kPending) {
    ASSIGN_OR_RETURN(AeadKey * key, state_->ShareKey(survey.hash()));
    ASSIGN_OR_RETURN(Bytes known, key->Open(aad, find.Blob(6)));
    const bool same = ct::Equal(known, opening);
    SecureWipe(known.data(), known.size());
    if (same) return {};
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("submission {} has another opening already", ToHex(id)));
  }
  if (row.state != SubmissionState::kComplained) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("submission {} was decided in batch {}: it takes no opening", ToHex(id), row.batch));
  }
  find.Reset();
  ASSIGN_OR_RETURN(const Bytes sealed, state_->Seal(survey.hash(), aad, opening));
  ASSIGN_OR_RETURN(const Found found, FindRow(database, number, id));
  return Upgrade(database, found.number, sealed, row.envelope);
}

Status PartyStore::AddWithdrawal(const Bytes32& survey_hash, const Withdrawal& withdrawal) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement insert, Query(state_->database,
                                           "INSERT OR IGNORE INTO withdrawals(survey, id, signature) "
                                           "VALUES (?1, ?2, ?3)",
                                           {survey}));
  return insert.Bind(2, withdrawal.submission).Bind(3, withdrawal.signature).Run();
}

Result<std::vector<Withdrawal>> PartyStore::Withdrawals(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT id, signature FROM withdrawals "
                                           "WHERE survey = ?1 ORDER BY id",
                                           {survey}));
  std::vector<Withdrawal> withdrawals;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return withdrawals;
    Withdrawal& withdrawal = withdrawals.emplace_back();
    ASSIGN_OR_RETURN(withdrawal.submission, select.Blob32(0));
    ASSIGN_OR_RETURN(withdrawal.signature, SignatureOf(select.Blob(1)));
  }
}

}  // namespace mpcstats
