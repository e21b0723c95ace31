// The words of a query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"

namespace mpcstats {

enum class TokenKind : std::uint8_t {
  kName,        ///< letters, digits and _, not only digits; a keyword is a name as well
  kQuotedName,  ///< in double quotes
  kNumber,      ///< digits with at most one point, no sign
  kText,        ///< in single quotes
  kSymbol,      ///< ( ) , . + - * / ; = <> != < <= > >=
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;  ///< without quotes, doubled ones single; a symbol as it stands
};

/// Whether a name without quotes may hold this byte.
[[nodiscard]] bool IsNameByte(char c);
/// Whether `name` is a word of the language, in any case; such a column stands in double quotes.
[[nodiscard]] bool IsKeyword(std::string_view name);
/// Whether the name `word`, not in quotes, is the keyword, in any case.
[[nodiscard]] bool SameWord(std::string_view word, std::string_view keyword);

/// All words, with a last one of kind kEnd. Spaces, tabs and line ends part them.
///
/// Errors: kInvalidArgument for more than `longest` bytes, and one sentence with the character that does not fit; `fault_at`, unless null, its byte.
[[nodiscard]] Result<std::vector<Token>> Tokenize(std::string_view text, std::size_t longest,
                                                  std::size_t* fault_at);

}  // namespace mpcstats
