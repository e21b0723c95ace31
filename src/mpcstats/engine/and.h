// AND of shared bits: one round, one bit for each gate to the previous party, recorded for verification.
#pragma once

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// z_p = x_p & y_p for each pair of planes.
///
/// Shapes:   x and y have equally many planes; x[p] and y[p] equal rows; pairs may differ from each other.
/// Cost:     1 round for each 2^22 gates or part of them; sum of rows gates, one bit each to the previous party, rounded up to words for each plane
///           (planes of fewer than 64 rows are packed together).
/// Security: the result is not verified; Open waits for that.
/// Source:   Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016, section 3.
[[nodiscard]] Task<BitPlanes> And(Ctx& ctx, BitPlanes x, BitPlanes y);

/// One pair.
[[nodiscard]] Task<BitPlane> And(Ctx& ctx, BitPlane x, BitPlane y);

/// y_p & bit for every plane; `bit` has the planes' rows.
[[nodiscard]] Task<BitPlanes> AndEach(Ctx& ctx, BitPlanes x, BitPlane bit);

}  // namespace mpcstats
