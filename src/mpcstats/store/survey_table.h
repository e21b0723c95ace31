// The surveys of a store: one table that the three stores share.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mpcstats/store/database.h"
#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {

/// `number` is how the other tables name a survey: short keys.
inline constexpr std::string_view kSurveyTableSql =
    "CREATE TABLE surveys("
    "  number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE CHECK(length(hash) = 32), json TEXT NOT NULL) "
    "STRICT;";

/// The survey's number. Errors: kNotFound naming its hash.
[[nodiscard]] Result<std::int64_t> SurveyNumber(Database& database, const Bytes32& hash);

/// The number, new or old; one that is there stays as it is.
[[nodiscard]] Result<std::int64_t> InsertSurvey(Database& database, const SignedSurvey& survey);

/// Gives a survey its close object. The same again is fine.
/// Errors: kNotFound; kInvalidArgument when it would lose or change the close object that it has (review M16).
[[nodiscard]] Status ReplaceSurveyRow(Database& database, const SignedSurvey& survey);

/// In the order they were added.
[[nodiscard]] Result<std::vector<SignedSurvey>> LoadSurveys(Database& database);

}  // namespace mpcstats
