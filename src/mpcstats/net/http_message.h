// HTTP requests and responses as values (RFC 9110), and the reply that a handler owes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;   ///< as sent; methods are case-sensitive
  std::string target;   ///< path without query, still percent-encoded; "*" for OPTIONS
  std::string query;    ///< what stood behind the first `?`, still encoded
  HttpHeaders headers;  ///< lower-case names, in order; trailers of a chunked body are dropped
  Bytes body;
  std::string remote_address;            ///< numeric, without port
  std::optional<Bytes32> peer_identity;  ///< the pinned identity that the client proved by TLS, if any

  /// The first header of that lower-case name, or "".
  [[nodiscard]] std::string_view Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  /// Content-Length, Connection, Transfer-Encoding and Date are the server's: they are ignored here.
  HttpHeaders headers = {};
  Bytes body = {};
  std::shared_ptr<const Bytes> shared_body =
      nullptr;  ///< sent instead of `body` when set: a cached page is not copied

  [[nodiscard]] ByteSpan Content() const { return shared_body ? ByteSpan(*shared_body) : ByteSpan(body); }
  /// The first header of that lower-case name (as HttpClient gives them), or "".
  [[nodiscard]] std::string_view Header(std::string_view name) const;
};

/// Answers one request, once, from any thread; later calls do nothing. When the last copy dies unused, the
/// client gets a 500.
using HttpReply = std::function<void(HttpResponse)>;

/// Takes a request; must not throw and must not block for long, for it runs on the server's thread.
using HttpHandler = std::function<void(HttpRequest, HttpReply)>;

/// `text` with `content_type`.
[[nodiscard]] HttpResponse HttpText(int status, std::string_view content_type, std::string_view text);

/// "OK" for 200 (RFC 9110 section 15), "Unknown" for a status that is not listed.
[[nodiscard]] std::string_view HttpReason(int status);

}  // namespace mpcstats
