// Splitting values into replicated shares, for dealers (who own the data) and for tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "mpcstats/base/rng.h"
#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"

namespace mpcstats {

/// x = x_0 ^ x_1 ^ x_2 with x_0, x_1 uniformly random; the three parties' columns of `bits` planes.
[[nodiscard]] std::array<BitColumn, 3> ShareBits(std::span<const std::uint64_t> values, unsigned bits,
                                                 Rng& rng);
[[nodiscard]] std::array<ArithColumn<Fp127>, 3> ShareElements(std::span<const Fp127> values, Rng& rng);

/// Bit-slices `values` into planes: words[p * WordsFor(n) + w].
[[nodiscard]] Buffer<std::uint64_t> PlanesOf(std::span<const std::uint64_t> values, unsigned bits);
/// The inverse, for public planes.
[[nodiscard]] std::vector<std::uint64_t> ValuesOf(const std::vector<std::vector<std::uint64_t>>& planes,
                                                  std::size_t rows);

}  // namespace mpcstats
