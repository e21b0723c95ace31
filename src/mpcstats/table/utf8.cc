#include "mpcstats/table/utf8.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace mpcstats {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: the text does not start with valid UTF-8
};

std::uint32_t Byte(char c) { return static_cast<std::uint8_t>(c); }

// RFC 3629 section 4; `text` is not empty.
CodePoint Decode(std::string_view text) {
  const std::uint32_t lead = Byte(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  std::uint32_t value = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((Byte(text[i]) & 0xc0) != 0x80) return {};
    value = value << 6 | (Byte(text[i]) & 0x3f);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, bytes};
}

// Characters that would break the line, move the cursor or turn the direction of a terminal.
bool IsHidden(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void AppendEscaped(std::string& out, std::uint32_t c) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", c);
  }
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    if (c.bytes == 0) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

std::string QuoteForMessage(std::string_view text, std::size_t max_characters) {
  std::string out = "\"";
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == max_characters) return out + "...\"";
    const CodePoint c = Decode(text);
    if (c.bytes == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", Byte(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (IsHidden(c.value)) {
      AppendEscaped(out, c.value);
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out + "\"";
}

}  // namespace mpcstats
