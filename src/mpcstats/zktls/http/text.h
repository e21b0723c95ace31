// Characters of HTTP/1.1 and JSON (RFC 9110 section 5.6).
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace mpcstats {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }
inline bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline std::size_t HexValue(char c) {
  return static_cast<std::size_t>(IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}
inline char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// What a field value may hold: no control character but the tab.
inline bool IsFieldCharacter(char c) {
  return (c >= 0x20 && c != 0x7f) || c == '\t' || static_cast<unsigned char>(c) >= 0x80;
}

inline bool IsTokenCharacter(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return IsDigit(c) || (LowerOf(c) >= 'a' && LowerOf(c) <= 'z') || kMarks.find(c) != std::string_view::npos;
}
inline bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenCharacter);
}

/// Equal but for the case of ASCII letters.
inline bool EqualFolded(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerOf, LowerOf);
}

}  // namespace mpcstats
