// [template], [request] and [response]: the file as a whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/survey/template_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostHeaders = 32;

// They decide how the messages are read, or are written by us.
constexpr std::array<std::string_view, 11> kOwnHeaders = {
    "host",    "connection", "accept-encoding", "content-length", "transfer-encoding", "expect",
    "upgrade", "te",         "trailer",         "range",          "content-type"};
constexpr std::array<std::string_view, 6> kFramingHeaders = {
    "content-length", "transfer-encoding", "content-encoding", "content-type", "trailer", "content-range"};

bool IsVisibleAscii(std::string_view text, char lowest) {
  return std::ranges::all_of(text, [lowest](char c) { return c >= lowest && c <= '~'; });
}

bool IsId(std::string_view id) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.size() <= 64 && id[0] >= 'a' && id[0] <= 'z' && std::ranges::all_of(id, is_inner);
}

Status ReadHead(const Section& file, Template& source) {
  ASSIGN_OR_RETURN(const auto found, file.Table("template"));
  if (!found) return file.Missing("template", "[template] with id, title and host");
  const Section& section = *found;
  RETURN_IF_ERROR(section.AllowOnly({"id", "title", "host", "port"}));
  ASSIGN_OR_RETURN(source.id, section.Text("id", "exchange-balance"));
  if (!IsId(source.id)) {
    return section.Refuse("id",
                          fmt::format("is {}; write 1 to 64 lower-case letters, digits and -, a letter first",
                                      QuoteForMessage(source.id)));
  }
  ASSIGN_OR_RETURN(source.title, section.Text("title", "Balance at the exchange"));
  ASSIGN_OR_RETURN(source.host, section.Text("host", "api.exchange.example"));
  ASSIGN_OR_RETURN(const auto port, section.Whole("port", {.low = 1, .high = 65535, .fallback = 443}));
  source.port = static_cast<std::uint16_t>(port);
  if (const auto fault = HostPortFault(fmt::format("{}:{}", source.host, port)); !fault.empty()) {
    return section.Refuse("host", fault);
  }
  return {};
}

// A text as it stands, spaces at its ends included.
Result<std::string> RawText(const Section& section, std::string_view key, std::string_view example) {
  const TomlNode* node = section.Find(key);
  if (node == nullptr) return section.Missing(key, example);
  if (node->kind != TomlNode::Kind::kText) return section.Refuse(key, "is no text; write it in quotes");
  if (node->text.size() > kMostTemplateBytes) {
    return section.Refuse(
        key, fmt::format("has {} bytes; write at most {}", node->text.size(), kMostTemplateBytes));
  }
  return node->text;
}

Status AppendLine(const Template& source, const Section& section, std::string_view key, std::string_view line,
                  std::vector<TemplatePart>& parts) {
  auto cut = CutAtMarks(source, line);
  if (!cut) return section.Refuse(key, cut.error().message());
  parts.insert(parts.end(), cut->begin(), cut->end());
  return {};
}

Status AppendHeader(const Template& source, const Section& section, const TomlNode& item,
                    std::vector<TemplatePart>& parts) {
  RETURN_IF_ERROR(CheckItemText(item, "an entry of \"headers\"", 4096));
  const std::size_t colon = item.text.find(": ");
  if (colon == std::string::npos || !IsHeaderName(std::string_view(item.text).substr(0, colon))) {
    return FailAtLine(item.line,
                      "an entry of \"headers\" is no header; write it like \"X-API-KEY: <<api_key>>\"");
  }
  if (!IsVisibleAscii(item.text, ' ')) {
    return FailAtLine(item.line,
                      "an entry of \"headers\" has a character that is no printable ASCII; remove it");
  }
  const std::string name = LowerCase(std::string_view(item.text).substr(0, colon));
  if (std::ranges::find(kOwnHeaders, name) != kOwnHeaders.end()) {
    return FailAtLine(item.line,
                      fmt::format("\"headers\" has {}, which is written by itself or changes how the request "
                                  "is read; remove it",
                                  QuoteForMessage(name)));
  }
  return AppendLine(source, section, "headers", item.text + "\r\n", parts);
}

// Neighbouring literals become one; empty ones go.
std::vector<TemplatePart> Joined(const std::vector<TemplatePart>& parts) {
  std::vector<TemplatePart> joined;
  for (const TemplatePart& part : parts) {
    if (!part.hole && part.literal.empty()) continue;
    if (!part.hole && !joined.empty() && !joined.back().hole) {
      joined.back().literal += part.literal;
    } else {
      joined.push_back(part);
    }
  }
  return joined;
}

}  // namespace

bool IsHeaderName(std::string_view name) {
  const auto is_token = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_token);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Result<std::vector<TemplatePart>> CutAtMarks(const Template& source, std::string_view text) {
  std::vector<TemplatePart> parts;
  while (true) {
    const std::size_t mark = text.find("<<");
    if (mark == std::string_view::npos) break;
    const std::size_t end = text.find(">>", mark);
    const std::string_view name =
        end == std::string_view::npos ? std::string_view() : text.substr(mark + 2, end - mark - 2);
    const auto hole = source.FindHole(name);
    if (!hole) {
      return Fail(
          ErrorCode::kInvalidArgument,
          end == std::string_view::npos
              ? std::string("has a << without >>; write <<name>> for a hole")
              : fmt::format("has <<{}>>, but no [[hole]] has that name; write one", QuoteForMessage(name)));
    }
    parts.push_back({std::string(text.substr(0, mark)), std::nullopt});
    parts.push_back({{}, hole});
    text.remove_prefix(end + 2);
  }
  parts.push_back({std::string(text), std::nullopt});
  return parts;
}

Status ReadRequest(const Section& file, Template& source) {
  ASSIGN_OR_RETURN(const auto found, file.Table("request"));
  if (!found) return file.Missing("request", "[request] with a target");
  const Section& section = *found;
  RETURN_IF_ERROR(section.AllowOnly({"method", "target", "headers"}));
  ASSIGN_OR_RETURN(const std::string method, section.Text("method", "GET", {.fallback = "GET"}));
  if (method != "GET") {
    return section.Refuse("method", "is not GET; requests with a body are not built yet",
                          ErrorCode::kUnimplemented);
  }
  ASSIGN_OR_RETURN(const std::string target, RawText(section, "target", "\"/v1/account?asset=ETH\""));
  if (!target.starts_with('/') || !IsVisibleAscii(target, '!') || target.contains('#')) {
    return section.Refuse("target",
                          "is no path; start with / and write printable ASCII without spaces and #");
  }
  RETURN_IF_ERROR(AppendLine(source, section, "target", "GET " + target + " HTTP/1.1\r\n", source.request));
  const std::string host = source.port == 443 ? source.host : fmt::format("{}:{}", source.host, source.port);
  source.request.push_back(
      {fmt::format("Host: {}\r\nAccept-Encoding: identity\r\nConnection: close\r\n", host), {}});
  ASSIGN_OR_RETURN(const auto* headers, section.List("headers"));
  if (headers->size() > kMostHeaders)
    return section.Refuse("headers", "has more than 32 entries; remove some");
  for (const TomlNode& item : *headers) RETURN_IF_ERROR(AppendHeader(source, section, item, source.request));
  source.request.push_back({"\r\n", {}});
  source.request = Joined(source.request);
  return CheckRequest(source, section.LineOf("target"));
}

Status ReadResponse(const Section& file, Template& source) {
  ASSIGN_OR_RETURN(const auto found, file.Table("response"));
  if (!found) return file.Missing("response", "[response] with a body");
  const Section& section = *found;
  RETURN_IF_ERROR(section.AllowOnly({"hidden_headers", "body"}));
  ASSIGN_OR_RETURN(const auto* headers, section.List("hidden_headers"));
  if (headers->size() > kMostHeaders)
    return section.Refuse("hidden_headers", "has more than 32 entries; remove some");
  for (const TomlNode& item : *headers) {
    RETURN_IF_ERROR(CheckItemText(item, "an entry of \"hidden_headers\"", 64));
    const std::string name = LowerCase(item.text);
    if (!IsHeaderName(name)) {
      return FailAtLine(item.line,
                        "an entry of \"hidden_headers\" is no header's name; write it like \"set-cookie\"");
    }
    if (std::ranges::find(kFramingHeaders, name) != kFramingHeaders.end()) {
      return FailAtLine(item.line,
                        fmt::format("\"hidden_headers\" has \"{}\", which says how the body is read; it must "
                                    "stay public",
                                    name));
    }
    source.hidden_headers.push_back(name);
  }
  std::ranges::sort(source.hidden_headers);
  if (std::ranges::adjacent_find(source.hidden_headers) != source.hidden_headers.end()) {
    return section.Refuse("hidden_headers", "has a name twice; remove one");
  }
  ASSIGN_OR_RETURN(const std::string body, RawText(section, "body", "'{\"free\":\"<<balance>>\"}'"));
  RETURN_IF_ERROR(AppendLine(source, section, "body", body, source.body));
  source.body = Joined(source.body);
  return CheckBody(source, section.LineOf("body"));
}

Result<Template> ParseTemplate(std::string_view toml_text) {
  ASSIGN_OR_RETURN(const TomlNode root, ReadToml(toml_text, "template file"));
  ASSIGN_OR_RETURN(const Section file, Section::Of(root, "the template file"));
  RETURN_IF_ERROR(file.AllowOnly({"template", "request", "response", "hole", "predicate"}));
  Template source;
  RETURN_IF_ERROR(ReadHead(file, source));
  RETURN_IF_ERROR(ReadHoles(file, source));
  RETURN_IF_ERROR(ReadRequest(file, source));
  RETURN_IF_ERROR(ReadResponse(file, source));
  RETURN_IF_ERROR(ReadPredicates(file, source));
  return source;
}

}  // namespace mpcstats
