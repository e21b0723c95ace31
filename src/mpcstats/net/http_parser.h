// HTTP/1.1 messages from bytes (RFC 9112), stricter than most: what two programs could read in two ways is refused.
// Inside of the HTTP server and client.
//
//   HttpRequestParser parser(8192);
//   while (parser.state() != HttpParserState::kDone) { ...; used = parser.Parse(bytes so far); ... }
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/http_message.h"

namespace mpcstats {

enum class HttpParserState { kHeader, kBody, kDone, kFailed };

/// Why a request is refused: a status with the parts of a problem document.
struct HttpFault {
  int status = 400;
  std::string_view slug;
  std::string_view title;
  std::string_view detail;
};

/// One request.
class HttpRequestParser {
 public:
  /// `max_header` bounds the request line, and the headers after it, and each line between chunks.
  explicit HttpRequestParser(std::size_t max_header);
  ~HttpRequestParser();

  /// Takes what it can of `bytes` and returns how much that is. The rest must come again, with more behind it. Stops at
  /// the end of the headers, so that LimitBody can be called, and at the end of the message.
  std::size_t Parse(ByteSpan bytes);
  [[nodiscard]] HttpParserState state() const;

  /// Bounds the body; the state becomes kFailed when a longer one is announced, now or later.
  void LimitBody(std::size_t bytes);

  [[nodiscard]] const HttpFault& fault() const;  ///< in state kFailed
  [[nodiscard]] HttpRequest& request();          ///< headers from state kBody on, all of it in kDone
  [[nodiscard]] bool keep_alive() const;         ///< from state kBody on
  [[nodiscard]] bool expects_continue() const;   ///< from state kBody on

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// One response; interim ones (1xx) must be told apart by the status.
class HttpResponseParser {
 public:
  enum class Content { kAsDeclared, kNone };  ///< kNone: of HEAD

  HttpResponseParser(std::size_t max_header, std::size_t max_body, Content content);
  ~HttpResponseParser();

  std::size_t Parse(ByteSpan bytes);  ///< as of HttpRequestParser
  /// The connection ended: the end of a body without length, else of an incomplete message (kFailed).
  void End();
  [[nodiscard]] HttpParserState state() const;

  /// In state kFailed: kResourceExhausted for a body over the limit, else kProtocolViolation; the rest of a sentence
  /// that starts with the peer's name.
  [[nodiscard]] Error error() const;
  [[nodiscard]] HttpResponse& response();
  [[nodiscard]] bool keep_alive() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpcstats
