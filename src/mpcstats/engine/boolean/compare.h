// Comparisons of unsigned columns, and trees of AND and OR.
//
//   BitPlane poor = co_await LessThanPublic(ctx, income, 20'000);
#pragma once

#include <optional>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Every comparison: one plane out, equal rows in; rows = 0 is allowed and sends nothing. Not verified until
// something is opened. Widths and public operands are public and decide the cost; values never do.

/// x < y for unsigned columns of equal width k >= 1.
///
/// Cost: kRipple k ANDs a row, k rounds. kLog 3*k - 2 - log2(k) ANDs a row for a power of two k (at most 3*k
///       - 2 otherwise), 1 + ceil(log2 k) rounds.
[[nodiscard]] Task<BitPlane> LessThan(Ctx& ctx, BitColumn x, BitColumn y,
                                      std::optional<Depth> depth = std::nullopt);

/// x < value. False for value = 0 and true for value >= 2^k, both free.
///
/// Cost: with t trailing zeros in `value`: kRipple k - 1 - t ANDs a row and rounds; kLog at most 2*(k - 1 -
///       t) ANDs a row, ceil(log2(k - t)) rounds. A power of two tests single bits.
[[nodiscard]] Task<BitPlane> LessThanPublic(Ctx& ctx, BitColumn x, unsigned __int128 value,
                                            std::optional<Depth> depth = std::nullopt);
/// x >= value; the complement, at the same cost.
[[nodiscard]] Task<BitPlane> GreaterOrEqualPublic(Ctx& ctx, BitColumn x, unsigned __int128 value,
                                                  std::optional<Depth> depth = std::nullopt);

/// x == y for equal widths k >= 1. Cost: k - 1 ANDs a row, ceil(log2 k) rounds.
[[nodiscard]] Task<BitPlane> Equal(Ctx& ctx, BitColumn x, BitColumn y);
/// x == value; false and free when value >= 2^k. Cost: as Equal.
[[nodiscard]] Task<BitPlane> EqualPublic(Ctx& ctx, BitColumn x, unsigned __int128 value);
/// x == 0. Cost: as Equal.
[[nodiscard]] Task<BitPlane> IsZero(Ctx& ctx, BitColumn x);

/// AND / OR of all planes (at least one, equal rows). Cost: planes - 1 ANDs a row, ceil(log2 planes) rounds.
[[nodiscard]] Task<BitPlane> AllOf(Ctx& ctx, BitPlanes planes);
[[nodiscard]] Task<BitPlane> AnyOf(Ctx& ctx, BitPlanes planes);
/// x | y plane by plane. Cost: one AND a row and plane, 1 round.
[[nodiscard]] Task<BitPlanes> Or(Ctx& ctx, BitPlanes x, BitPlanes y);
[[nodiscard]] Task<BitPlane> Or(Ctx& ctx, BitPlane x, BitPlane y);

/// OR over the rows of a plane: one row out; zero for no rows.
///
/// Cost: rows - 1 ANDs, ceil(log2 rows) rounds: the upper part of the rows is laid over the lower.
[[nodiscard]] Task<BitPlane> AnyRow(Ctx& ctx, BitPlane plane);

}  // namespace mpcstats
