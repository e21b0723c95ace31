// Rows of shared words: the row-major form of a table, for shuffling and sorting. Word w of row r is element r of
// words[w]; a word is an element of GF(2^64), so tags are ordinary products.
#pragma once

#include <vector>

#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"

namespace mpcstats {

struct SharedRows {
  std::vector<ArithColumn<Gf2_64>> words;
  [[nodiscard]] std::size_t rows() const { return words.empty() ? 0 : words[0].rows(); }
};

/// Bit-sliced planes, lowest first, to rows of ceil(bits / 64) words. Local.
[[nodiscard]] SharedRows RowsOf(const BitColumn& column);
/// The inverse: the first `bits` planes of the rows. Local.
[[nodiscard]] BitColumn PlanesOfRows(const SharedRows& rows, unsigned bits);

}  // namespace mpcstats
