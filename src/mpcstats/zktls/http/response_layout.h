// Where the parts of an HTTP/1.1 response stand, byte by byte. For the prover, who must know what it proves about; the
// notary never trusts it: the template's statement says what the bytes are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

/// Bytes begin..end-1 of a text.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::size_t size() const { return end - begin; }
  [[nodiscard]] std::string_view In(std::string_view text) const { return text.substr(begin, size()); }
  friend bool operator==(const TextRange&, const TextRange&) = default;
};

struct HttpResponseLayout {
  struct Field {
    TextRange name;
    TextRange value;  ///< without the spaces around it
  };
  enum class Framing : std::uint8_t { kNoBody, kContentLength, kChunked };

  int status = 0;
  TextRange status_line;  ///< without its CRLF
  std::vector<Field> fields;
  std::size_t body_begin = 0;  ///< after the empty line
  Framing framing = Framing::kNoBody;
  std::vector<TextRange> body;  ///< pieces of content: one, or one a chunk
  std::size_t end = 0;          ///< after the last byte that belongs to the response

  [[nodiscard]] std::size_t body_bytes() const;
  /// Where byte `offset` of the body stands in the response. `offset` is below body_bytes().
  [[nodiscard]] std::size_t BodyOffset(std::size_t offset) const;
  /// The body in one piece.
  [[nodiscard]] std::string Body(std::string_view response) const;
};

/// The layout of a response, or nothing while it is not whole.
///
/// Shapes:   status line HTTP/1.1 with 200 to 599; lines end with CRLF alone; names are tokens followed by a colon;
///           head up to 32 KiB and 100 fields. The body has one Content-Length in digits, or is chunked without
///           extensions and trailers; status 204 and 304 have none. For answers to GET and POST, not HEAD.
/// Errors:   kProtocolViolation with the byte and what was expected there: for interim responses, folded lines, control
///           characters, both or neither of the lengths, a content coding, and bytes that follow the response.
[[nodiscard]] Result<std::optional<HttpResponseLayout>> ParseHttpResponseLayout(std::string_view response);

}  // namespace mpcstats
