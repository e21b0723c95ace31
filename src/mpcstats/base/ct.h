// Constant-time helpers for secret bytes and words.
#pragma once

#include <cstdint>

#include "mpcstats/base/bytes.h"

namespace mpcstats::ct {

/// True when the two strings are equal; the time depends on their lengths alone, which are public.
[[nodiscard]] bool Equal(ByteSpan a, ByteSpan b);

/// The same value, of which the compiler knows nothing any more: seeing that a mask is all ones or zero, it may turn
/// what follows into a branch (clang 19 did).
[[nodiscard]] inline std::uint64_t Opaque(std::uint64_t value) {
  __asm__("" : "+r"(value));
  return value;
}

/// All ones when `bit` is 1, zero when it is 0; no branch.
[[nodiscard]] inline std::uint64_t Mask(std::uint64_t bit) { return std::uint64_t{0} - Opaque(bit & 1); }

/// `if_one` when `bit` is 1, else `if_zero`; no branch.
[[nodiscard]] inline std::uint64_t Select(std::uint64_t bit, std::uint64_t if_one, std::uint64_t if_zero) {
  return if_zero ^ (Mask(bit) & (if_one ^ if_zero));
}

}  // namespace mpcstats::ct
