#include "mpcstats/service/host_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

constexpr std::size_t kMaxHostBytes = 253;

bool IsAddress(int family, const std::string& host) {
  unsigned char address[16];
  return inet_pton(family, host.c_str(), address) == 1;
}

bool IsName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes || host.front() == '.' || host.front() == '-') return false;
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

// Cuts a text at its last colon; an IPv6 address must stand in brackets, or nobody could tell where it ends.
std::optional<HostPort> Split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  HostPort out;
  const std::string_view digits = text.substr(colon + 1);
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, out.port);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  out.host = host;
  if (bracketed != IsAddress(AF_INET6, out.host)) return std::nullopt;
  return out;
}

}  // namespace

std::string HostPort::ToString() const {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool HostPort::IsLoopback() const {
  return host == "::1" || (host.starts_with("127.") && IsAddress(AF_INET, host));
}

Result<HostPort> ParseListenAddress(std::string_view text) {
  std::optional<HostPort> split = Split(text);
  if (!split || !(IsAddress(AF_INET, split->host) || IsAddress(AF_INET6, split->host))) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is no address to listen on; write a numeric one and a port, like 0.0.0.0:8443 or "
                    "[::]:8443",
                    QuoteForMessage(text)));
  }
  return std::move(*split);
}

Result<HostPort> ParsePublicAddress(std::string_view text) {
  std::optional<HostPort> split = Split(text);
  if (!split || split->port == 0 || !(IsAddress(AF_INET6, split->host) || IsName(split->host))) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is no address that others can reach; write a name and a port, like "
                            "party0.example:9443",
                            QuoteForMessage(text)));
  }
  return std::move(*split);
}

}  // namespace mpcstats
