// The audit log of a party, and how often its jobs failed.
#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

Bytes32 ChainHash(const Bytes32& previous, const AuditEntry& entry) {
  return Sha256Stream("mpcstats/v1/audit")
      .Add(previous)
      .AddU64(static_cast<std::uint64_t>(entry.number))
      .AddU64(static_cast<std::uint64_t>(entry.time))
      .AddString(entry.event)
      .AddString(entry.detail)
      .Finish();
}

bool OneLine(std::string_view text) {
  return std::ranges::none_of(text,
                              [](unsigned char character) { return character < 0x20 || character == 0x7f; });
}

Result<AuditEntry> EntryOf(const Statement& row) {
  AuditEntry entry{
      .number = row.Int(0), .time = row.Int(1), .event = row.Text(2), .detail = row.Text(3), .hash = {}};
  ASSIGN_OR_RETURN(entry.hash, row.Blob32(4));
  return entry;
}

std::unexpected<Error> Broken(const AuditEntry& entry, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("audit entry {} {}", entry.number, why));
}

}  // namespace

Status PartyStore::Audit(UnixSeconds now, const std::string& event, const std::string& detail) {
  if (event.empty() || !OneLine(event) || !OneLine(detail)) {
    return Fail(ErrorCode::kInvalidArgument, "an audit entry is one line without control characters");
  }
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(Statement last, database.Prepare("SELECT number, time, event, detail, hash FROM audit "
                                                    "ORDER BY number DESC LIMIT 1"));
  ASSIGN_OR_RETURN(const bool row, last.Step());
  AuditEntry previous;
  if (row) {
    ASSIGN_OR_RETURN(previous, EntryOf(last));
  }
  last.Reset();
  const AuditEntry entry{
      .number = previous.number + 1, .time = now, .event = event, .detail = detail, .hash = {}};
  ASSIGN_OR_RETURN(Statement insert, Query(database,
                                           "INSERT INTO audit(number, time, event, detail, hash) "
                                           "VALUES (?1, ?2, ?3, ?4, ?5)",
                                           {entry.number, entry.time}));
  RETURN_IF_ERROR(
      insert.BindText(3, event).BindText(4, detail).Bind(5, ChainHash(previous.hash, entry)).Run());
  return transaction.Commit();
}

Result<std::vector<AuditEntry>> PartyStore::AuditLog(std::int64_t from, std::int64_t limit) {
  const std::lock_guard lock(state_->mutex);
  // SQLite reads a negative limit as none.
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT number, time, event, detail, hash FROM audit "
                                           "WHERE number >= ?1 ORDER BY number LIMIT ?2",
                                           {from, std::max<std::int64_t>(limit, 0)}));
  std::vector<AuditEntry> entries;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return entries;
    ASSIGN_OR_RETURN(entries.emplace_back(), EntryOf(select));
  }
}

Status VerifyAudit(std::span<const AuditEntry> entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const AuditEntry& entry = entries[i];
    if (i > 0 && entry.number != entries[i - 1].number + 1)
      return Broken(entry, "does not follow: one is missing");
    if (i == 0 && entry.number != 1) continue;  // what it hangs on is not here
    const Bytes32 previous = i > 0 ? entries[i - 1].hash : Bytes32{};
    if (ChainHash(previous, entry) != entry.hash) return Broken(entry, "was altered: its hash does not fit");
  }
  return {};
}

Result<std::uint32_t> PartyStore::CountFailure(const Bytes32& survey_hash, const std::string& job) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement count, Query(state_->database,
                                          "INSERT INTO failures(survey, job, count) VALUES (?1, ?2, 1) "
                                          "ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
                                          {survey}));
  RETURN_IF_ERROR(count.BindText(2, job).Step());
  const auto failures = static_cast<std::uint32_t>(count.Int(0));
  RETURN_IF_ERROR(count.Step());  // to the end: only then is it committed
  return failures;
}

Result<std::uint32_t> PartyStore::Failures(const Bytes32& survey_hash, const std::string& job) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(
      Statement find,
      Query(state_->database, "SELECT count FROM failures WHERE survey = ?1 AND job = ?2", {survey}));
  ASSIGN_OR_RETURN(const bool row, find.BindText(2, job).Step());
  return row ? static_cast<std::uint32_t>(find.Int(0)) : 0;
}

Status PartyStore::ClearFailures(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement clear,
                   Query(state_->database, "DELETE FROM failures WHERE survey = ?1", {survey}));
  return clear.Run();
}

}  // namespace mpcstats
