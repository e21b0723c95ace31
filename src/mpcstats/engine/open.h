// Open: the only way from shares to a plaintext. It drains, proves and verifies everything recorded by every fiber, then
// opens with redundancy: the missing component from one holder, its hash from the other, compared before use.
#pragma once

#include <string_view>
#include <vector>

#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"
#include "mpcstats/field/fp127.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {

/// Opened planes: for each plane its words, bits behind the last row zero.
using PublicPlanes = std::vector<std::vector<std::uint64_t>>;

/// Opens to all three parties. `label` names what leaves, for the disclosure record of the session.
///
/// Cost:     a fence (verify.h), then 1 round; the planes' words to the next party and 32 bytes to the previous.
/// Security: nothing is opened before all gates recorded so far are verified; a wrong component is caught unless
///           SHA-256 collides.
/// Errors:   ends the session (kCheatingDetected).
[[nodiscard]] Task<PublicPlanes> Open(Ctx& ctx, BitPlanes planes, std::string_view label);
[[nodiscard]] Task<std::vector<Fp127>> Open(Ctx& ctx, ArithColumn<Fp127> values, std::string_view label);
[[nodiscard]] Task<std::vector<Gf2_64>> Open(Ctx& ctx, ArithColumn<Gf2_64> values, std::string_view label);

/// Opens one-row planes as an unsigned number of up to 128 bits, lowest plane first.
[[nodiscard]] Task<unsigned __int128> OpenNumber(Ctx& ctx, BitColumn scalar, std::string_view label);

/// Opens to parties 0 and 2 only, for B2A: party 1, which knows both masks, must not see the value. At party 1 the
/// result is empty.
[[nodiscard]] Task<PublicPlanes> OpenToZeroAndTwo(Ctx& ctx, BitPlanes planes);

}  // namespace mpcstats
