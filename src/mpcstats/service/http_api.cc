#include "mpcstats/service/http_api.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "mpcstats/service/build_id.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

// RFC 9110 section 5.6.7.
std::string HttpDate(UnixSeconds time) {
  const std::time_t seconds = static_cast<std::time_t>(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

bool HasTag(const HttpRequest& request, const std::string& tag) {
  const std::string_view known = request.Header("if-none-match");
  return !known.empty() && (known == "*" || known.find(tag) != std::string_view::npos);
}

}  // namespace

HttpResponse JsonResponse(int status, const Json& body) {
  return HttpText(status, "application/json", body.dump());
}

HttpResponse TaggedJson(const HttpRequest& request, std::string text, const std::string& tag) {
  const std::string quoted = "\"" + tag + "\"";
  HttpResponse response;
  if (HasTag(request, quoted)) {
    response.status = 304;
  } else {
    response = HttpText(200, "application/json", text);
  }
  response.headers.emplace_back("ETag", quoted);
  return response;
}

HttpResponse ProblemOf(const Error& error, std::string_view slug) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return Problem(400, slug, "The request cannot be used", error.message());
    case ErrorCode::kNotFound: return Problem(404, slug, "There is no such thing here", error.message());
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kUnavailable:
      return Problem(503, slug, "Not possible at the moment", error.message(), std::chrono::seconds(5));
    case ErrorCode::kResourceExhausted:
      return Problem(429, slug, "Too much at once", error.message(), std::chrono::seconds(1));
    case ErrorCode::kUnimplemented: return Problem(501, slug, "Not built yet", error.message());
    default: return Problem(500, "internal", "The service failed", "The operator's log has the reason.");
  }
}

std::optional<Bytes32> ParseId(std::string_view text) {
  const auto bytes = FromHex(text);
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Bytes32 id;
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

HttpResponse UnknownSurvey() {
  return Problem(404, "unknown-survey", "There is no such survey here",
                 "This service takes no part in a survey of that hash; /v1/surveys lists those it does.");
}

HttpResponse UnknownSubmission() {
  return Problem(404, "unknown-submission", "There is no such answer here",
                 "No answer of that id has come to this service.");
}

Json SurveyList(const SurveyBook& book) {
  Json list = Json::array();
  for (const SignedSurvey& survey : book.All()) {
    list.push_back({{"hash", ToHex(survey.hash())},
                    {"id", survey.survey().id},
                    {"title", survey.survey().title},
                    {"opens", FormatTime(survey.survey().opens)},
                    {"closes", FormatTime(survey.closes_at())}});
  }
  return {{"surveys", list}};
}

HttpResponse SurveyDocument(const HttpRequest& request, const SignedSurvey& survey) {
  const std::string tag = ToHex(survey.hash()) + "-" + std::to_string(survey.closes_at());
  HttpResponse response = TaggedJson(request, survey.ToJson(), tag);
  AllowOrigin(request, survey, response);
  return response;
}

Json InfoDocument(std::string_view role, const Bytes32& identity_key, UnixSeconds now) {
  return {{"role", role},
          {"version", kBuildId},
          {"protocol", kProtocolId},
          {"identity", "ed25519:" + ToHex(identity_key)},
          {"time", FormatTime(now)}};
}

std::optional<HttpResponse> NotOpen(const SignedSurvey& survey, UnixSeconds now, UnixSeconds late) {
  if (now < survey.survey().opens) {
    return Problem(425, "not-open-yet", "The survey is not open yet",
                   "Answers are taken from " + FormatTime(survey.survey().opens) + ".",
                   std::chrono::seconds(survey.survey().opens - now));
  }
  if (now >= survey.closes_at() + late) {
    return Problem(409, "survey-closed", "The survey is closed",
                   "It took answers until " + FormatTime(survey.closes_at()) + ".");
  }
  return std::nullopt;
}

HttpResponse ResultResponse(const HttpRequest& request, const SignedSurvey& survey, std::string result_json,
                            std::uint32_t sequence, UnixSeconds as_of, bool latest) {
  const std::string tag = fmt::format("{}-{}", ToHex(ByteSpan(survey.hash()).first(8)), sequence);
  HttpResponse response = TaggedJson(request, std::move(result_json), tag);
  response.headers.emplace_back("Last-Modified", HttpDate(as_of));
  // A numbered release never changes.
  response.headers.emplace_back("Cache-Control",
                                latest ? "public, max-age=5" : "public, max-age=31536000, immutable");
  AllowOrigin(request, survey, response);
  return response;
}

void AllowOrigin(const HttpRequest& request, const SignedSurvey& survey, HttpResponse& response) {
  const std::string_view origin = request.Header("origin");
  if (origin.empty()) return;
  const auto& allowed = survey.survey().cors_origins;
  if (std::ranges::find(allowed, origin) == allowed.end()) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response.headers.emplace_back("Vary", "Origin");
}

}  // namespace mpcstats
