// The bytes of HTTP/1.1 start lines and headers (RFC 9112). Inside of the HTTP server and client.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"
#include "mpcstats/net/http_message.h"

namespace mpcstats {

enum class HttpConnection { kKeepAlive, kClose };

inline char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Status line and headers with the empty line; Content-Length is of the content, which follows (but for HEAD).
/// Errors:   kInternal for a status out of 200 to 599, or a header that would not stay one line.
[[nodiscard]] Result<std::string> FormatResponseHead(const HttpResponse& response, HttpConnection connection,
                                                     std::string_view date);

struct HttpRequestLine {
  std::string_view method;
  std::string target;
  std::string host;
};

/// Request line and headers with the empty line. Content-Length is left out for none, when the method has no content.
/// Errors:   kInvalidArgument that names the malformed part.
[[nodiscard]] Result<std::string> FormatRequestHead(const HttpRequestLine& line, const HttpHeaders& headers,
                                                    std::size_t content_size);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), whatever the locale.
[[nodiscard]] std::string HttpDate(std::time_t time);

}  // namespace mpcstats
