// Addresses in a survey: one spelling each, since the text is compared and signed.
#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "mpcstats/survey/survey_parts.h"

namespace mpcstats {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsPort(std::string_view text) {
  if (!IsDigits(text) || text.size() > 5 || text.front() == '0') return false;
  return std::stoul(std::string(text)) <= 65535;
}

bool IsLabel(std::string_view label) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, is_inner);
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::string_view label;
  for (std::string_view rest = host;;) {
    const std::size_t point = rest.find('.');
    label = rest.substr(0, point);
    if (!IsLabel(label)) return false;
    if (point == std::string_view::npos) break;
    rest.remove_prefix(point + 1);
  }
  if (!IsDigits(label)) return true;
  // A name that ends in a number is an IPv4 address or nothing; 0.0.0.0 is where to listen, not where to call.
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && address.s_addr != 0;
}

bool IsIpv6(std::string_view text) {
  in6_addr address{};
  static constexpr in6_addr kNowhere = IN6ADDR_ANY_INIT;
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1 &&
         !std::ranges::equal(address.s6_addr, kNowhere.s6_addr);
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<HostAndPort> Split(std::string_view text) {
  HostAndPort out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !IsIpv6(text.substr(1, close - 1))) return std::nullopt;
    out.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    out.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (!IsHostName(out.host)) return std::nullopt;
  }
  if (rest.empty()) return out;
  if (rest.front() != ':' || !IsPort(rest.substr(1))) return std::nullopt;
  out.port = rest.substr(1);
  return out;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && IsHostName(host) && IsDigits(host.substr(4, 1)) &&
          IsDigits(host.substr(host.find_last_of('.') + 1)));
}

}  // namespace

std::string_view HostPortFault(std::string_view text) {
  const auto address = Split(text);
  if (!address || !address->port)
    return "is not host:port in lower case, such as \"party0.example.org:7000\"";
  return {};
}

std::string_view ServiceUrlFault(std::string_view text, UrlUse use) {
  static constexpr std::string_view kShape =
      "is not https://host:port in lower case and without a path, such as "
      "\"https://party0.example.org:8443\"";
  const bool plain = text.starts_with(kHttp);
  if (!plain && !text.starts_with(kHttps)) return kShape;
  const auto address = Split(text.substr(plain ? kHttp.size() : kHttps.size()));
  if (!address || !address->port) return kShape;
  if (plain && use == UrlUse::kService) return "is not encrypted; write https:// in place of http://";
  if (plain && !IsLoopback(address->host)) {
    return "is not encrypted and not on this machine; write https://, or http:// with 127.0.0.1";
  }
  return {};
}

std::string_view OriginFault(std::string_view text) {
  static constexpr std::string_view kShape =
      "is no origin; write \"https://host\" without a path, http:// only with "
      "127.0.0.1, \"null\" for a page opened from disk, or \"*\"";
  if (text == "null" || text == "*") return {};
  const bool plain = text.starts_with(kHttp);
  if (!plain && !text.starts_with(kHttps)) return kShape;
  const auto address = Split(text.substr(plain ? kHttp.size() : kHttps.size()));
  if (!address || (plain && !IsLoopback(address->host))) return kShape;
  return {};
}

}  // namespace mpcstats
