// Comparisons; the result is one wire.
#pragma once

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// Whether all bits are one; true for no bits. Cost: n - 1 AND, depth ceil(log2 n).
[[nodiscard]] Wire AllOf(CircuitBuilder& builder, WireSpan bits);
/// Whether some bit is one; false for no bits. Cost: n - 1 AND, depth ceil(log2 n).
[[nodiscard]] Wire AnyOf(CircuitBuilder& builder, WireSpan bits);

/// a == b, each n bits. Cost: n - 1 AND, depth ceil(log2 n); the same against a constant.
[[nodiscard]] Wire Equal(CircuitBuilder& builder, WireSpan a, WireSpan b);

/// a < b of unsigned integers, each n bits.
/// Cost: n AND, depth n; against a constant one less for each of its trailing zeros, and one more less.
[[nodiscard]] Wire LessThan(CircuitBuilder& builder, WireSpan a, WireSpan b);
/// a < b of two's-complement integers, n >= 1 bits each. Cost as LessThan.
[[nodiscard]] Wire LessThanSigned(CircuitBuilder& builder, WireSpan a, WireSpan b);

}  // namespace mpcstats
