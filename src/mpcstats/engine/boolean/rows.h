// Laying the upper part of the rows over the lower, for reductions over rows.
#pragma once

#include "mpcstats/engine/bits.h"

namespace mpcstats {

struct FoldedRows {
  BitPlane lower_half;  ///< the first h rows, h the largest power of two below the number of rows
  BitPlane high;        ///< the rows from h on, at most h
  BitPlane low;         ///< the first of the lower half, as many as `high` has
};

/// Splits a plane of at least two rows. Local.
[[nodiscard]] FoldedRows FoldRows(const BitPlane& plane);

/// `plane` with zero rows behind it, `rows` in all. Local.
[[nodiscard]] BitPlane ExtendRows(const BitPlane& plane, std::size_t rows);

}  // namespace mpcstats
