// Random linear forms of an AND of two planes: whether any row has both bits, for the traffic of one field element.
//
//   FormSeed seed = co_await OpenFormSeed(ctx);
//   BitPlane any = co_await AnyAnd(ctx, active, column.planes[b], seed);
#pragma once

#include <array>
#include <cstdint>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// Public randomness that nobody could foresee when the inputs were fixed.
using FormSeed = std::array<std::uint8_t, 16>;

/// Opens 128 random bits that no party chose.
///
/// Cost: a fence and 1 round.
[[nodiscard]] Task<FormSeed> OpenFormSeed(Ctx& ctx);

/// [some row has x and y], one row.
///
/// Shapes:   x and y of equal rows, at least one.
/// Cost:     8 bytes to the previous party whatever the rows, then 63 ANDs; 7 rounds. The proof takes as long as that of
///           one AND a row.
/// Security: as And. Correct but with probability 2^-63 over the seed, when it says that no row has both though one has:
///           z = sum_w r_w (x & y)_w over GF(2^64), each word of 64 rows an element, r_w = rho_group sigma_word random.
[[nodiscard]] Task<BitPlane> AnyAnd(Ctx& ctx, BitPlane x, BitPlane y, FormSeed seed);

}  // namespace mpcstats
