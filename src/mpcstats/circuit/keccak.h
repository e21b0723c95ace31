// The permutation Keccak-f[1600] (FIPS 202).
#pragma once

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// The permutation on 1600 wires: bit z of lane (x, y) at 64 * (5y + x) + z, which is the 200-byte string of
/// FIPS 202. Cost: 38,400 AND, depth 24.
[[nodiscard]] Wires KeccakF1600(CircuitBuilder& builder, WireSpan state);

/// Input and output: the state.
[[nodiscard]] Circuit MakeKeccakF1600Circuit();

}  // namespace mpcstats
