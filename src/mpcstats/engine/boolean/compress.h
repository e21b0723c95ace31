// Many summands: planes sorted by weight, three of a weight replaced by two (carry-save, Wallace) until two
// are left.
#pragma once

#include <optional>
#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// summands[w] are the planes that count 2^w; their number of weights is the width of the sum.
using WeightedPlanes = std::vector<BitPlanes>;

/// Whether some weight has three planes or more (at the highest weight all planes are joined for free).
[[nodiscard]] bool NeedsCompression(const WeightedPlanes& summands);

/// Replaces every full group of three planes of one weight by their sum bit and a carry one weight higher.
/// The total modulo 2^summands.size() stays.
///
/// Cost:   1 round (none when nothing is to do); one AND a row for each group, which also is one plane less.
/// Source: Wallace, A suggestion for a fast multiplier, IEEE Trans. EC-13 (1964).
[[nodiscard]] Task<WeightedPlanes> CompressOnce(Ctx& ctx, WeightedPlanes summands);

/// The total modulo 2^summands.size(): compresses until no weight has three planes, then adds.
///
/// Shapes:   all planes have `rows` rows; weights may be empty; at least one weight.
/// Cost:     for at most m planes of a weight. kLog: one round for each of Dadda's heights 2, 3, 4, 6, 9, 13,
///           ... below m, about log_1.5(m / 2), then an addition (carry.h); one AND a row for each plane that
///           disappears, and one for at most one pair of a weight and round. kRipple: without such pairs, so
///           that every AND but those of the addition takes a plane away, and up to two rounds for each
///           weight.
/// Source:   Dadda, Some schemes for parallel multipliers, Alta Frequenza 34 (1965).
[[nodiscard]] Task<BitColumn> SumWeighted(Ctx& ctx, WeightedPlanes summands, std::size_t rows,
                                          std::optional<Depth> depth = std::nullopt);

}  // namespace mpcstats
