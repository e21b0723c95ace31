// HttpClient: a blocking HTTP/1.1 client of our own services, which it knows by their pinned keys.
//
//   ASSIGN_OR_RETURN(const Url url, Url::Parse("https://party1.example:8443"));
//   ASSIGN_OR_RETURN(auto client, HttpClient::Create({.base = url, .pins = {fingerprint}}));
//   ASSIGN_OR_RETURN(const HttpResponse response, client->Request("GET", "/v1/surveys"));
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/http_message.h"
#include "mpcstats/net/http_tls.h"
#include "mpcstats/net/http_url.h"

namespace mpcstats {

struct HttpClientOptions {
  Url base;
  std::vector<Bytes32> pins = {};    ///< fingerprints of which the server must prove one; required for https
  bool any_server = false;           ///< instead of pins: the caller checks what comes by its own hash
  HttpClientTls::Ptr tls = nullptr;  ///< the client's own certificate; none: anonymous
  bool allow_plain = false;          ///< plain http to another machine than this one
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  ///< with the TLS handshake
  std::chrono::milliseconds request_timeout = std::chrono::seconds(60);  ///< from sending to the last byte
  std::size_t max_response = 8 << 20;                                    ///< bytes of body
};

/// Keeps one connection alive between requests. Not thread-safe: one object for each thread.
class HttpClient {
 public:
  using Options = HttpClientOptions;

  /// Connects to nothing yet.
  /// Errors:   kInvalidArgument for https with neither pins nor any_server (or both), and for plain http to another machine unless allowed.
  [[nodiscard]] static Result<std::unique_ptr<HttpClient>> Create(Options options);

  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// Sends a request to base.path + `target` and waits for the response, whatever its status; redirects are not
  /// followed. `target` starts with `/` and may have a query; Host and Content-Length are added.
  ///
  /// A kept connection that turns out to be closed is replaced: always when nothing was sent on it, else only for
  /// GET, HEAD, OPTIONS, PUT and DELETE of which no response byte came (RFC 9110 section 9.2.2).
  /// Errors:   kUnavailable (no connection, lost), kDeadlineExceeded, kProtocolViolation (wrong key, malformed
  ///           response), kResourceExhausted (response too large), kInvalidArgument (malformed method, target or
  ///           header; nothing was sent).
  [[nodiscard]] Result<HttpResponse> Request(std::string_view method, std::string_view target,
                                             const HttpHeaders& headers = {}, ByteSpan body = {});

 private:
  class Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats
