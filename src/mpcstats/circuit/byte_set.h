// Sets of bytes: whether a secret byte is a digit, a letter, or anything but a quote.
#pragma once

#include <bitset>
#include <string_view>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

using ByteSet = std::bitset<256>;

/// All bytes of a text.
[[nodiscard]] ByteSet BytesOf(std::string_view text);
/// All bytes from `first` to `last`, both included.
[[nodiscard]] ByteSet BytesFromTo(std::uint8_t first, std::uint8_t last);

/// Whether `byte` (8 wires) is in `set`.
/// Cost: one AND for each node of the set's reduced decision diagram whose sides differ by more than a complement: 6 for the
///       digits, 7 for a single byte, 255 at most.
[[nodiscard]] Wire ByteIn(CircuitBuilder& builder, WireSpan byte, const ByteSet& set);

}  // namespace mpcstats
