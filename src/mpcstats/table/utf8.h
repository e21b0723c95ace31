// UTF-8 as far as tables need it: is a header valid, and how does a cell look in an error message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpcstats {

/// Whether `text` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] bool IsUtf8(std::string_view text);

/// `text` in double quotes, for a one-line message: cut after `max_characters` characters, with control and
/// direction characters as \n, \x1b or \u{202e} and bytes that are not UTF-8 as \xff.
[[nodiscard]] std::string QuoteForMessage(std::string_view text, std::size_t max_characters = 40);

}  // namespace mpcstats
