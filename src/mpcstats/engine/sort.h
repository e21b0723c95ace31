// Sort: shuffle, then quicksort on opened comparisons (Hamada et al., ICISC 2012).
#pragma once

#include "mpcstats/engine/rows.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

struct SortOptions {
  /// ANDs that cost about as much time as the rounds of one level: more pivots a level are used below it. Public.
  std::size_t level_gates = std::size_t{1} << 18;
};

/// The values of the valid rows in ascending order, then a zero for each invalid row. All n rows take part, with the key
/// (not valid, value, secret index), so the opened pattern is that of a random permutation of distinct keys.
///
/// Shapes:   n rows of up to 64 bits; the result has n rows of the same width.
/// Cost:     a shuffle of rows of 1 + bits + log2 n bits; about 2 n ln n comparisons of that width with one pivot a
///           level, fewer levels and more comparisons when the rows are few.
/// Security: docs/protocol.md section 9: what is opened does not depend on values, ties, validity or their number.
[[nodiscard]] Task<BitColumn> Sort(Ctx& ctx, BitColumn values, BitPlane valid, SortOptions options = {});

struct SortedTable {
  BitColumn values;
  BitColumn payload;
};
/// The same with other planes of the row, which travel with it and are zero where the row is invalid.
///
/// Shapes:   `payload` has n rows of any width, also none.
/// Cost:     as Sort; the shuffle is of rows that are wider by the payload. Comparisons do not see it.
[[nodiscard]] Task<SortedTable> SortWith(Ctx& ctx, BitColumn values, BitPlane valid, BitColumn payload,
                                         SortOptions options = {});

}  // namespace mpcstats
