// Sums of columns from the counts of their planes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// The sum of a column in two's complement (unsigned: as it is) from the counts of the ones of its planes, lowest first.
///
/// Shapes:   each count has one row; the result has one row of counts + CountBits(rows) planes.
/// Cost:     an addition of counts.size() numbers of one row.
/// Security: as And.
[[nodiscard]] Task<BitColumn> WeightedSum(Ctx& ctx, std::vector<BitColumn> counts, bool is_signed,
                                          std::size_t rows);

/// Opens a number of one row in two's complement or unsigned; nothing, and nothing opened, if it has no planes.
[[nodiscard]] Task<std::optional<__int128>> OpenIf(Ctx& ctx, BitColumn number, bool is_signed,
                                                   std::string_view label);

}  // namespace mpcstats
