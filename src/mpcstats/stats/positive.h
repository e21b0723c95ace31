// What geometric and harmonic mean share: a column of numbers that are not negative, and weighted counts of planes.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Refuses signed columns.
[[nodiscard]] Status PositiveFits(const ColumnType& type, std::size_t rows);

/// [some row is valid and not `nonzero`]: one row. Cost: 2 ANDs a row.
[[nodiscard]] Task<BitPlane> AnyZero(Ctx& ctx, BitPlane valid, BitPlane nonzero);

/// sum over the planes p of 2^weights[p] times the ones of the plane, minus a public number: an unsigned number of `bits`
/// planes, which the caller knows to be enough.
///
/// Cost: a popcount of each plane, which share rounds, and their addition.
[[nodiscard]] Task<BitColumn> WeightedCount(Ctx& ctx, BitPlanes planes, std::vector<unsigned> weights,
                                            unsigned __int128 minus, unsigned bits);

}  // namespace mpcstats
