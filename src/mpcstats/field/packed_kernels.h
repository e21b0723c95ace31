// Choice of the vector kernels: once, by what the processor can do.
//
//   Kernels().level1_pairs(x, y_next, y, x_next, groups, psi, theta, message);
#pragma once

#include <span>

#include "mpcstats/field/packed_table.h"

namespace mpcstats {

/// The fastest kernels this processor supports. All implementations return the same bits.
[[nodiscard]] const PackedKernels& Kernels();

/// Every implementation this processor supports, slowest (portable) first. For tests and benchmarks.
[[nodiscard]] std::span<const PackedKernels* const> AllSupportedKernels();

}  // namespace mpcstats
