// What makes a template unambiguous: where each hole may stand, and that the body is JSON whatever its holes hold.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "mpcstats/survey/template_parts.h"

namespace mpcstats {
namespace {

using nlohmann::json;

// Follows a JSON text as far as needed to know whether a place is inside a string.
class StringTracker {
 public:
  void Add(std::string_view literal) {
    for (const char c : literal) {
      if (escaped_) {
        escaped_ = false;
      } else if (inside_ && c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        inside_ = !inside_;
      }
    }
  }
  [[nodiscard]] bool inside() const { return inside_; }
  [[nodiscard]] bool escaped() const { return escaped_; }

 private:
  bool inside_ = false;
  bool escaped_ = false;
};

// Looks for keys: repeated in an object, or with a hole's mark in them.
class KeyCheck final : public nlohmann::json_sax<json> {
 public:
  std::string fault;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool key(std::string& name) override {
    if (name.contains("<<")) return Refuse("has a hole in a key; holes are for values");
    if (!keys_.back().insert(name).second)
      return Refuse("has a key twice in one object; readers differ on which one counts");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    return Refuse(
        fmt::format("is no JSON document with a value in each hole: character {} does not fit", position));
  }

 private:
  bool Refuse(std::string why) {
    fault = std::move(why);
    return false;
  }
  bool Open() {
    if (keys_.size() > 64) return Refuse("is nested deeper than 64 levels");
    keys_.emplace_back();
    return true;
  }
  bool Close() {
    keys_.pop_back();
    return true;
  }
  std::vector<std::set<std::string>> keys_;
};

std::unexpected<Error> RefuseBody(unsigned line, std::string_view rest) {
  return FailAtLine(line, fmt::format("\"body\" in [response] {}", rest));
}

// What the kind needs around it; the rest of a sentence, or nothing.
std::string PlaceFault(const TemplateHole& hole, bool inside_string) {
  const std::string mark = "has <<" + hole.name + ">> ";
  switch (hole.kind) {
    case HoleKind::kSecret: return mark + "of kind \"secret\", which is for requests; write \"skip\"";
    case HoleKind::kNumber: return {};
    case HoleKind::kBoolean:
      return inside_string ? mark + "of kind \"boolean\" inside quotes; write \"choice\"" : std::string();
    case HoleKind::kChoice:
    case HoleKind::kDate:
    case HoleKind::kTimestamp:
      return inside_string ? std::string()
                           : mark + "outside of quotes; only numbers and booleans stand there";
    case HoleKind::kText:
    case HoleKind::kSkip: break;
  }
  const bool is_bare =
      hole.charset == Charset::kDigits || (hole.charset == Charset::kNumber && hole.kind == HoleKind::kSkip);
  if (inside_string || (is_bare && hole.min_length > 0)) return {};
  return mark +
         "outside of quotes, where its charset must be \"digits\" (or \"number\" for a skip) and its min "
         "above 0";
}

bool MayHold(const TemplateHole& hole, unsigned char byte) {
  switch (hole.kind) {
    case HoleKind::kNumber: return (byte >= '0' && byte <= '9') || byte == '.' || byte == '-';
    case HoleKind::kChoice:
    case HoleKind::kBoolean:
      return std::ranges::any_of(
          hole.values, [byte](const std::string& value) { return value.contains(static_cast<char>(byte)); });
    case HoleKind::kDate:
    case HoleKind::kTimestamp: return false;  // public length
    case HoleKind::kSecret:
    case HoleKind::kText:
    case HoleKind::kSkip: return BytesOfCharset(hole.charset)[byte];
  }
  return true;
}

// Literals and holes take turns, and a hole is the only one of its name.
std::string OrderFault(const Template& source, const std::vector<TemplatePart>& parts) {
  std::set<std::size_t> used;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].hole) continue;
    const std::string mark = "has <<" + source.holes[*parts[i].hole].name + ">> ";
    if (!used.insert(*parts[i].hole).second)
      return mark + "twice; give the second a name and a [[hole]] of its own";
    if (i == 0 || i + 1 == parts.size()) return mark + "at its end; write a literal there";
    if (parts[i - 1].hole || parts[i + 1].hole)
      return mark + "right beside another hole; write a literal between them";
  }
  return {};
}

// Outside of quotes a hole is a whole token: "1<<n>>e5" would be another number than the hole says.
bool IsWholeToken(const TemplatePart& before, const TemplatePart& after) {
  constexpr std::string_view kBefore = ":,[ \n\r\t";
  constexpr std::string_view kAfter = ",]} \n\r\t";
  return kBefore.contains(before.literal.back()) && kAfter.contains(after.literal.front());
}

bool Uses(const std::vector<TemplatePart>& parts, std::size_t hole) {
  return std::ranges::any_of(parts, [hole](const TemplatePart& part) { return part.hole == hole; });
}

}  // namespace

Status CheckBody(const Template& source, unsigned line) {
  if (const auto fault = OrderFault(source, source.body); !fault.empty()) return RefuseBody(line, fault);
  std::string sample;
  StringTracker tracker;
  for (std::size_t i = 0; i < source.body.size(); ++i) {
    const TemplatePart& part = source.body[i];
    if (!part.hole) {
      tracker.Add(part.literal);
      sample += part.literal;
      continue;
    }
    const TemplateHole& hole = source.holes[*part.hole];
    if (tracker.escaped()) return RefuseBody(line, "has a backslash before <<" + hole.name + ">>; remove it");
    if (const auto fault = PlaceFault(hole, tracker.inside()); !fault.empty()) return RefuseBody(line, fault);
    if (!tracker.inside() && !IsWholeToken(source.body[i - 1], source.body[i + 1])) {
      return RefuseBody(line, "has <<" + hole.name + ">> as a part of a number or word; make it the whole");
    }
    const auto terminator = static_cast<unsigned char>(source.body[i + 1].literal[0]);
    if (!hole.has_public_length() && MayHold(hole, terminator)) {
      return RefuseBody(
          line, fmt::format("has <<{}>> before a byte that it may hold itself, so nobody can tell where it "
                            "ends; choose a smaller charset or another literal",
                            hole.name));
    }
    sample += tracker.inside() ? "<<" + hole.name + ">>" : hole.kind == HoleKind::kBoolean ? "true" : "0";
  }
  KeyCheck check;
  if (!json::sax_parse(sample, &check)) return RefuseBody(line, check.fault);
  for (std::size_t h = 0; h < source.holes.size(); ++h) {
    const bool in_request = Uses(source.request, h);
    const bool in_body = Uses(source.body, h);
    const std::string& name = source.holes[h].name;
    if (in_request && in_body)
      return RefuseBody(line, "has <<" + name + ">>, which the request has; give it another name");
    if (!in_request && !in_body) {
      return RefuseBody(
          line,
          fmt::format("has no <<{}>>, nor has the request; remove the [[hole]] or write the mark", name));
    }
  }
  return {};
}

Status CheckRequest(const Template& source, unsigned line) {
  const auto refuse = [line](std::string_view rest) {
    return FailAtLine(line, fmt::format("\"target\" or \"headers\" in [request] {}", rest));
  };
  if (const auto fault = OrderFault(source, source.request); !fault.empty()) return refuse(fault);
  bool in_target = true;
  for (const TemplatePart& part : source.request) {
    if (!part.hole) {
      in_target = in_target && !part.literal.contains("\r\n");
      continue;
    }
    const TemplateHole& hole = source.holes[*part.hole];
    if (hole.kind != HoleKind::kSecret) {
      return refuse(fmt::format("has <<{}>>, which is not of kind \"secret\"; write that kind", hole.name));
    }
    const bool is_plain = hole.charset == Charset::kDigits || hole.charset == Charset::kHex ||
                          hole.charset == Charset::kAlphanumeric || hole.charset == Charset::kBase64Url;
    if (in_target && !is_plain) {
      return refuse(fmt::format(
          "has <<{}>> in the target, where a hidden & or / would change the question; write charset "
          "\"digits\", \"hex\", \"alphanumeric\" or \"base64url\"",
          hole.name));
    }
    if (hole.charset != Charset::kHeader && hole.charset != Charset::kBase64 && !is_plain) {
      return refuse(
          fmt::format("has <<{}>> with a charset for bodies; write \"header\" or a smaller one", hole.name));
    }
  }
  return {};
}

}  // namespace mpcstats
