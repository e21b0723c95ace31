// What the tests of HTTP share: a server on loopback and a client that speaks in raw bytes.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mpcstats/net/http_client.h"
#include "mpcstats/net/http_parser.h"
#include "mpcstats/net/http_problem.h"
#include "mpcstats/net/http_server.h"
#include "mpcstats/net/tcp.h"

namespace mpcstats {

inline std::string TextOf(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

/// A server on 127.0.0.1; a failure to start fails the test.
inline std::unique_ptr<HttpServer> Serve(HttpHandler handler, HttpServerOptions options = {}) {
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << server.error().message();
  return server ? std::move(*server) : nullptr;
}

/// Answers with method, target, query and body.
inline void Echo(HttpRequest request, const HttpReply& reply) {
  reply(HttpText(200, "text/plain",
                 request.method + " " + request.target + " " + request.query + " " + TextOf(request.body)));
}

/// A connection that the test writes and reads byte by byte. Waits end after a generous time, as a failure.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) {
    Result<UniqueFd> fd = StartConnect("127.0.0.1", port, 0);
    EXPECT_TRUE(fd.has_value());
    fd_ = std::move(*fd);
    EXPECT_TRUE(Wait(POLLOUT));
    EXPECT_TRUE(FinishConnect(fd_.get()).has_value());
  }
  explicit RawConnection(UniqueFd fd) : fd_(std::move(fd)) {}

  /// False when the other end takes no more.
  bool Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN && Wait(POLLOUT)) continue;
      if (sent < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// The next response; nothing when the connection ends before one.
  std::optional<HttpResponse> Receive(
      HttpResponseParser::Content content = HttpResponseParser::Content::kAsDeclared) {
    HttpResponseParser parser(8192, 16 << 20, content);
    while (true) {
      while (!rest_.empty()) {
        const std::size_t used = parser.Parse(AsBytes(rest_));
        rest_.erase(0, used);
        if (used == 0 || parser.state() == HttpParserState::kDone) break;
      }
      if (parser.state() == HttpParserState::kDone) return std::move(parser.response());
      if (parser.state() == HttpParserState::kFailed || !ReceiveSome()) return std::nullopt;
    }
  }

  /// Everything up to the end of the connection.
  std::string ReceiveAll() {
    while (ReceiveSome()) {
    }
    return std::exchange(rest_, {});
  }

  /// More bytes into the inbox; false at the end.
  bool ReceiveSome() {
    char buffer[16384];
    while (true) {
      const ssize_t received = recv(fd_.get(), buffer, sizeof(buffer), 0);
      if (received < 0 && errno == EAGAIN) {
        if (Wait(POLLIN)) continue;
        ADD_FAILURE() << "the other end neither sent nor closed";
        return false;
      }
      if (received <= 0) return false;
      rest_.append(buffer, static_cast<std::size_t>(received));
      return true;
    }
  }

  void EndWriting() { shutdown(fd_.get(), SHUT_WR); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  [[nodiscard]] bool Wait(short events) const {
    pollfd entry = {fd_.get(), events, 0};
    return poll(&entry, 1, 60'000) > 0;
  }

  UniqueFd fd_;
  std::string rest_;
};

/// A client of `server` with the defaults, changed by `change`.
inline std::unique_ptr<HttpClient> ClientOf(
    std::uint16_t port, const std::function<void(HttpClientOptions&)>& change = [](HttpClientOptions&) {}) {
  HttpClientOptions options;
  options.base = {.tls = false, .host = "127.0.0.1", .port = port, .path = ""};
  change(options);
  auto client = HttpClient::Create(std::move(options));
  EXPECT_TRUE(client.has_value()) << client.error().message();
  return client ? std::move(*client) : nullptr;
}

}  // namespace mpcstats
