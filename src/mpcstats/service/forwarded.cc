#include "mpcstats/service/forwarded.h"

#include <arpa/inet.h>

namespace mpcstats {

namespace {

bool IsAddress(const std::string& text) {
  unsigned char address[16];
  return inet_pton(AF_INET, text.c_str(), address) == 1 || inet_pton(AF_INET6, text.c_str(), address) == 1;
}

}  // namespace

std::string ClientBehindProxy(const HttpRequest& request) {
  // Several lines of the header are one list, in order (RFC 9110 section 5.3).
  std::string_view list;
  for (const auto& [name, value] : request.headers) {
    if (name == "x-forwarded-for") list = value;
  }
  const std::size_t comma = list.rfind(',');
  std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  while (last.starts_with(' ') || last.starts_with('\t')) last.remove_prefix(1);
  while (last.ends_with(' ') || last.ends_with('\t')) last.remove_suffix(1);
  std::string address(last);
  return IsAddress(address) ? address : request.remote_address;
}

}  // namespace mpcstats
