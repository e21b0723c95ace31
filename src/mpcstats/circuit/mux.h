// Selection by a bit.
#pragma once

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// `if_one` where `select` is 1, else `if_zero`. Cost: 1 AND.
[[nodiscard]] Wire Mux(CircuitBuilder& builder, Wire select, Wire if_one, Wire if_zero);

/// The same bit by bit on two words of equal width n. Cost: n AND, depth 1.
[[nodiscard]] Wires Mux(CircuitBuilder& builder, Wire select, WireSpan if_one, WireSpan if_zero);

}  // namespace mpcstats
