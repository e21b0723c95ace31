#include "mpcstats/base/bytes.h"

namespace mpcstats {
namespace {

// The value of a hexadecimal digit, or a number above 15; without a branch or a table.
unsigned DigitValue(unsigned character) {
  const unsigned letter = (character | 0x20) - 'a';
  const unsigned digit = character - '0';
  // All ones when the subtraction wraps, that is when the value is below the bound.
  const unsigned is_letter = 0u - (((letter - 6) >> 31) & (~letter >> 31));
  const unsigned is_digit = 0u - (((digit - 10) >> 31) & (~digit >> 31));
  return (is_letter & (letter + 10)) | (is_digit & digit) | (~(is_letter | is_digit) & 16);
}

}  // namespace

std::string ToHex(ByteSpan bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::optional<Bytes> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes(text.size() / 2);
  unsigned seen = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned high = DigitValue(static_cast<unsigned char>(text[2 * i]));
    const unsigned low = DigitValue(static_cast<unsigned char>(text[2 * i + 1]));
    seen |= high | low;
    bytes[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  if (seen > 15) return std::nullopt;
  return bytes;
}

}  // namespace mpcstats
