#include "mpcstats/store/coordinator_store.h"

#include <fmt/core.h>

#include "mpcstats/store/coordinator_schema.h"
#include "mpcstats/store/coordinator_state.h"
#include "mpcstats/store/database_file.h"

namespace mpcstats {

namespace {

constexpr const char* kMemory = ":memory:";

}  // namespace

Status CheckParty(unsigned party) {
  if (party < 3) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("there is no party {}: they are 0, 1 and 2", party));
}

std::string OfParty(std::string_view sql, unsigned party) {
  std::string text(sql);
  for (char& character : text) {
    if (character == '#') character = static_cast<char>('0' + party);
  }
  return text;
}

Result<std::unique_ptr<CoordinatorStore>> CoordinatorStore::Open(const std::string& directory) {
  const bool in_memory = directory == kMemory;
  if (!in_memory) RETURN_IF_ERROR(MakePrivateFolder(directory));
  ASSIGN_OR_RETURN(Database database, Database::Open(in_memory ? directory : directory + "/coordinator.db",
                                                     kCoordinatorMigrations));
  return std::unique_ptr<CoordinatorStore>(
      new CoordinatorStore(std::make_unique<State>(std::move(database))));
}

CoordinatorStore::CoordinatorStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
CoordinatorStore::~CoordinatorStore() = default;

Status CoordinatorStore::AddSurvey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  RETURN_IF_ERROR(InsertSurvey(state_->database, survey));
  return {};
}

Status CoordinatorStore::ReplaceSurvey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  return ReplaceSurveyRow(state_->database, survey);
}

Result<std::vector<SignedSurvey>> CoordinatorStore::Surveys() {
  const std::lock_guard lock(state_->mutex);
  return LoadSurveys(state_->database);
}

// --- jobs and counts ------------------------------------------------------------------------------------------------

Status CoordinatorStore::SaveJob(const Bytes32& survey_hash, const JobState& job) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(
      Statement upsert,
      Query(state_->database,
            "INSERT OR REPLACE INTO jobs(survey, number, phase, tries, next_try, kind, last_error) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            {survey, job.number, static_cast<std::int64_t>(job.phase), job.tries, job.next_try}));
  return upsert.BindText(6, job.kind).BindText(7, job.last_error).Run();
}

Result<std::vector<JobState>> CoordinatorStore::Jobs(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement select,
                   Query(state_->database,
                         "SELECT kind, number, phase, tries, next_try, last_error FROM jobs "
                         "WHERE survey = ?1 ORDER BY kind, number",
                         {survey}));
  std::vector<JobState> jobs;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return jobs;
    jobs.push_back({.kind = select.Text(0),
                    .number = static_cast<std::uint32_t>(select.Int(1)),
                    .phase = static_cast<JobPhase>(select.Int(2)),
                    .tries = static_cast<std::uint32_t>(select.Int(3)),
                    .next_try = select.Int(4),
                    .last_error = select.Text(5)});
  }
}

Result<std::optional<JobState>> CoordinatorStore::FindJob(const Bytes32& survey_hash, const std::string& kind,
                                                          std::uint32_t number) {
  ASSIGN_OR_RETURN(std::vector<JobState> jobs, Jobs(survey_hash));
  std::optional<JobState> found;
  for (JobState& job : jobs) {
    if (job.kind == kind && job.number == number) found = std::move(job);
  }
  return found;
}

namespace {

Result<CandidateCount> CandidatesOf(Database& database, std::int64_t survey) {
  ASSIGN_OR_RETURN(Statement ask, Query(database,
                                        std::string("SELECT count(*), min(propose_by) FROM submissions ") +
                                            std::string(kCandidates),
                                        {survey}));
  RETURN_IF_ERROR(ask.Step());
  CandidateCount count{.candidates = ask.Int(0), .next_propose_by = std::nullopt};
  if (!ask.IsNull(1)) count.next_propose_by = ask.Int(1);
  return count;
}

}  // namespace

Result<CandidateCount> CoordinatorStore::Candidates(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  return CandidatesOf(state_->database, survey);
}

Result<CoordinatorCounts> CoordinatorStore::Counts(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, survey_hash));
  const auto count = [&](std::string_view sql) -> Result<std::int64_t> {
    ASSIGN_OR_RETURN(Statement ask, Query(database, sql, {survey}));
    RETURN_IF_ERROR(ask.Step());
    return ask.Int(0);
  };
  CoordinatorCounts counts;
  ASSIGN_OR_RETURN(counts.submissions, count("SELECT count(*) FROM submissions WHERE survey = ?1"));
  for (unsigned party = 0; party < 3; ++party) {
    ASSIGN_OR_RETURN(
        counts.undelivered[party],
        count(OfParty("SELECT count(*) FROM submissions WHERE survey = ?1 AND v# IS NULL AND batch IS NULL",
                      party)));
  }
  ASSIGN_OR_RETURN(counts.counted,
                   count("SELECT count(*) FROM submissions WHERE survey = ?1 AND batch IS NOT NULL "
                         "AND refusal = 0"));
  ASSIGN_OR_RETURN(counts.refused,
                   count("SELECT count(*) FROM submissions WHERE survey = ?1 AND batch IS NOT NULL "
                         "AND refusal <> 0"));
  ASSIGN_OR_RETURN(counts.withdrawals, count("SELECT count(*) FROM withdrawals WHERE survey = ?1"));
  ASSIGN_OR_RETURN(counts.waiting, CandidatesOf(database, survey));
  return counts;
}

}  // namespace mpcstats
