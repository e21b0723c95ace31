// Template: what one request to a website looks like and what its answer looks like, with holes for what stays hidden.
// Read from one TOML file; docs/adding-a-data-source.md describes every key.
//
//   ASSIGN_OR_RETURN(const Template source, ParseTemplate(text));
//   ASSIGN_OR_RETURN(const ResponseMatch match, MatchResponse(source, response));    // template_match.h
//
// Whatever is not a hole is public and compared byte for byte, so that a reader of the template knows which field of which
// document each value came from: no hidden byte can open or close a string, an object or a list.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

/// The bytes a hole may have. The numbers are in canonical bytes.
enum class Charset : std::uint8_t {
  kDigits = 1,
  kHex = 2,           ///< in either case
  kAlphanumeric = 3,  ///< ASCII letters and digits
  kBase64Url = 4,     ///< kAlphanumeric, - and _
  kBase64 = 5,        ///< kAlphanumeric, +, / and =
  kNumber = 6,        ///< digits, and the . - + e E of numbers
  kAscii = 7,         ///< 0x20 to 0x7e without " and backslash
  kString = 8,  ///< 0x20 to 0xff without ", backslash and DEL: the inside of a JSON string without escapes
  kHeader = 9,  ///< 0x20 to 0x7e: a header's value
};
[[nodiscard]] std::bitset<256> BytesOfCharset(Charset charset);
[[nodiscard]] std::string_view CharsetName(Charset charset);

enum class HoleKind : std::uint8_t {
  kSecret = 1,     ///< of the request: a key, a signature, a time
  kNumber = 2,     ///< a decimal number
  kText = 3,       ///< 1 to 16 printable bytes; for a column of kind "unique"
  kChoice = 4,     ///< one of a list of texts
  kBoolean = 5,    ///< true or false, as JSON writes them
  kDate = 6,       ///< YYYY-MM-DD, 1901 to 2099
  kTimestamp = 7,  ///< YYYY-MM-DDTHH:MM, 1901 to 2099
  kSkip = 8,       ///< hidden and of no meaning
};

struct TemplateHole {
  std::string name;  ///< [a-z][a-z0-9_]{0,31}; that of the survey's column
  HoleKind kind = HoleKind::kSkip;
  // kSecret, kText, kSkip
  Charset charset = Charset::kDigits;
  // All kinds; derived for those whose text decides.
  std::size_t min_length = 0;
  std::size_t max_length = 0;
  // kNumber
  unsigned integer_digits = 0;
  unsigned min_fraction = 0;
  unsigned max_fraction = 0;
  bool negative = false;
  bool leading_zeros = false;
  // kChoice; kBoolean has "false" and "true"
  std::vector<std::string> values;

  [[nodiscard]] bool has_public_length() const { return min_length == max_length; }
};

/// A literal or, when it is set, a hole.
struct TemplatePart {
  std::string literal;
  std::optional<std::size_t> hole;
};

/// A public question about a hidden value, answered with a proven yes or no. Numbers in units of 10^-max_fraction, dates in
/// days, timestamps in minutes since 1970.
struct TemplatePredicate {
  std::string name;
  std::size_t hole = 0;
  std::optional<std::int64_t> at_least;
  std::optional<std::int64_t> at_most;
  std::string is;  ///< of a choice or boolean; else empty
};

struct Template {
  std::string id;  ///< [a-z][a-z0-9-]{0,63}
  std::string title;
  std::string host;  ///< lower case; TLS server name and Host header
  std::uint16_t port = 443;
  /// The whole request from its method to the empty line. Lengths of its holes are told to the notary.
  std::vector<TemplatePart> request;
  /// Lower-case names of response headers whose values stay hidden; all other header bytes are public.
  std::vector<std::string> hidden_headers;
  /// The whole body: a JSON document. Begins and ends with a literal; between two holes there is one.
  std::vector<TemplatePart> body;
  std::vector<TemplateHole> holes;
  std::vector<TemplatePredicate> predicates;

  [[nodiscard]] std::optional<std::size_t> FindHole(std::string_view name) const;
};

inline constexpr std::size_t kMostHoles = 64;
inline constexpr std::size_t kMostTemplateBytes = 64 << 10;  ///< of body, and of request
inline constexpr std::size_t kMostSecretBytes = 4096;
inline constexpr std::size_t kMostSkipBytes = 1024;

/// Reads and checks a template file.
///
/// Security: the file may come from anybody. What is accepted has one reading: the body with any values in its holes is one
///           JSON document with the same structure and keys; a hole of hidden length ends at a byte that it cannot hold;
///           hidden bytes of the request's first line cannot add a parameter, and none can end a header line.
/// Errors:   kInvalidArgument, one sentence with line, key and what to write instead.
[[nodiscard]] Result<Template> ParseTemplate(std::string_view toml_text);

/// The one encoding of what a template means (docs/zktls.md), and its SHA-256, which surveys and attestations carry.
[[nodiscard]] Bytes TemplateBytes(const Template& source);
[[nodiscard]] Bytes32 TemplateHash(const Template& source);

}  // namespace mpcstats
