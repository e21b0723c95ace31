// Public tables at secret indices, and numbers as a leading one and the digits behind it: functions of one variable.
#pragma once

#include <span>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Not verified until something is opened (and.h). Widths and tables are public and decide the cost; values never do.

/// Plane i is one where the index is i: 2^index.bits() planes. At least one plane in, at most 12.
///
/// Cost: 2^k - k - 1 ANDs a row for k planes, ceil(log2 k) rounds.
[[nodiscard]] Task<BitPlanes> OneHot(Ctx& ctx, BitColumn index);

/// table[i] in the rows where plane i of a one-hot form is one, as `bits` planes; local. As many entries as planes.
[[nodiscard]] BitColumn Lookup(const BitPlanes& one_hot, std::span<const std::uint64_t> table, unsigned bits);

/// x = 2^exponent (1 + fraction), for x > 0.
struct Scientific {
  BitColumn fraction;  ///< the digits behind the leading one, the highest ones, cut off
  BitColumn exponent;  ///< place of the leading one
  BitColumn places;    ///< x.bits() - 1 - exponent
  BitPlane nonzero;
};
/// The leading one of every row and the `digits` digits behind it; a row of zero has zeros everywhere, also in `places`.
///
/// Cost: OneHotLeading and BarrelShiftLeft (shift.h) of x.bits() planes.
[[nodiscard]] Task<Scientific> ToScientific(Ctx& ctx, BitColumn x, unsigned digits);

}  // namespace mpcstats
