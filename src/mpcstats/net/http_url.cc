#include "mpcstats/net/http_url.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace mpcstats {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxHostBytes = 253;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::unexpected<Error> BadUrl(std::string_view text, std::string_view why) {
  // Only the start: a URL with a password in it must not end up in a log whole.
  const std::size_t scheme = text.find("://");
  const std::string_view shown = text.substr(0, scheme == std::string_view::npos ? 0 : scheme + 3);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the URL {}... is not usable: {}; write it like https://host:8443", shown, why));
}

bool ParsesAs(int family, const std::string& host) {
  unsigned char address[16];
  return inet_pton(family, host.c_str(), address) == 1;
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes || host.front() == '.' || host.front() == '-') return false;
  return std::ranges::all_of(
      host, [](char c) { return IsLetter(c) || IsDigit(c) || c == '-' || c == '.' || c == '_'; });
}

bool IsPath(std::string_view path) {
  return std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f && c != '?' && c != '#'; });
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<Url> Url::Parse(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (text.size() > kMaxUrlBytes) return BadUrl(text, "it is too long");
  if (rest.starts_with("https://")) {
    url.tls = true;
  } else if (!rest.starts_with("http://")) {
    return BadUrl(text, "it starts with neither https:// nor http://");
  }
  rest.remove_prefix(rest.find("://") + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  if (authority.contains('@')) return BadUrl(text, "a user or password may not stand in it");
  if (text.contains('?') || text.contains('#'))
    return BadUrl(text, "a query or fragment may not stand in it");
  if (!IsPath(path)) return BadUrl(text, "its path holds a character that must be percent-encoded");

  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return BadUrl(text, "the bracket of its IPv6 address is not closed");
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (!ParsesAs(AF_INET6, url.host)) return BadUrl(text, "what stands in brackets is no IPv6 address");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    authority.remove_prefix(colon);
    if (!IsHostName(url.host)) return BadUrl(text, "its host is neither a name nor an address");
  }
  url.port = url.tls ? 443 : 80;
  if (!authority.empty()) {
    const char* end = authority.data() + authority.size();
    const auto parsed = std::from_chars(authority.data() + 1, end, url.port);
    if (authority.front() != ':' || parsed.ec != std::errc() || parsed.ptr != end || url.port == 0) {
      return BadUrl(text, "its port is not a number from 1 to 65535");
    }
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

std::string Url::Authority() const {
  std::string authority = host.contains(':') ? fmt::format("[{}]", host) : host;
  if (port != (tls ? 443 : 80)) authority += fmt::format(":{}", port);
  return authority;
}

std::string Url::ToString() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", Authority(), path);
}

bool Url::IsLoopback() const {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && ParsesAs(AF_INET, host);
}

bool Url::IsAddress() const { return ParsesAs(AF_INET, host) || ParsesAs(AF_INET6, host); }

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return Fail(ErrorCode::kInvalidArgument, "a % must be followed by two hexadecimal digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      return Fail(ErrorCode::kInvalidArgument, "an address may not hold control characters");
    }
    out.push_back(c);
  }
  return out;
}

std::optional<std::string> QueryValue(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    const std::size_t equals = std::min(field.find('='), field.size());
    const Result<std::string> key = PercentDecode(field.substr(0, equals));
    if (!key || *key != name) continue;
    std::string raw(field.substr(std::min(equals + 1, field.size())));
    std::ranges::replace(raw, '+', ' ');
    Result<std::string> value = PercentDecode(raw);
    if (!value) return std::nullopt;
    return std::move(*value);
  }
  return std::nullopt;
}

}  // namespace mpcstats
