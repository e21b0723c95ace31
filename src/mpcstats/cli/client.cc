#include "mpcstats/cli/client.h"

#include <fmt/core.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "mpcstats/crypto/key_file.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/party_client.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kAnswerFileLimit = 64 << 10;

std::unexpected<Error> NotAnAnswer(const std::string& path) {
  return Fail(ErrorCode::kInvalidArgument,
              path + " is not a ticket file; give the one that mpcstats share wrote");
}

std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<std::string> ReadTextFile(const std::string& path, std::size_t limit) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Fail(ErrorCode::kNotFound, path + " cannot be read; check the name");
    text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (text.size() > limit) return Fail(ErrorCode::kInvalidArgument, path + " is too large");
  return text;
}

Result<SignedSurvey> ReadSurveyFile(const std::string& path) {
  if (path.starts_with("http://") || path.starts_with("https://")) {
    return Fail(ErrorCode::kInvalidArgument, "this command takes the survey's file and no address");
  }
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, kMaxSurveyBytes));
  auto survey = SignedSurvey::FromJson(text);
  if (!survey) return std::unexpected(survey.error().At(path));
  return survey;
}

Status WriteAnswerFile(const std::string& path, const AnswerFile& answer) {
  Json json = {{"format", "mpcstats/v1/answer"},
               {"note", "Keep this file to yourself: whoever has it can withdraw or replace your answer."},
               {"survey", ToHex(answer.survey_hash)},
               {"submission", ToHex(answer.submission)},
               {"version", answer.version},
               {"ticket", answer.ticket ? Json::parse(TicketToJson(*answer.ticket)) : Json(nullptr)}};
  json["control_key"] = answer.control_seed.With(SecretAccess("the owner's ticket file"),
                                                 [](const Bytes32& seed) { return ToHex(seed); });
  std::string text = json.dump(2) + "\n";
  const Status written = WriteSecretFile(path, AsBytes(text));
  SecureWipe(text.data(), text.size());
  return written;
}

Result<AnswerFile> ReadAnswerFile(const std::string& path) {
  ASSIGN_OR_RETURN(Bytes bytes, ReadSecretFile(path, kAnswerFileLimit));
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  SecureWipe(bytes.data(), bytes.size());
  if (!json.is_object() || TextOf(json, "format") != "mpcstats/v1/answer") return NotAnAnswer(path);
  AnswerFile answer;
  const auto survey = ParseId(TextOf(json, "survey"));
  const auto submission = ParseId(TextOf(json, "submission"));
  auto seed = ParseId(TextOf(json, "control_key"));
  if (!survey || !submission || !seed || !json.value("version", Json()).is_number_unsigned())
    return NotAnAnswer(path);
  answer.survey_hash = *survey;
  answer.submission = *submission;
  answer.version = json["version"].get<std::uint32_t>();
  answer.control_seed = Secret<Bytes32>(*seed);
  SecureWipe(seed->data(), seed->size());
  const Json ticket = json.value("ticket", Json());
  if (ticket.is_object()) {
    ASSIGN_OR_RETURN(answer.ticket, TicketFromJson(ticket.dump()));
  }
  return answer;
}

Result<std::unique_ptr<HttpClient>> ClientOf(const Operator& one) {
  HttpClientOptions options;
  ASSIGN_OR_RETURN(options.base, Url::Parse(one.url));
  // A publisher on this machine may do without TLS: what it shows is public and verified by its signatures.
  if (options.base.tls) options.pins = {FingerprintOfKey(one.identity_key)};
  return HttpClient::Create(std::move(options));
}

Result<std::string> Fetch(HttpClient& client, const std::string& name, std::string_view method,
                          const std::string& path, ByteSpan body, int* status) {
  HttpHeaders headers;
  if (method == "POST") headers.emplace_back("Content-Type", "application/octet-stream");
  auto response = client.Request(method, path, headers, body);
  if (!response) return std::unexpected(response.error().At(name));
  if (status != nullptr) *status = response->status;
  if (response->status < 200 || response->status > 202) return std::unexpected(ProblemError(*response, name));
  const ByteSpan content = response->Content();
  return std::string(content.begin(), content.end());
}

std::string SurveyPath(const SignedSurvey& survey, const std::string& rest) {
  return "/v1/surveys/" + ToHex(survey.hash()) + rest;
}

}  // namespace mpcstats
