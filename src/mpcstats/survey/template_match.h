// Matching bytes against a template, in the clear: what the prover does before it proves, and the rules for the public part
// that the notary applies as well.
//
//   ASSIGN_OR_RETURN(const Buffer<std::uint8_t> request, FillRequest(source, secrets));
//   ASSIGN_OR_RETURN(const ResponseMatch match, MatchResponse(source, response));
//   for (const HoleMatch& hole : match.holes) ...   // where its bytes are
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/survey/template.h"

namespace mpcstats {

struct ByteRange {
  std::size_t offset = 0;
  std::size_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

struct HoleMatch {
  std::size_t hole = 0;  ///< index in Template::holes
  ByteRange bytes;
  bool operator==(const HoleMatch&) const = default;
};

/// The request with secrets in its holes, by name. Secret; wiped when it dies.
/// Errors: kInvalidArgument for a secret that is missing, of no hole, of a wrong length or with a byte outside its charset (CR,
///         LF and NUL are in none). The sentence never holds a secret.
[[nodiscard]] Result<Buffer<std::uint8_t>> FillRequest(const Template& source,
                                                       const std::map<std::string, std::string>& secrets);

/// The holes of a request, in order. There is one reading: holes have a public length each, `lengths` in their order.
/// Errors: kInvalidArgument, one sentence with the byte.
[[nodiscard]] Result<std::vector<HoleMatch>> RequestHoles(const Template& source,
                                                          const std::vector<std::size_t>& lengths);
[[nodiscard]] Result<std::vector<HoleMatch>> MatchRequest(const Template& source, ByteSpan request);

/// How a response is cut: [0, body_begin) head, then the body, then what ends a chunked body.
struct ResponseFrame {
  std::size_t body_begin = 0;
  std::size_t body_end = 0;
  std::size_t total = 0;
  std::vector<ByteRange> hidden;  ///< values of hidden_headers, in order
};
/// What stands behind the body of one chunk: line end, last chunk, no trailers.
inline constexpr std::string_view kAfterOneChunk = "\r\n0\r\n\r\n";

/// Reads the head of a response of `total` bytes; `bytes` may end with the head or go on. Values of hidden headers are not
/// looked at, beyond that they hold no line end.
///
/// Rules:  "HTTP/1.1 200"; no folded lines, no bare CR or LF, no NUL; one Content-Length that is exactly the rest, or one
///         Transfer-Encoding of chunked with one chunk and no trailers; no Content-Encoding but identity; Content-Type, when
///         there is one, application/json in UTF-8; at most 16 KiB.
/// Errors: kInvalidArgument, one sentence with the byte or the header.
[[nodiscard]] Result<ResponseFrame> ReadResponseFrame(const Template& source, ByteSpan bytes,
                                                      std::size_t total);

struct ResponseMatch {
  ResponseFrame frame;
  std::vector<HoleMatch> holes;  ///< in the order of the body; offsets in the response
};
/// Errors: kInvalidArgument, one sentence: what was expected, at which byte, and the byte that came. It never holds more of the
///         response than one byte.
[[nodiscard]] Result<ResponseMatch> MatchResponse(const Template& source, ByteSpan response);

/// Whether a text fits a hole; the rest of a sentence, or nothing.
[[nodiscard]] std::string HoleFault(const TemplateHole& hole, std::string_view text);

}  // namespace mpcstats
