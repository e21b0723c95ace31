#include "mpcstats/net/tcp.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace mpcstats {
namespace {

constexpr int kSocketBufferBytes = 1 << 20;
constexpr int kBacklog = 128;

struct AddressDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressDeleter>;

Result<AddressList> Resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (failed != 0) {
    return Fail(ErrorCode::kUnavailable, fmt::format("no address for {}: {}", host, gai_strerror(failed)));
  }
  return AddressList(list);
}

void SetOption(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof(value)); }

// Before connect or listen: the window scale is agreed on with the first packet. An accepted socket inherits
// them.
void SetBuffers(int fd) {
  SetOption(fd, SOL_SOCKET, SO_SNDBUF, kSocketBufferBytes);
  SetOption(fd, SOL_SOCKET, SO_RCVBUF, kSocketBufferBytes);
}

UniqueFd NewSocket(const addrinfo& address) {
  UniqueFd fd(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.valid()) SetBuffers(fd.get());
  return fd;
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

}  // namespace

Result<BoundSocket> ListenTcp(const std::string& address, std::uint16_t port) {
  const auto failed = [&](const std::string& reason) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot listen on {}:{}: {}", address, port, reason));
  };
  Result<AddressList> list = Resolve(address, port, AI_PASSIVE | AI_NUMERICHOST);
  if (!list) return failed(list.error().message());
  UniqueFd fd = NewSocket(**list);
  if (!fd.valid()) return failed(std::strerror(errno));
  SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(fd.get(), (*list)->ai_addr, (*list)->ai_addrlen) != 0 || listen(fd.get(), kBacklog) != 0) {
    return failed(std::strerror(errno));
  }
  const std::uint16_t bound_port = PortOf(fd.get());
  return BoundSocket{std::move(fd), bound_port};
}

Result<UniqueFd> StartConnect(const std::string& host, std::uint16_t port, unsigned attempt) {
  ASSIGN_OR_RETURN(const AddressList list, Resolve(host, port, 0));
  unsigned count = 0;
  for (const addrinfo* it = list.get(); it != nullptr; it = it->ai_next) ++count;
  const addrinfo* address = list.get();
  for (unsigned i = 0; i < attempt % count; ++i) address = address->ai_next;
  UniqueFd fd = NewSocket(*address);
  if (!fd.valid()) return Fail(ErrorCode::kUnavailable, std::strerror(errno));
  SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (connect(fd.get(), address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) {
    return Fail(ErrorCode::kUnavailable, std::strerror(errno));
  }
  return fd;
}

Status FinishConnect(int fd) {
  int reason = 0;
  socklen_t size = sizeof(reason);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0) reason = errno;
  if (reason != 0) return Fail(ErrorCode::kUnavailable, std::strerror(reason));
  return {};
}

UniqueFd AcceptTcp(int listener) {
  UniqueFd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd.valid()) SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  return fd;
}

}  // namespace mpcstats
