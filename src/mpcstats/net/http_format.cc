#include "mpcstats/net/http_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace mpcstats {
namespace {

bool IsTokenChar(char c) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.contains(c);
}

bool IsToken(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsTokenChar); }

// No line ends: a header may not become two.
bool IsHeaderValue(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); });
}

bool IsTarget(std::string_view text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, AsciiLower, AsciiLower);
}

// Headers that the connection owns.
bool IsManaged(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kManaged = {
      "content-length", "transfer-encoding", "connection", "keep-alive", "date", "host", "trailer"};
  return std::ranges::any_of(kManaged, [&](std::string_view managed) { return SameName(name, managed); });
}

void Append(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Result<std::string> FormatResponseHead(const HttpResponse& response, HttpConnection connection,
                                       std::string_view date) {
  if (response.status < 200 || response.status > 599) {
    return Fail(ErrorCode::kInternal, "a response has a status from 200 to 599");
  }
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(HttpReason(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!IsToken(name) || !IsHeaderValue(value)) {
      return Fail(ErrorCode::kInternal, "a response has a malformed header");
    }
    if (!IsManaged(name)) Append(out, name, value);
  }
  Append(out, "date", date);
  // RFC 9110 section 8.6: these two have no content and must not, or need not, say how long it is.
  if (response.status != 204 && response.status != 304) {
    Append(out, "content-length", std::to_string(response.Content().size()));
  }
  if (connection == HttpConnection::kClose) Append(out, "connection", "close");
  out.append("\r\n");
  return out;
}

Result<std::string> FormatRequestHead(const HttpRequestLine& line, const HttpHeaders& headers,
                                      std::size_t content_size) {
  if (!IsToken(line.method)) return Fail(ErrorCode::kInvalidArgument, "the HTTP method is not a token");
  if (!IsTarget(line.target)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the request's target must start with / and have everything unusual percent-encoded");
  }
  std::string out;
  out.reserve(256);
  out.append(line.method).append(" ").append(line.target).append(" HTTP/1.1\r\n");
  Append(out, "host", line.host);
  for (const auto& [name, value] : headers) {
    if (!IsToken(name))
      return Fail(ErrorCode::kInvalidArgument, "the name of a request's header is not a token");
    if (!IsHeaderValue(value)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the value of the header {} is not one line", name));
    }
    if (!IsManaged(name)) Append(out, name, value);
  }
  const bool may_have_none = line.method == "GET" || line.method == "HEAD" || line.method == "OPTIONS";
  if (content_size > 0 || !may_have_none) Append(out, "content-length", std::to_string(content_size));
  out.append("\r\n");
  return out;
}

std::string HttpDate(std::time_t time) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                     parts.tm_min, parts.tm_sec);
}

}  // namespace mpcstats
