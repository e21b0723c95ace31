#include "mpcstats/store/publisher_store.h"

#include <array>
#include <mutex>

#include "mpcstats/store/database.h"
#include "mpcstats/store/database_file.h"
#include "mpcstats/store/query.h"
#include "mpcstats/store/survey_table.h"

namespace mpcstats {
namespace {

constexpr const char* kMemory = ":memory:";

constexpr std::array<std::string_view, 2> kMigrations = {kSurveyTableSql, R"sql(
CREATE TABLE results(
  survey INTEGER NOT NULL REFERENCES surveys(number), sequence INTEGER NOT NULL, receipt_hash BLOB NOT NULL,
  json TEXT NOT NULL, adopted_at INTEGER NOT NULL,
  PRIMARY KEY(survey, sequence)) STRICT;
CREATE TRIGGER one_result BEFORE UPDATE ON results
  BEGIN SELECT RAISE(ABORT, 'a published result never changes'); END;
CREATE TRIGGER kept_result BEFORE DELETE ON results
  BEGIN SELECT RAISE(ABORT, 'a published result never changes'); END;

CREATE TABLE conflicts(
  survey INTEGER NOT NULL REFERENCES surveys(number), sequence INTEGER NOT NULL, receipt_hash BLOB NOT NULL,
  json TEXT NOT NULL, adopted_at INTEGER NOT NULL,
  PRIMARY KEY(survey, sequence, receipt_hash)) STRICT;
)sql"};

Result<std::optional<PublishedResult>> NextRow(Statement& select) {
  ASSIGN_OR_RETURN(const bool row, select.Step());
  std::optional<PublishedResult> result;
  if (!row) return result;
  result = {.sequence = static_cast<std::uint32_t>(select.Int(0)),
            .receipt_hash = {},
            .json = select.Text(2),
            .adopted_at = select.Int(3)};
  ASSIGN_OR_RETURN(result->receipt_hash, select.Blob32(1));
  return result;
}

Status Insert(Database& database, std::string_view sql, std::int64_t survey, const PublishedResult& result) {
  ASSIGN_OR_RETURN(Statement insert, Query(database, sql, {survey, result.sequence, result.adopted_at}));
  return insert.Bind(4, result.receipt_hash).BindText(5, result.json).Run();
}

}  // namespace

struct PublisherStore::State {
  explicit State(Database db) : database(std::move(db)) {}

  std::mutex mutex;
  Database database;
};

Result<std::unique_ptr<PublisherStore>> PublisherStore::Open(const std::string& directory) {
  const bool in_memory = directory == kMemory;
  if (!in_memory) RETURN_IF_ERROR(MakePrivateFolder(directory));
  ASSIGN_OR_RETURN(Database database,
                   Database::Open(in_memory ? directory : directory + "/publisher.db", kMigrations));
  return std::unique_ptr<PublisherStore>(new PublisherStore(std::make_unique<State>(std::move(database))));
}

PublisherStore::PublisherStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
PublisherStore::~PublisherStore() = default;

Status PublisherStore::AddSurvey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  RETURN_IF_ERROR(InsertSurvey(state_->database, survey));
  return {};
}

Status PublisherStore::ReplaceSurvey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  return ReplaceSurveyRow(state_->database, survey);
}

Result<std::vector<SignedSurvey>> PublisherStore::Surveys() {
  const std::lock_guard lock(state_->mutex);
  return LoadSurveys(state_->database);
}

Result<Adoption> PublisherStore::AdoptOnce(const Bytes32& survey_hash, const PublishedResult& result) {
  if (result.sequence == 0) return Fail(ErrorCode::kInvalidArgument, "results are numbered from 1");
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(database, survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(database,
                                         "SELECT sequence, receipt_hash, json, adopted_at FROM results "
                                         "WHERE survey = ?1 AND sequence = ?2",
                                         {survey, result.sequence}));
  ASSIGN_OR_RETURN(const std::optional<PublishedResult> known, NextRow(find));
  find.Reset();
  if (!known) {
    RETURN_IF_ERROR(Insert(database,
                           "INSERT INTO results(survey, sequence, adopted_at, receipt_hash, json) "
                           "VALUES (?1, ?2, ?3, ?4, ?5)",
                           survey, result));
    return Adoption::kNew;
  }
  if (known->receipt_hash == result.receipt_hash) return Adoption::kKnown;
  RETURN_IF_ERROR(Insert(database,
                         "INSERT OR IGNORE INTO conflicts(survey, sequence, adopted_at, receipt_hash, json) "
                         "VALUES (?1, ?2, ?3, ?4, ?5)",
                         survey, result));
  return Adoption::kConflict;
}

Result<std::optional<PublishedResult>> PublisherStore::Find(const Bytes32& survey_hash,
                                                            std::uint32_t sequence) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT sequence, receipt_hash, json, adopted_at FROM results "
                                         "WHERE survey = ?1 AND sequence = ?2",
                                         {survey, sequence}));
  return NextRow(find);
}

Result<std::optional<PublishedResult>> PublisherStore::Latest(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT sequence, receipt_hash, json, adopted_at FROM results "
                                         "WHERE survey = ?1 ORDER BY sequence DESC LIMIT 1",
                                         {survey}));
  return NextRow(find);
}

Result<std::vector<std::uint32_t>> PublisherStore::Sequences(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT sequence FROM results WHERE survey = ?1 "
                                           "ORDER BY sequence",
                                           {survey}));
  std::vector<std::uint32_t> sequences;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return sequences;
    sequences.push_back(static_cast<std::uint32_t>(select.Int(0)));
  }
}

Result<std::vector<PublishedResult>> PublisherStore::Conflicts(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t survey, SurveyNumber(state_->database, survey_hash));
  ASSIGN_OR_RETURN(Statement select, Query(state_->database,
                                           "SELECT sequence, receipt_hash, json, adopted_at FROM conflicts "
                                           "WHERE survey = ?1 ORDER BY sequence, receipt_hash",
                                           {survey}));
  std::vector<PublishedResult> conflicts;
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<PublishedResult> conflict, NextRow(select));
    if (!conflict) return conflicts;
    conflicts.push_back(std::move(*conflict));
  }
}

}  // namespace mpcstats
