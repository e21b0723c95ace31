// Selection by a secret bit.
#pragma once

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// selector ? if_one : if_zero, row by row.
///
/// Shapes:   both columns have k planes and the selector's rows; a selector of one row serves all rows.
/// Cost:     1 round, k ANDs a row.
/// Security: as And: not verified until something is opened.
[[nodiscard]] Task<BitColumn> Mux(Ctx& ctx, BitPlane selector, BitColumn if_one, BitColumn if_zero);
[[nodiscard]] Task<BitPlanes> Mux(Ctx& ctx, BitPlane selector, BitPlanes if_one, BitPlanes if_zero);
[[nodiscard]] Task<BitPlane> Mux(Ctx& ctx, BitPlane selector, BitPlane if_one, BitPlane if_zero);

/// selector ? x : 0. Shapes and cost as Mux.
[[nodiscard]] Task<BitColumn> ZeroUnless(Ctx& ctx, BitPlane selector, BitColumn x);

}  // namespace mpcstats
