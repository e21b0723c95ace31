#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

namespace mpcstats::e2e {

UniqueFd Connect(unsigned port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return UniqueFd();
  return fd;
}

std::string Talk(unsigned port, const std::string& text, unsigned seconds) {
  const UniqueFd fd = Connect(port);
  std::string said;
  if (!fd.valid()) return said;
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t now = send(fd.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) break;  // it had enough; what it said is still there to read
    sent += static_cast<std::size_t>(now);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::array<char, 4096> buffer{};
  while (std::chrono::steady_clock::now() < end) {
    pollfd wait{.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, 100) <= 0) continue;
    const ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return said;
}

std::string Get(unsigned port, const std::string& target) {
  const std::string answer =
      Talk(port, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

}  // namespace mpcstats::e2e
