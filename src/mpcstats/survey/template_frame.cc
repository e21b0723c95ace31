// The head of a response: which bytes are the body, and that everybody reads it so.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mpcstats/survey/template_match.h"
#include "mpcstats/survey/template_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostHeadBytes = 16 << 10;
constexpr std::string_view kLineEnd = "\r\n";

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, "the response " + std::move(message));
}

std::optional<std::size_t> ParseSize(std::string_view text, unsigned base) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  std::size_t value = 0;
  for (const char c : text) {
    const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                           : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                  : 16u;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

bool IsJsonType(std::string_view value) {
  const std::string lower = LowerCase(value);
  return lower == "application/json" || lower == "application/json;charset=utf-8" ||
         lower == "application/json; charset=utf-8";
}

struct Fields {
  std::optional<std::string> length;
  bool chunked = false;
};

Status ReadField(std::string_view name, std::string_view value, Fields& fields) {
  if (name == "content-length") {
    if (fields.length) return Refuse("has two Content-Length headers; its end is not certain");
    fields.length = value;
  } else if (name == "transfer-encoding") {
    if (fields.chunked || LowerCase(value) != "chunked") {
      return Refuse(
          "has a Transfer-Encoding other than one \"chunked\"; ask for an endpoint that sends plain JSON");
    }
    fields.chunked = true;
  } else if (name == "content-encoding" && LowerCase(value) != "identity") {
    return Refuse(
        "has a Content-Encoding, so its body is not the text of the template; the server must honour "
        "Accept-Encoding: identity");
  } else if (name == "content-type" && !IsJsonType(value)) {
    return Refuse("has a Content-Type other than application/json in UTF-8");
  } else if (name == "trailer" || name == "content-range") {
    return Refuse(fmt::format("has a header {}, which changes what its body is", name));
  }
  return {};
}

std::string_view Trimmed(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return value;
}

// The line from `at` on without its end; nothing when the head breaks off or has a stray CR, LF or NUL.
Result<std::string_view> ReadLine(std::string_view text, std::size_t at) {
  const std::size_t end = text.substr(0, kMostHeadBytes).find(kLineEnd, at);
  if (end == std::string_view::npos) {
    return Refuse(
        fmt::format("has no end of its head within {} bytes", std::min(text.size(), kMostHeadBytes)));
  }
  const std::string_view line = text.substr(at, end - at);
  using namespace std::string_view_literals;
  if (const std::size_t bad = line.find_first_of("\r\n\0"sv); bad != std::string_view::npos) {
    return Refuse(fmt::format("has a stray control character at byte {} of its head", at + bad));
  }
  return line;
}

Status CheckStatusLine(std::string_view line) {
  const bool is_200 = line.starts_with("HTTP/1.1 200") && (line.size() == 12 || line[12] == ' ');
  if (is_200) return {};
  return Refuse(
      fmt::format("starts with {} where \"HTTP/1.1 200\" was expected; check the request and its credentials",
                  QuoteForMessage(line.substr(0, 16))));
}

// body_begin and body_end from the length fields.
Status Delimit(std::string_view text, std::size_t head_end, const Fields& fields, ResponseFrame& frame) {
  if (fields.length.has_value() == fields.chunked) {
    return Refuse(fields.chunked
                      ? "has both Content-Length and Transfer-Encoding; its end is not certain"
                      : "has neither Content-Length nor Transfer-Encoding; its end is not certain");
  }
  frame.body_begin = head_end;
  std::optional<std::size_t> size;
  std::size_t behind = 0;
  if (fields.chunked) {
    ASSIGN_OR_RETURN(const std::string_view line, ReadLine(text, head_end));
    size = ParseSize(line, 16);
    if (!size) return Refuse("has a chunk whose size line is no plain hexadecimal number");
    frame.body_begin = head_end + line.size() + kLineEnd.size();
    behind = kAfterOneChunk.size();
  } else {
    size = ParseSize(*fields.length, 10);
    if (!size) return Refuse("has a Content-Length that is no plain number");
  }
  frame.body_end = frame.body_begin + *size;
  if (frame.body_end + behind != frame.total) {
    return Refuse(
        fmt::format("has {} bytes where its head says {}{}", frame.total, frame.body_end + behind,
                    fields.chunked ? ", if it is one chunk; a body in several chunks cannot be proven" : ""));
  }
  return {};
}

}  // namespace

Result<ResponseFrame> ReadResponseFrame(const Template& source, ByteSpan bytes, std::size_t total) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ResponseFrame frame;
  frame.total = total;
  ASSIGN_OR_RETURN(const std::string_view status, ReadLine(text, 0));
  RETURN_IF_ERROR(CheckStatusLine(status));
  Fields fields;
  std::size_t at = status.size() + kLineEnd.size();
  while (true) {
    ASSIGN_OR_RETURN(const std::string_view line, ReadLine(text, at));
    const std::size_t begin = at;
    at += line.size() + kLineEnd.size();
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsHeaderName(line.substr(0, colon))) {
      return Refuse(fmt::format("has a line that is no header at byte {} of its head", begin));
    }
    const std::string name = LowerCase(line.substr(0, colon));
    if (std::ranges::binary_search(source.hidden_headers, name)) {
      frame.hidden.push_back({begin + colon + 1, line.size() - colon - 1});
    } else {
      RETURN_IF_ERROR(ReadField(name, Trimmed(line.substr(colon + 1)), fields));
    }
  }
  RETURN_IF_ERROR(Delimit(text, at, fields, frame));
  return frame;
}

}  // namespace mpcstats
