#include "mpcstats/engine/boolean/rows.h"

#include <algorithm>
#include <bit>

namespace mpcstats {

FoldedRows FoldRows(const BitPlane& plane) {
  CHECK(plane.rows() >= 2);
  const std::size_t half = std::bit_ceil(plane.rows()) / 2;
  const std::size_t above = plane.rows() - half;
  return {.lower_half = plane.Slice(0, half), .high = plane.Slice(half, above), .low = plane.Slice(0, above)};
}

BitPlane ExtendRows(const BitPlane& plane, std::size_t rows) {
  CHECK(rows >= plane.rows());
  if (rows == plane.rows()) return plane;
  PlaneWriter writer(1, rows);
  const std::size_t words = WordsFor(rows);
  std::fill(std::copy_n(plane.own(), plane.words(), writer.own(0)), writer.own(0) + words, 0);
  std::fill(std::copy_n(plane.next(), plane.words(), writer.next(0)), writer.next(0) + words, 0);
  return std::move(writer).Take()[0];
}

}  // namespace mpcstats
