// Texts of hidden length in a window of bytes.
//
//   Wires faults;                                                     // each must come out 0
//   const Wires ends = FindEnd(builder, window, '"', 1, 16, faults);
//   CheckBytes(builder, window, ends, BytesFromTo(0x20, 0x7e), faults);
//
// Faults are not joined to one bit: in zero knowledge asserting that a wire is 0 is free, and joining is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "mpcstats/circuit/builder.h"
#include "mpcstats/circuit/byte_set.h"

namespace mpcstats {

/// Where the text that starts at byte 0 ends: wire i says that it has i bytes and that `terminator` follows. Of max_length + 1
/// wires exactly one is 1, or a fault is.
///
/// Shapes: `window` has at least max_length + 1 bytes.
/// Rule:   the text ends at the first terminator from byte `min_length` on. Bytes before are not looked at: whoever wants no
///         terminator there checks the text's bytes.
/// Cost:   8 AND for each possible length.
[[nodiscard]] Wires FindEnd(CircuitBuilder& builder, WireSpan window, std::uint8_t terminator,
                            std::size_t min_length, std::size_t max_length, Wires& faults);

/// The same for a length that is public: constants.
[[nodiscard]] Wires KnownEnd(std::size_t length);

/// Wire i of max_length says that byte i belongs to the text. Free.
[[nodiscard]] Wires InsideOf(CircuitBuilder& builder, WireSpan ends);
/// The length in binary. Free.
[[nodiscard]] Wires LengthOf(CircuitBuilder& builder, WireSpan ends);

/// A fault for each byte of the text that is not in `set`. Cost: a byte's ByteIn and 1 AND.
void CheckBytes(CircuitBuilder& builder, WireSpan window, WireSpan ends, const ByteSet& set, Wires& faults);

/// The text with zeros behind it, max_length bytes. Cost: 8 AND a byte.
[[nodiscard]] Wires MaskedText(CircuitBuilder& builder, WireSpan window, WireSpan ends);

struct ChoiceWires {
  Wires one_hot;  ///< one wire a value
  Wires ends;     ///< as of FindEnd, up to the longest value
};
/// Which of `values` stands at byte 0, followed by `terminator`; a fault when none does.
///
/// Shapes: values are distinct, not empty and free of the terminator; `window` holds the longest and one byte more.
/// Cost:   at most 8 * (length + 1) - 1 AND a value.
[[nodiscard]] ChoiceWires ChoiceOf(CircuitBuilder& builder, WireSpan window, std::uint8_t terminator,
                                   std::span<const std::string> values, Wires& faults);

/// `out_bytes` bytes of `bytes` from byte `amount` on, where `amount` is in binary; zeros where there are none.
/// Cost: about 8 AND a byte and bit of `amount`.
[[nodiscard]] Wires ShiftBytes(CircuitBuilder& builder, WireSpan bytes, WireSpan amount,
                               std::size_t out_bytes);

/// A fault for each wire in which `a` differs from `b`. Free.
void CheckEqual(CircuitBuilder& builder, WireSpan a, WireSpan b, Wires& faults);

}  // namespace mpcstats
