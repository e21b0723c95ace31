// Ripple or log depth: fewest gates or fewest rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mpcstats {

enum class Depth : std::uint8_t {
  kRipple,  ///< about one AND a bit, about one round a bit
  kLog,     ///< two to five ANDs a bit, about log2(bits) rounds
};

/// Rows up to which a round is dearer than the gates it saves.
///
/// A ripple over k bits waits for about k - log2(k) rounds more and spends about 2*k ANDs a row less; k
/// cancels out. At 0.07 ms a round (same machine or rack) and 2.5 ns an AND the two are equal at 0.07 ms / (2
/// * 2.5 ns) = 14,000 rows; a slower network only moves the point up.
inline constexpr std::size_t kLogDepthRows = std::size_t{1} << 14;

/// The cheaper depth for `rows` rows of `bits` bits. With two bits both need two rounds, so ripple wins.
[[nodiscard]] constexpr Depth ChooseDepth(std::size_t rows, unsigned bits) {
  return bits > 2 && rows <= kLogDepthRows ? Depth::kLog : Depth::kRipple;
}

}  // namespace mpcstats
