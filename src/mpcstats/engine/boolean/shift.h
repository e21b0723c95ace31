// The leading one of a column, and shifts by a secret number of places.
#pragma once

#include <optional>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Not verified until something is opened (and.h). Widths are public.

/// Bit i of the result is the OR of the bits i and above: the leading one and every place below it are one.
///
/// Shapes:   k planes in, k out; k = 0 is allowed.
/// Cost:     kRipple k - 1 ANDs a row and rounds; kLog at most k/2 * ceil(log2 k) ANDs a row, ceil(log2 k)
///           rounds.
[[nodiscard]] Task<BitColumn> PrefixOr(Ctx& ctx, BitColumn x, std::optional<Depth> depth = std::nullopt);

/// The leading one alone; zero for zero. Cost: as PrefixOr.
[[nodiscard]] Task<BitColumn> OneHotLeading(Ctx& ctx, BitColumn x, std::optional<Depth> depth = std::nullopt);

/// x * 2^amount modulo 2^out_bits.
///
/// Shapes:   equal rows; any amount is allowed, also one that shifts everything out.
/// Cost:     amount.bits() rounds; at most out_bits ANDs a row and round (none for planes known to be zero).
[[nodiscard]] Task<BitColumn> BarrelShiftLeft(Ctx& ctx, BitColumn x, BitColumn amount, unsigned out_bits);

/// floor(x / 2^amount), of x.bits() planes. Cost: amount.bits() rounds; at most x.bits() ANDs a row and
/// round.
[[nodiscard]] Task<BitColumn> BarrelShiftRight(Ctx& ctx, BitColumn x, BitColumn amount);

}  // namespace mpcstats
