// Releases of a party: intent first, then one body for a sequence number, then signatures.
#include <fmt/core.h>

#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

Result<std::optional<ReleaseRecord>> LoadRelease(Database& database, std::int64_t survey,
                                                 std::uint32_t sequence) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT batches, body, signatures FROM releases "
                                         "WHERE survey = ?1 AND sequence = ?2",
                                         {survey, sequence}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  std::optional<ReleaseRecord> release;
  if (!row) return release;
  release.emplace();
  release->sequence = sequence;
  release->batches = static_cast<std::uint32_t>(find.Int(0));
  release->body = find.Text(1);
  ASSIGN_OR_RETURN(release->signatures, DecodeSignatures(find.Blob(2)));
  return release;
}

Result<std::optional<ReleaseIntent>> LoadIntent(Database& database, std::int64_t survey,
                                                std::uint32_t sequence) {
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT batches, plan_hash, as_of FROM intents "
                                         "WHERE survey = ?1 AND sequence = ?2",
                                         {survey, sequence}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  std::optional<ReleaseIntent> intent;
  if (!row) return intent;
  intent = {.sequence = sequence,
            .batches = static_cast<std::uint32_t>(find.Int(0)),
            .plan_hash = {},
            .as_of = find.Int(2)};
  ASSIGN_OR_RETURN(intent->plan_hash, find.Blob32(1));
  return intent;
}

bool Same(const ReleaseIntent& a, const ReleaseIntent& b) {
  return a.sequence == b.sequence && a.batches == b.batches && a.plan_hash == b.plan_hash &&
         a.as_of == b.as_of;
}

// That `sequence` is the next one, and every release before it is complete.
Status CheckNext(Database& database, std::int64_t survey, std::uint32_t sequence) {
  ASSIGN_OR_RETURN(
      Statement find,
      Query(database, "SELECT ifnull(max(sequence), 0) FROM releases WHERE survey = ?1", {survey}));
  RETURN_IF_ERROR(find.Step());
  const auto last = static_cast<std::uint32_t>(find.Int(0));
  find.Reset();
  if (sequence != last + 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("release {} does not follow: release {} is the next one", sequence, last + 1));
  }
  if (last == 0) return {};
  ASSIGN_OR_RETURN(const std::optional<ReleaseRecord> release, LoadRelease(database, survey, last));
  if (release && Complete(release->signatures)) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("release {} still lacks signatures: no other may follow it yet", last));
}

Result<bool> IsHeld(Database& database, std::int64_t survey, std::uint32_t batches) {
  ASSIGN_OR_RETURN(Statement find, Query(database, "SELECT 1 FROM held WHERE survey = ?1 AND batches = ?2",
                                         {survey, batches}));
  return find.Step();
}

Status StoreSignatures(Database& database, std::int64_t survey, const ReleaseRecord& known,
                       const Signatures& new_ones) {
  ASSIGN_OR_RETURN(const Signatures merged, MergeSignatures(known.signatures, new_ones));
  if (merged == known.signatures) return {};
  ASSIGN_OR_RETURN(Statement update, Query(database,
                                           "UPDATE releases SET signatures = ?3 "
                                           "WHERE survey = ?1 AND sequence = ?2",
                                           {survey, known.sequence}));
  return update.Bind(3, EncodeSignatures(merged)).Run();
}

// A release that is there already: the same body takes more signatures, another one is refused.
Status Repeat(Database& database, std::int64_t survey, const ReleaseRecord& known,
              const ReleaseRecord& release) {
  if (known.body != release.body || known.batches != release.batches) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("release {} has another body already: there is one for a number, ever",
                            release.sequence));
  }
  return StoreSignatures(database, survey, known, release.signatures);
}

Status InsertRelease(Database& database, std::int64_t survey, const ReleaseRecord& release) {
  ASSIGN_OR_RETURN(Statement insert,
                   Query(database,
                         "INSERT INTO releases(survey, sequence, batches, body, signatures) "
                         "VALUES (?1, ?2, ?3, ?4, ?5)",
                         {survey, release.sequence, release.batches}));
  return insert.BindText(4, release.body).Bind(5, EncodeSignatures(release.signatures)).Run();
}

}  // namespace

Status PartyStore::SaveIntent(const Bytes32& survey_hash, const ReleaseIntent& intent) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->OpenSurvey(survey_hash));
  ASSIGN_OR_RETURN(const std::optional<ReleaseIntent> known, LoadIntent(database, survey, intent.sequence));
  if (known && Same(*known, intent)) return {};
  ASSIGN_OR_RETURN(const std::uint32_t last_batch, state_->LastBatch(survey));
  if (intent.batches == 0 || intent.batches > last_batch) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("release {} wants batches 1 to {}, but {} are closed here", intent.sequence,
                            intent.batches, last_batch));
  }
  RETURN_IF_ERROR(CheckNext(database, survey, intent.sequence));
  if (known) {
    ASSIGN_OR_RETURN(const bool held, IsHeld(database, survey, known->batches));
    if (!held) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("another release {} was intended before: only that one may follow", intent.sequence));
    }
  }
  ASSIGN_OR_RETURN(Statement insert,
                   Query(database,
                         "INSERT OR REPLACE INTO intents(survey, sequence, batches, as_of, plan_hash) "
                         "VALUES (?1, ?2, ?3, ?4, ?5)",
                         {survey, intent.sequence, intent.batches, intent.as_of}));
  return insert.Bind(5, intent.plan_hash).Run();
}

Result<std::optional<ReleaseIntent>> PartyStore::FindIntent(const Bytes32& survey_hash,
                                                            std::uint32_t sequence) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  return LoadIntent(state_->database, survey, sequence);
}

Status PartyStore::SaveRelease(const Bytes32& survey_hash, const ReleaseRecord& release) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->OpenSurvey(survey_hash));
  ASSIGN_OR_RETURN(const std::optional<ReleaseRecord> known, LoadRelease(database, survey, release.sequence));
  if (known) return Repeat(database, survey, *known, release);
  RETURN_IF_ERROR(CheckNext(database, survey, release.sequence));
  ASSIGN_OR_RETURN(const std::optional<ReleaseIntent> intent, LoadIntent(database, survey, release.sequence));
  if (!intent || intent->batches != release.batches) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("release {} of batches 1 to {} was not intended: save the intent before computing it",
                    release.sequence, release.batches));
  }
  return InsertRelease(database, survey, release);
}

Status PartyStore::AddReleaseSignatures(const Bytes32& survey_hash, std::uint32_t sequence,
                                        const std::array<std::optional<Signature>, 3>& signatures) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(const std::optional<ReleaseRecord> known, LoadRelease(state_->database, survey, sequence));
  if (!known) return Fail(ErrorCode::kNotFound, fmt::format("release {} is not stored here", sequence));
  return StoreSignatures(state_->database, survey, *known, signatures);
}

Status PartyStore::AdoptRelease(const Bytes32& survey_hash, const ReleaseRecord& release) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  if (!Complete(release.signatures)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("release {} cannot be adopted: it needs three signatures", release.sequence));
  }
  ASSIGN_OR_RETURN(const std::optional<ReleaseRecord> known, LoadRelease(database, survey, release.sequence));
  if (known) return Repeat(database, survey, *known, release);
  RETURN_IF_ERROR(CheckNext(database, survey, release.sequence));
  ASSIGN_OR_RETURN(const std::uint32_t last_batch, state_->LastBatch(survey));
  if (release.batches > last_batch) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("release {} cannot be adopted: it is of batches 1 to {}, and {} are closed here",
                            release.sequence, release.batches, last_batch));
  }
  return InsertRelease(database, survey, release);
}

Result<std::vector<ReleaseRecord>> PartyStore::Releases(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  std::vector<ReleaseRecord> releases;
  for (std::uint32_t sequence = 1;; ++sequence) {
    ASSIGN_OR_RETURN(std::optional<ReleaseRecord> release, LoadRelease(state_->database, survey, sequence));
    if (!release) return releases;
    releases.push_back(std::move(*release));
  }
}

Status PartyStore::SaveHeld(const Bytes32& survey_hash, std::uint32_t batches) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->OpenSurvey(survey_hash));
  ASSIGN_OR_RETURN(Statement insert, Query(state_->database,
                                           "INSERT OR IGNORE INTO held(survey, batches) "
                                           "VALUES (?1, ?2)",
                                           {survey, batches}));
  return insert.Run();
}

Result<std::vector<std::uint32_t>> PartyStore::Held(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT batches FROM held WHERE survey = ?1 "
                                           "ORDER BY batches",
                                           {survey}));
  std::vector<std::uint32_t> held;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return held;
    held.push_back(static_cast<std::uint32_t>(select.Int(0)));
  }
}

}  // namespace mpcstats
