// Counting the ones of a plane.
#pragma once

#include <optional>
#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// Planes of a count of up to `rows`: bit width of `rows`, at least 1.
[[nodiscard]] unsigned CountBits(std::size_t rows);

/// The number of rows in which the bit is one.
///
/// Shapes:   any number n of rows, also 0; the result has one row and CountBits(n) planes.
/// Cost:     every 3:2 compressor is one AND and takes one of the n bits away: fewer than n ANDs before the
///           last addition of k = CountBits(n) digits, which is part of them with kRipple (at most n in all,
///           k rounds more) and at most k * (2 + log2 k) more with kLog, the default (1 + log2 k rounds).
///           About 1.71 * log2(n) rounds.
/// Security: as And: not verified until something is opened.
/// Source:   Boyar and Peralta, Tight bounds for the multiplicative complexity of symmetric functions, TCS
///           396 (2008); here the compressors of one round work on rows side by side.
[[nodiscard]] Task<BitColumn> Popcount(Ctx& ctx, BitPlane plane, std::optional<Depth> depth = std::nullopt);

/// One count for each plane; the planes may differ in rows. The counts share rounds.
[[nodiscard]] Task<std::vector<BitColumn>> CountMany(Ctx& ctx, BitPlanes planes,
                                                     std::optional<Depth> depth = std::nullopt);

}  // namespace mpcstats
