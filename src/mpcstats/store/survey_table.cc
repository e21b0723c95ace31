#include "mpcstats/store/survey_table.h"

#include <fmt/core.h>

namespace mpcstats {
namespace {

// The time of a close object that all three signed.
std::optional<UnixSeconds> SignedEnd(const SignedSurvey& survey) {
  const std::optional<SurveyClose>& close = survey.draft().close;
  if (!close) return std::nullopt;
  for (const std::optional<Signature>& signature : close->signatures) {
    if (!signature) return std::nullopt;
  }
  return close->closes_at;
}

}  // namespace

Result<std::int64_t> SurveyNumber(Database& database, const Bytes32& hash) {
  ASSIGN_OR_RETURN(Statement find, database.Prepare("SELECT number FROM surveys WHERE hash = ?1"));
  ASSIGN_OR_RETURN(const bool found, find.Bind(1, hash).Step());
  if (found) return find.Int(0);
  return Fail(ErrorCode::kNotFound, fmt::format("no survey {} here: open it first", ToHex(hash)));
}

Result<std::int64_t> InsertSurvey(Database& database, const SignedSurvey& survey) {
  ASSIGN_OR_RETURN(Statement insert, database.Prepare("INSERT INTO surveys(hash, json) VALUES (?1, ?2) "
                                                      "ON CONFLICT(hash) DO NOTHING"));
  RETURN_IF_ERROR(insert.Bind(1, survey.hash()).BindText(2, survey.ToJson()).Run());
  return SurveyNumber(database, survey.hash());
}

Status ReplaceSurveyRow(Database& database, const SignedSurvey& survey) {
  ASSIGN_OR_RETURN(Statement find, database.Prepare("SELECT json FROM surveys WHERE hash = ?1"));
  ASSIGN_OR_RETURN(const bool found, find.Bind(1, survey.hash()).Step());
  if (!found) return std::unexpected(SurveyNumber(database, survey.hash()).error());
  const std::string old_json = find.Text(0);
  find.Reset();
  const std::string json = survey.ToJson();
  if (json == old_json) return {};
  ASSIGN_OR_RETURN(const SignedSurvey old, SignedSurvey::FromJson(old_json));
  const std::optional<UnixSeconds> end = SignedEnd(old);
  if (end && end != SignedEnd(survey)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("survey {} has an end already, signed by all three: it cannot have another",
                            ToHex(survey.hash())));
  }
  ASSIGN_OR_RETURN(Statement update, database.Prepare("UPDATE surveys SET json = ?2 WHERE hash = ?1"));
  return update.Bind(1, survey.hash()).BindText(2, json).Run();
}

Result<std::vector<SignedSurvey>> LoadSurveys(Database& database) {
  ASSIGN_OR_RETURN(Statement select, database.Prepare("SELECT json FROM surveys ORDER BY number"));
  std::vector<SignedSurvey> surveys;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return surveys;
    Result<SignedSurvey> survey = SignedSurvey::FromJson(select.Text(0));
    if (!survey) return std::unexpected(survey.error().At("while reading a stored survey"));
    surveys.push_back(std::move(*survey));
  }
}

}  // namespace mpcstats
