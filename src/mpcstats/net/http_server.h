// HttpServer: HTTP/1.1 (RFC 9112) over TCP or TLS.
//
//   ASSIGN_OR_RETURN(auto server, HttpServer::Start({.address = "127.0.0.1", .port = 0},
//       [](HttpRequest request, HttpReply reply) { reply(HttpText(200, "text/plain", request.target)); }));
//   fmt::print("listening on port {}\n", server->port());
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/http_message.h"
#include "mpcstats/net/http_tls.h"

namespace mpcstats {

struct HttpServerOptions {
  std::string address = "127.0.0.1";  ///< numeric: "127.0.0.1", "::"
  std::uint16_t port = 0;             ///< 0 takes any free one
  HttpServerTls::Ptr tls = nullptr;   ///< none: plain HTTP
  /// Fingerprints of the identities that clients may prove by TLS.
  std::vector<Bytes32> peer_identities = {};

  std::size_t max_header = 8 << 10;  ///< bytes of request line and headers; 431 above
  std::size_t max_body = 1 << 20;    ///< bytes; 413 above
  /// When set: the limit for a request, instead of max_body. Called on the server's threads.
  std::function<std::size_t(std::string_view method, std::string_view target)> body_limit = {};
  unsigned threads = 1;
  std::size_t max_connections = 2048;  ///< one more gets 503 with Retry-After

  std::chrono::milliseconds idle_timeout = std::chrono::seconds(30);  ///< between requests
  std::chrono::milliseconds header_timeout =
      std::chrono::seconds(10);  ///< TLS handshake; headers of a request
  /// For a body, and for taking a response: this much, and longer while `min_bytes_per_second` flow.
  std::chrono::milliseconds transfer_timeout = std::chrono::seconds(10);
  std::size_t min_bytes_per_second = 32 << 10;
  std::chrono::milliseconds reply_timeout = std::chrono::seconds(60);  ///< for the handler; 503 after
  std::chrono::milliseconds stop_timeout = std::chrono::seconds(5);  ///< for requests in flight when stopping
};

/// Requests of one connection are answered one after another; those of several run at once on `threads` threads.
///
/// Security: every wait has a deadline, every buffer a bound. Malformed requests, repeated or missing Host,
///           Content-Length beside Transfer-Encoding and the like get a 400 problem and the connection ends. No
///           Server header. A client is its certificate only when that is pinned; all others are anonymous.
/// Cost:     an idle connection holds about 1.5 KiB, over TLS about 14 KiB. Timeouts act up to a
///           quarter of the shortest one late, 1 s at most.
class HttpServer {
 public:
  using Options = HttpServerOptions;

  /// Errors:   kInvalidArgument when it cannot listen there (with the system's reason) or an option is out of range.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(Options options, HttpHandler handler);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  ///< Stop()

  [[nodiscard]] std::uint16_t port() const;

  /// Connections accepted from now on show `tls`; the others go on as they are.
  /// Errors:   kInvalidArgument when the server was started without TLS or `tls` is null.
  [[nodiscard]] Status ReplaceTls(HttpServerTls::Ptr tls);

  /// Stops accepting, answers the requests in flight, closes, and waits for all that, `stop_timeout` at most. Replies
  /// that come later go nowhere. Not from a handler.
  void Stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats
