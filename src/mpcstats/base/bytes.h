// Spans of bytes and fixed-size byte strings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpcstats {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;
using MutableByteSpan = std::span<std::uint8_t>;
using Bytes32 = std::array<std::uint8_t, 32>;

inline ByteSpan AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower-case hexadecimal.
[[nodiscard]] std::string ToHex(ByteSpan bytes);

/// What hexadecimal in either case stands for; nothing when `text` has an odd length or any other character. The time
/// depends on the length alone, as the text may be a key.
[[nodiscard]] std::optional<Bytes> FromHex(std::string_view text);

}  // namespace mpcstats
