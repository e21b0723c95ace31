// ParseResult: a stranger's bytes to a ParsedResult, field by field.
#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "mpcstats/survey/receipt.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 16;
constexpr std::size_t kLongestText = 8192;
constexpr std::size_t kLongestPlan = std::size_t{1} << 20;
constexpr std::size_t kMostParts = 1024;
constexpr std::size_t kMostOutputs = std::size_t{1} << 16;
constexpr std::size_t kMostBatches = std::size_t{1} << 20;

std::unexpected<Error> Bad(std::string sentence) {
  return Fail(ErrorCode::kInvalidArgument, "the result file " + std::move(sentence) + "; fetch it again");
}

// A name twice in one object reads differently in different programs.
Result<Json> ParseStrictly(std::string_view text) {
  std::vector<std::set<std::string>> names;
  std::string repeated;
  bool too_deep = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (too_deep) return false;
    if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) {
      names.emplace_back();
      too_deep = names.size() > kDeepest;
      return !too_deep;
    }
    if (event == Json::parse_event_t::object_end || event == Json::parse_event_t::array_end) {
      if (!names.empty()) names.pop_back();
    } else if (event == Json::parse_event_t::key && !names.empty()) {
      const auto& name = value.get_ref<const std::string&>();
      if (!names.back().insert(name).second && repeated.empty()) repeated = name;
    }
    return true;
  };
  Json json = Json::parse(text, watch, false);
  if (too_deep) return Bad("is nested too deeply");
  if (json.is_discarded()) return Bad("is not JSON");
  if (!repeated.empty()) return Bad(fmt::format("has the field {} twice", QuoteForMessage(repeated)));
  return json;
}

// Digits with at most one point, and an exponent where the shortest text of a double has one.
bool IsNumberText(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > first;
  };
  if (text.starts_with('-')) ++at;
  if (!digits()) return false;
  if (at < text.size() && text[at] == '.' && (++at, !digits())) return false;
  if (at < text.size() && text[at] == 'e') {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// Reads the fields of one object and remembers the first that does not fit; then every answer is empty.
class Fields {
 public:
  Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object()) Refuse("", "should be an object");
  }

  const Json* Find(const std::string& name) {
    if (!problem_.empty()) return nullptr;
    seen_.insert(name);
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    Refuse(name, "is missing");
    return nullptr;
  }

  std::string Text(const std::string& name, std::size_t longest = kLongestText) {
    const Json* value = Find(name);
    if (value == nullptr) return {};
    if (value->is_string()) {
      const auto& text = value->get_ref<const std::string&>();
      if (text.size() <= longest) return text;
    }
    Refuse(name, fmt::format("should be a text of at most {} bytes", longest));
    return {};
  }

  std::string NumberText(const std::string& name, bool fraction) {
    std::string text = Text(name);
    const auto slash = fraction ? text.find('/') : std::string::npos;
    const bool fits = slash == std::string::npos
                          ? IsNumberText(text)
                          : IsNumberText(text.substr(0, slash)) && IsNumberText(text.substr(slash + 1));
    if (text.empty() || fits) return text;
    Refuse(name, "should be a number as text, or an empty text");
    return {};
  }

  std::uint32_t Number(const std::string& name) {
    const Json* value = Find(name);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned() &&
        value->get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max()) {
      return value->get<std::uint32_t>();
    }
    Refuse(name, "should be a whole number from 0 to 4294967295");
    return 0;
  }

  UnixSeconds Time(const std::string& name, bool or_null) {
    const Json* value = Find(name);
    if (value == nullptr || (or_null && value->is_null())) return 0;
    if (value->is_string()) {
      const auto& text = value->get_ref<const std::string&>();
      const Result<UnixSeconds> time = ParseTime(text);
      // 0 stands for "none" in memory; as a time it would be a second spelling of null.
      if (time && *time > 0 && FormatTime(*time) == text) return *time;
    }
    Refuse(name, "should be a time like \"2026-11-23T09:00:00Z\"");
    return 0;
  }

  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> Hex(const std::string& name) {
    const Json* value = Find(name);
    return value == nullptr ? std::array<std::uint8_t, kSize>{} : HexOf<kSize>(*value, name);
  }

  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> HexOf(const Json& value, const std::string& name) {
    std::array<std::uint8_t, kSize> bytes{};
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      const auto decoded = text.size() == 2 * kSize ? FromHex(text) : std::nullopt;
      if (decoded && ToHex(*decoded) == text) {
        std::ranges::copy(*decoded, bytes.begin());
        return bytes;
      }
    }
    Refuse(name, fmt::format("should be {} lower-case hexadecimal digits", 2 * kSize));
    return bytes;
  }

  const Json* List(const std::string& name, std::size_t least, std::size_t most) {
    const Json* value = Find(name);
    if (value == nullptr) return nullptr;
    if (value->is_array() && value->size() >= least && value->size() <= most) return value;
    Refuse(name, least == most ? fmt::format("should be a list of {}", most)
                 : least == 0  ? fmt::format("should be a list of at most {}", most)
                               : fmt::format("should be a list of {} to {}", least, most));
    return nullptr;
  }

  void Refuse(const std::string& name, const std::string& why) {
    if (!problem_.empty()) return;
    const std::string dot = path_.empty() || name.empty() ? "" : ".";
    problem_ = fmt::format("has {} that {}", QuoteForMessage(path_ + dot + name, 80), why);
  }

  Status Finish() {
    if (problem_.empty()) {
      for (const auto& [name, value] : object_.items()) {
        if (!seen_.contains(name)) Refuse(name, "nothing is known of");
      }
    }
    if (!problem_.empty()) return Bad(problem_);
    return {};
  }

 private:
  const Json& object_;
  std::string path_;
  std::set<std::string> seen_;
  std::string problem_;
};

Result<ReceiptPart> ReadPart(const Json& json, const std::string& path) {
  Fields fields(json, path);
  ReceiptPart part{.name = fields.Text("name"),
                   .value = fields.NumberText("value", false),
                   .exact = fields.NumberText("exact", true),
                   .error_bound = fields.NumberText("error_bound", false),
                   .undefined = fields.Text("undefined")};
  RETURN_IF_ERROR(fields.Finish());
  return part;
}

Result<ReceiptOutput> ReadOutput(const Json& json, std::size_t index) {
  const std::string path = fmt::format("body.outputs[{}]", index);
  Fields fields(json, path);
  ReceiptOutput output{.expression = fields.Text("expression"),
                       .label = fields.Text("label"),
                       .cell = fields.Text("cell"),
                       .value = fields.NumberText("value", false),
                       .exact = fields.NumberText("exact", true),
                       .error_bound = fields.NumberText("error_bound", false),
                       .undefined = fields.Text("undefined"),
                       .unit = fields.Text("unit"),
                       .parts = {},
                       .provenance = {}};
  if (json.contains("provenance")) {
    output.provenance = fields.Text("provenance");
    if (output.provenance.empty()) fields.Refuse("provenance", "should be left out or say something");
  }
  const Json* parts = json.contains("parts") ? fields.List("parts", 1, kMostParts) : nullptr;
  RETURN_IF_ERROR(fields.Finish());
  for (std::size_t p = 0; parts != nullptr && p < parts->size(); ++p) {
    ASSIGN_OR_RETURN(output.parts.emplace_back(),
                     ReadPart((*parts)[p], fmt::format("{}.parts[{}]", path, p)));
  }
  return output;
}

Result<BatchRef> ReadBatch(const Json& json, std::size_t index) {
  Fields fields(json, fmt::format("body.batches[{}]", index));
  BatchRef batch{
      .batch = fields.Number("batch"), .root = fields.Hex<32>("root"), .count = fields.Number("count")};
  RETURN_IF_ERROR(fields.Finish());
  return batch;
}

Result<ReceiptBody> ReadBody(const Json& json) {
  Fields fields(json, "body");
  ReceiptBody body;
  body.protocol = fields.Text("protocol");
  body.build = fields.Text("build");
  body.survey_hash = fields.Hex<32>("survey_hash");
  body.sequence = fields.Number("sequence");
  body.previous = fields.Hex<32>("previous");
  body.plan = fields.Text("plan", kLongestPlan);
  body.plan_hash = fields.Hex<32>("plan_hash");
  body.view = fields.Hex<32>("view");
  const Json* batches = fields.List("batches", 0, kMostBatches);
  body.gate = fields.Text("gate");
  const Json* outputs = fields.List("outputs", 0, kMostOutputs);
  body.rule = fields.Text("rule");
  body.eligibility = fields.Text("eligibility");
  body.as_of = fields.Time("as_of", false);
  body.next_due = fields.Time("next_due", true);
  const Json* signers = fields.List("signers", 3, 3);
  if (signers != nullptr) {
    for (std::size_t i = 0; i < 3; ++i) {
      body.signers[i] = fields.HexOf<32>((*signers)[i], fmt::format("signers[{}]", i));
    }
  }
  RETURN_IF_ERROR(fields.Finish());
  for (std::size_t i = 0; i < batches->size(); ++i) {
    ASSIGN_OR_RETURN(body.batches.emplace_back(), ReadBatch((*batches)[i], i));
  }
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    ASSIGN_OR_RETURN(body.outputs.emplace_back(), ReadOutput((*outputs)[i], i));
  }
  return body;
}

Result<FieldDigests> ReadDigests(const Json& json) {
  Fields fields(json, "field_digests");
  FieldDigests digests;
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) digests.emplace_back(name, fields.Hex<32>(name));
  }
  RETURN_IF_ERROR(fields.Finish());
  return digests;
}

}  // namespace

Result<ReceiptBody> ParseBody(std::string_view json) {
  if (json.size() > kMaxResultBytes) return Bad(fmt::format("is larger than {} bytes", kMaxResultBytes));
  ASSIGN_OR_RETURN(const Json body, ParseStrictly(json));
  return ReadBody(body);
}

Result<ParsedResult> ParseResult(std::string_view json) {
  if (json.size() > kMaxResultBytes) return Bad(fmt::format("is larger than {} bytes", kMaxResultBytes));
  ASSIGN_OR_RETURN(const Json file, ParseStrictly(json));
  Fields fields(file, "");
  const std::string format = fields.Text("format");
  const Json* survey = fields.Find("survey");
  const Json* body = fields.Find("body");
  const Json* digests = fields.Find("field_digests");
  const Json* signatures = fields.List("signatures", 3, 3);
  ParsedResult result;
  for (std::size_t i = 0; signatures != nullptr && i < 3; ++i) {
    const Json& signature = (*signatures)[i];
    if (signature.is_null()) continue;
    result.receipt.signatures[i] = fields.HexOf<64>(signature, fmt::format("signatures[{}]", i));
  }
  RETURN_IF_ERROR(fields.Finish());
  if (format != "mpcstats/v1/result") {
    return Bad(
        fmt::format("has the \"format\" {} where \"mpcstats/v1/result\" should be", QuoteForMessage(format)));
  }
  if (!survey->is_object()) return Bad("has a \"survey\" that should be an object");
  result.survey_json = survey->dump();
  ASSIGN_OR_RETURN(result.receipt.body, ReadBody(*body));
  ASSIGN_OR_RETURN(result.field_digests, ReadDigests(*digests));
  return result;
}

}  // namespace mpcstats
