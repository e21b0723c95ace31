// A survey on its way between operators, as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "mpcstats/survey/signed_survey.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "mpcstats/v1/survey";
constexpr int kDeepest = 3;  // the object, "close", its "signatures"

template <std::size_t N>
Json HexList(const std::array<std::optional<std::array<std::uint8_t, N>>, 3>& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push_back(value ? Json(ToHex(*value)) : Json(nullptr));
  return list;
}

std::unexpected<Error> Refuse(std::string_view field, std::string_view rest) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" of the signed survey {}", field, rest));
}

Status AllowOnly(const Json& object, std::initializer_list<std::string_view> names, std::string_view prefix) {
  for (const std::string_view name : names) {
    if (!object.contains(name))
      return Refuse(fmt::format("{}{}", prefix, name), "is missing; write null when it is not there yet");
  }
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the signed survey has the unknown field {}; remove it",
                            QuoteForMessage(prefix.data() + name)));
  }
  return {};
}

// Three entries, each N bytes as lower-case hexadecimal or null.
template <std::size_t N>
Status ReadHexList(const Json& list, std::string_view field,
                   std::array<std::optional<std::array<std::uint8_t, N>>, 3>& out) {
  if (!list.is_array() || list.size() != out.size())
    return Refuse(field, "is not a list of three; write null for what is missing");
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (list[i].is_null()) continue;
    const auto* text = list[i].template get_ptr<const std::string*>();
    const bool fits = text != nullptr && text->size() == 2 * N;
    const auto bytes = fits ? FromHex(*text) : std::nullopt;
    if (!bytes || ToHex(*bytes) != *text) {
      return Refuse(fmt::format("{}[{}]", field, i),
                    fmt::format("is neither null nor {} hexadecimal digits in lower case", 2 * N));
    }
    std::ranges::copy(*bytes, out[i].emplace().begin());
  }
  return {};
}

Result<SurveyClose> ReadClose(const Json& object) {
  if (!object.is_object()) return Refuse("close", "is neither null nor an object");
  RETURN_IF_ERROR(AllowOnly(object, {"closes_at", "signatures"}, "close."));
  SurveyClose close;
  const auto* text = object["closes_at"].get_ptr<const std::string*>();
  if (text == nullptr)
    return Refuse("close.closes_at", "is no text; write a time like \"2026-11-23T09:00:00Z\"");
  const auto time = ParseTime(*text);
  if (!time) return Refuse("close.closes_at", fmt::format("is no time: {}", time.error().message()));
  if (FormatTime(*time) != *text) return Refuse("close.closes_at", "is not in UTC; write it with Z");
  close.closes_at = *time;
  RETURN_IF_ERROR(ReadHexList(object["signatures"], "close.signatures", close.signatures));
  return close;
}

// JSON readers differ in which of two equal names they take, so there may be no two.
Result<Json> ReadObject(std::string_view text) {
  std::vector<std::set<std::string>> names;
  bool twice = false;
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    deep |= depth > kDeepest;
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end && !names.empty()) names.pop_back();
    if (event == Json::parse_event_t::key && !names.empty()) {
      twice |= !names.back().insert(parsed.get<std::string>()).second;
    }
    return !deep;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (deep)
    return Fail(ErrorCode::kInvalidArgument,
                "the signed survey is nested deeper than its format; make it again");
  if (twice) return Fail(ErrorCode::kInvalidArgument, "the signed survey has a field twice; remove one");
  if (json.is_discarded() || !json.is_object()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the signed survey is not a JSON object; give the file that the parties signed");
  }
  return json;
}

}  // namespace

std::string DraftToJson(const SurveyDraft& draft) {
  Json json;
  json["format"] = kFormat;
  json["survey"] = draft.text;
  json["box_keys"] = HexList(draft.box_keys);
  json["signatures"] = HexList(draft.signatures);
  json["close"] = nullptr;
  if (draft.close) {
    json["close"] = {{"closes_at", FormatTime(draft.close->closes_at)},
                     {"signatures", HexList(draft.close->signatures)}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<SurveyDraft> DraftFromJson(std::string_view text) {
  if (text.size() > kMaxSurveyBytes) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the signed survey has {} bytes; at most {} are read", text.size(), kMaxSurveyBytes));
  }
  ASSIGN_OR_RETURN(const Json json, ReadObject(text));
  RETURN_IF_ERROR(AllowOnly(json, {"format", "survey", "box_keys", "signatures", "close"}, ""));
  if (json["format"] != kFormat)
    return Refuse("format", fmt::format("is not \"{}\"; give a signed survey", kFormat));
  const auto* survey = json["survey"].get_ptr<const std::string*>();
  if (survey == nullptr) return Refuse("survey", "is no text; give the file that the parties signed");
  SurveyDraft draft;
  draft.text = *survey;
  RETURN_IF_ERROR(ReadHexList(json["box_keys"], "box_keys", draft.box_keys));
  RETURN_IF_ERROR(ReadHexList(json["signatures"], "signatures", draft.signatures));
  if (!json["close"].is_null()) {
    ASSIGN_OR_RETURN(draft.close, ReadClose(json["close"]));
  }
  return draft;
}

}  // namespace mpcstats
