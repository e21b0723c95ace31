// What the HTTP APIs of the three services have in common.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "mpcstats/net/http_message.h"
#include "mpcstats/net/http_problem.h"
#include "mpcstats/service/survey_book.h"

namespace mpcstats {

[[nodiscard]] HttpResponse JsonResponse(int status, const nlohmann::json& body);
/// JSON text with an entity tag; 304 when the request has it already.
[[nodiscard]] HttpResponse TaggedJson(const HttpRequest& request, std::string text, const std::string& tag);

/// The problem of an error: kInvalidArgument 400, kNotFound 404, kUnavailable and kDeadlineExceeded 503, kResourceExhausted 429,
/// kUnimplemented 501, everything else 500 without its sentence.
[[nodiscard]] HttpResponse ProblemOf(const Error& error, std::string_view slug);

/// 64 hexadecimal digits.
[[nodiscard]] std::optional<Bytes32> ParseId(std::string_view text);
[[nodiscard]] HttpResponse UnknownSurvey();
[[nodiscard]] HttpResponse UnknownSubmission();

/// {"hash","id","title","opens","closes"} of each.
[[nodiscard]] nlohmann::json SurveyList(const SurveyBook& book);
/// GET of one survey: its signed JSON, tagged by hash and close object.
[[nodiscard]] HttpResponse SurveyDocument(const HttpRequest& request, const SignedSurvey& survey);
/// {"role","version","protocol","identity","time"}
[[nodiscard]] nlohmann::json InfoDocument(std::string_view role, const Bytes32& identity_key,
                                          UnixSeconds now);

/// Whether answers may come in now; otherwise the problem that says when.
[[nodiscard]] std::optional<HttpResponse> NotOpen(const SignedSurvey& survey, UnixSeconds now,
                                                  UnixSeconds late);

/// A release that did not change since: 304, or the result with ETag, Last-Modified and Cache-Control. Adds the survey's CORS
/// header when the request's origin is one of its.
[[nodiscard]] HttpResponse ResultResponse(const HttpRequest& request, const SignedSurvey& survey,
                                          std::string result_json, std::uint32_t sequence, UnixSeconds as_of,
                                          bool latest);
void AllowOrigin(const HttpRequest& request, const SignedSurvey& survey, HttpResponse& response);

}  // namespace mpcstats
