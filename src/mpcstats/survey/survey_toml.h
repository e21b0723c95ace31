// A survey file as a small tree, before anything in it has a meaning. The TOML library stays behind this border.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"

namespace mpcstats {

struct TomlEntry;

/// One value with the line it stands on; which members mean something follows from `kind`.
struct TomlNode {
  enum class Kind : std::uint8_t { kText, kInteger, kFloat, kBoolean, kTime, kArray, kTable };
  Kind kind = Kind::kTable;
  unsigned line = 0;
  std::string text;  ///< kText; kTime as RFC 3339 text, without an offset when the file gives none
  std::int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  std::vector<TomlNode> items;     ///< kArray, in order
  std::vector<TomlEntry> entries;  ///< kTable, by name; each name once
};

struct TomlEntry {
  std::string key;
  unsigned line = 0;
  TomlNode value;
};

/// Longest survey text: with every character escaped it still fits into the JSON of a signed survey.
inline constexpr std::size_t kMaxSurveyTextBytes = std::size_t{256} << 10;

/// "line 12: " and the sentence, as an error.
[[nodiscard]] std::unexpected<Error> FailAtLine(unsigned line, std::string_view sentence,
                                                ErrorCode code = ErrorCode::kInvalidArgument);

/// What makes `text` show as something else than it says: bytes that are not UTF-8, control characters (line ends and
/// tabs only where `lines` are allowed), characters that turn the direction of writing. Empty when there is none.
enum class TextLines : std::uint8_t { kOne, kMany };
[[nodiscard]] std::string_view TextFault(std::string_view text, TextLines lines);

/// Reads TOML 1.0.
///
/// Cost:     linear in the text, which is at most kMaxSurveyTextBytes.
/// Security: the text may come from anybody: size, characters and nesting are bounded before a tree is made.
/// Errors:   kInvalidArgument, one sentence with the line.
/// `what` names the file in sentences.
[[nodiscard]] Result<TomlNode> ReadToml(std::string_view text, std::string_view what = "survey file");

}  // namespace mpcstats
