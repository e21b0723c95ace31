// SurveyPlace: what --survey and --survey-hash say, and the survey that they mean.
//
//   AddSurveyOptions(command, &arguments->survey);
//   ASSIGN_OR_RETURN(const std::optional<SignedSurvey> survey, LoadSurvey(arguments.survey));
//   if (!survey) return kNotPinned;
//
// A file is its owner's word. An address is nobody's: whoever answers there can show a survey of its own with keys of its
// own, all of it consistent. So a survey that is fetched must have the hash that the person was given, and the hash covers
// the text with the identity keys of all servers. TLS proves nothing about who answered the fetch, and need not.
#pragma once

#include <optional>
#include <string>

#include "mpcstats/survey/signed_survey.h"

namespace CLI {
class App;
}

namespace mpcstats {

struct SurveyPlace {
  std::string place;  ///< a file, "-", or https://HOST[:PORT]/v1/surveys/HASH, https://HOST[:PORT]#HASH
  std::string hash;   ///< --survey-hash; may stand beside either
};

/// The exit code of a command that was given an address without a hash (docs/exit-codes.md).
inline constexpr int kNotPinned = 1;

enum class SurveyOption { kRequired, kOptional };
void AddSurveyOptions(CLI::App* command, SurveyPlace* source, SurveyOption option = SurveyOption::kRequired);

/// The hash that the options pin: of --survey-hash, or in the address. A file pins nothing by its name.
/// Errors: kInvalidArgument for what is no hash, and for two different ones.
[[nodiscard]] Result<std::optional<Bytes32>> PinOf(const SurveyPlace& source);

/// Whether the survey is to be fetched.
[[nodiscard]] bool IsAddress(const SurveyPlace& source);

/// The survey, from its file or its address. `expected` is a hash that the caller trusts anyway, such as a ticket's.
/// Nothing when an address comes without any hash: then the surveys that the server shows were printed, with a sentence.
///
/// Cost:     for an address one request; redirects are not followed, more than kMaxSurveyBytes not read.
/// Security: three signatures are checked, and for an address or --survey-hash that the hash is the pinned one. An early
///           end that the three signed is not under the hash: a server can leave it out, which lets nobody answer.
/// Errors:   kNotFound, kInvalidArgument; kUnavailable and kDeadlineExceeded of the connection; kProtocolViolation for a
///           server that serves another survey or none.
[[nodiscard]] Result<std::optional<SignedSurvey>> LoadSurvey(const SurveyPlace& source,
                                                             const std::optional<Bytes32>& expected = {});

}  // namespace mpcstats
