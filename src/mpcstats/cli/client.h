// What the commands of people who answer and read share: survey files, ticket files, requests to the services of a survey.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mpcstats/net/http_client.h"
#include "mpcstats/survey/promises.h"

namespace mpcstats {

/// A signed survey from a file ("-" is standard input).
/// Errors: kNotFound, kInvalidArgument; one sentence with the file.
[[nodiscard]] Result<SignedSurvey> ReadSurveyFile(const std::string& path);
[[nodiscard]] Result<std::string> ReadTextFile(const std::string& path, std::size_t limit);

/// What a person keeps of her answer. The control key in it can withdraw and replace the answer: the file is for its owner alone.
struct AnswerFile {
  Bytes32 survey_hash{};
  Bytes32 submission{};
  std::uint32_t version = 0;
  Secret<Bytes32> control_seed;
  std::optional<Ticket> ticket;  ///< none: the answer may not have arrived
};
[[nodiscard]] Status WriteAnswerFile(const std::string& path, const AnswerFile& answer);
[[nodiscard]] Result<AnswerFile> ReadAnswerFile(const std::string& path);

/// A client of an operator whom the survey names, with its key pinned.
[[nodiscard]] Result<std::unique_ptr<HttpClient>> ClientOf(const Operator& one);
/// The body of a response with one of the statuses from 200 to 202; otherwise the server's own sentence.
[[nodiscard]] Result<std::string> Fetch(HttpClient& client, const std::string& name, std::string_view method,
                                        const std::string& path, ByteSpan body = {}, int* status = nullptr);
[[nodiscard]] std::string SurveyPath(const SignedSurvey& survey, const std::string& rest);

}  // namespace mpcstats
