// The file of a survey that travels between the operators until all have signed: reading, writing, and what one party adds.
#pragma once

#include <array>
#include <string>

#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/service/config.h"
#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {

struct DraftFile {
  std::string path;  ///< where the draft is written
  SurveyDraft draft;
  Survey survey;  ///< parsed, and its catalogue checked
};

/// Reads survey.toml, or the draft made of it. A survey.toml that has a draft beside it (NAME.survey.json, or `output`)
/// continues that one, whose text must be the same.
///
/// Security: every key and signature that the draft holds already is checked against the identities of the survey.
/// Errors:   kInvalidArgument, kNotFound, kUnimplemented; one sentence with the file.
[[nodiscard]] Result<DraftFile> ReadDraftFile(const std::string& file, const std::string& output);

/// Replaces the file in one step: what others signed is not lost to a crash.
[[nodiscard]] Status WriteDraftFile(const DraftFile& file);

/// The party of a configuration in this survey.
struct SigningParty {
  ServiceConfig config;
  Identity identity;
};

/// Errors:   as LoadServiceConfig and Identity::Load; kInvalidArgument when the configuration is not of a party, or the
///           survey names another identity at its index (the sentence says where it names this one).
[[nodiscard]] Result<SigningParty> LoadSigningParty(const std::string& config_path, const Survey& survey);

/// Adds the party's box key, made in its data directory when there is none, and once all three are there, its signature.
/// The party may be running.
///
/// Errors:   kInvalidArgument when the draft has another box key for this party than its directory.
[[nodiscard]] Status AddToDraft(const SigningParty& party, Rng& rng, SurveyDraft& draft);

/// Adds the party's signature of an earlier end. `at` names the time when the draft has no close yet; then it is not
/// before `now`.
///
/// Errors:   kInvalidArgument when the survey is not signed by all, when `at` is another time than the draft's, is past,
///           or not before the end that the survey has anyway.
[[nodiscard]] Status AddCloseToDraft(const SigningParty& party, std::optional<UnixSeconds> at,
                                     UnixSeconds now, DraftFile& file);

/// "party 1 (Name), party 2 (Name)" of those whose entry is not there; empty when all are.
template <typename T>
[[nodiscard]] std::string MissingParties(const Survey& survey,
                                         const std::array<std::optional<T>, 3>& entries) {
  std::string text;
  for (unsigned i = 0; i < 3; ++i) {
    if (!entries[i]) {
      text +=
          (text.empty() ? "party " : ", party ") + std::to_string(i) + " (" + survey.parties[i].name + ")";
    }
  }
  return text;
}

}  // namespace mpcstats
