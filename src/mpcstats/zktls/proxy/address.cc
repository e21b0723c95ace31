#include "mpcstats/zktls/proxy/address.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace mpcstats {
namespace {

struct Network {
  std::uint32_t address;
  int bits;
};

// The special-purpose registry of RFC 6890, and multicast and above.
constexpr Network kSpecial[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
};

bool IsPublic4(std::uint32_t address) {
  return std::ranges::none_of(kSpecial, [address](const Network& network) {
    return (address ^ network.address) >> (32 - network.bits) == 0;
  });
}

std::uint32_t Word(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

// Only 2000::/3 is given out; within it the ranges that stand for something else.
bool IsPublic6(const std::array<std::uint8_t, 16>& a) {
  constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b};
  if (std::equal(kNat64.begin(), kNat64.end(), a.begin())) return IsPublic4(Word(&a[12]));
  if ((a[0] & 0xe0) != 0x20) return false;
  if (a[0] == 0x20 && a[1] == 0x02) return IsPublic4(Word(&a[2]));         // 6to4
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) return false;           // 2001::/23
  return !(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8);  // documentation
}

std::string Numeric(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = {};
  if (getnameinfo(address, size, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

template <auto kGet>
std::string AddressOf(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (kGet(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return Numeric(reinterpret_cast<const sockaddr*>(&storage), size);
}

}  // namespace

bool IsPublicAddress(std::string_view numeric) {
  const std::string text(numeric);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return IsPublic4(ntohl(v4.s_addr));
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &v6, bytes.size());
  return IsPublic6(bytes);
}

Result<std::vector<std::string>> LookUpHost(const std::string& host, AddressRule rule) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &list); failed != 0) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("the notary finds no address for {}: {}", host, gai_strerror(failed)));
  }
  const std::unique_ptr<addrinfo, decltype([](addrinfo* head) { freeaddrinfo(head); })> owner(list);
  std::vector<std::string> addresses;
  for (const addrinfo* it = list; it != nullptr; it = it->ai_next) {
    std::string address = Numeric(it->ai_addr, it->ai_addrlen);
    if (address.empty() || (rule == AddressRule::kPublic && !IsPublicAddress(address))) continue;
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(std::move(address));
  }
  if (addresses.empty()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "{} has no public address, and the notary connects to no other; its configuration can allow it",
            host));
  }
  return addresses;
}

std::string LocalAddress(int fd) { return AddressOf<getsockname>(fd); }
std::string PeerAddress(int fd) { return AddressOf<getpeername>(fd); }

}  // namespace mpcstats
