// Shuffle: the rows in an order that no party knows.
#pragma once

#include "mpcstats/engine/rows.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// A fresh sharing of the same rows, permuted by pi_2 . pi_0 . pi_1, of which each party lacks one.
///
/// Cost:     for W words a row: W products in GF(2^64) a row, four messages of W + 1 words a row in all, 7 rounds and a
///           fence.
/// Security: an altered row survives with probability at most 2^-63 a shuffle; checked before the result is used. All
///           payload, validity and index are covered by the tags; keys are fresh and opened only after all rows arrived.
/// Errors:   ends the session (kCheatingDetected).
/// Source:   docs/protocol.md section 8.
[[nodiscard]] Task<SharedRows> Shuffle(Ctx& ctx, SharedRows rows);

}  // namespace mpcstats
