// Between bits and F_p, p = 2^127 - 1.
#pragma once

#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

inline constexpr unsigned kFieldBits = 127;
/// Widest column that BitsToField takes: c = x + R1 + R2 has bits + 66 <= 127 bits.
inline constexpr unsigned kMaxConvertBits = 61;

/// Unsigned numbers of up to 61 bits as field elements.
///
/// Shapes:   n rows in, n out; long columns are converted in pieces of 2^17 rows.
/// Cost:     a piece: 2k + 129 ANDs a row for k bits, opened to two parties; about k + 70 rounds and a fence. Up to 2^14
///           rows, where rounds are dearer, 456 ANDs a row for 1 bit to 996 for 61, about 10 rounds and a fence.
/// Security: the opened c = x + R1 + R2 with masks of k + 64 bits is within 2^-64 a row of a distribution that does not
///           depend on x, for each party; party 1, which knows both masks, never sees c.
/// Source:   the shape of ABY3's conversion (Mohassel and Rindal, CCS 2018, section 5.3) with statistical masks;
///           docs/protocol.md section 7.
[[nodiscard]] Task<ArithColumn<Fp127>> BitsToField(Ctx& ctx, BitColumn x);

/// Field elements as bits: the canonical residue in [0, p), 127 planes.
///
/// Cost:     1,699 ANDs a row and 25 rounds up to 2^14 rows: for the few aggregates of a statistic.
/// Security: nothing is opened.
/// Source:   docs/protocol.md section 7.
[[nodiscard]] Task<BitColumn> FieldToBits(Ctx& ctx, ArithColumn<Fp127> x);

}  // namespace mpcstats
