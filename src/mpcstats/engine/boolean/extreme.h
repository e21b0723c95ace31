// The largest and the smallest value of a column.
#pragma once

#include <optional>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// The largest of the unsigned values whose `valid` bit is one; 0 when there is none, also for no rows.
///
/// Shapes:   n rows of k >= 1 planes, `valid` of n rows; the result has one row and k planes.
/// Cost:     n*k ANDs and 1 round for `valid`, then (n - 1) * 2*k ANDs (kRipple) in ceil(log2 n) * (k + 1)
///           rounds, or (n - 1) * (4*k - 2) at most (kLog) in ceil(log2 n) * (2 + ceil(log2 k)) rounds. The
///           default chooses for each level of the tournament, by the rows that are left.
/// Security: as And: not verified until something is opened. Which row wins, and how often, stays secret.
[[nodiscard]] Task<BitColumn> Max(Ctx& ctx, BitColumn values, BitPlane valid,
                                  std::optional<Depth> depth = std::nullopt);

/// The smallest valid value; all ones when there is none, also for no rows. Otherwise as Max.
[[nodiscard]] Task<BitColumn> Min(Ctx& ctx, BitColumn values, BitPlane valid,
                                  std::optional<Depth> depth = std::nullopt);

}  // namespace mpcstats
