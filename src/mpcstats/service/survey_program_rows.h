// The rows of a batch, as people sent them, turned into planes.
#pragma once

#include <span>
#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/service/survey_program.h"

namespace mpcstats {

/// Bits [first_bit, first_bit + bits) of the rows `which`, in this order, a plane each, lowest first.
///
/// Shapes: `rows_out` rows, at least as many as `which`; those behind are zero. Bits behind a row's bytes are zero.
/// Cost:   local; a transposition of 64x64 bits for each 64 rows and 64 bits of either component.
[[nodiscard]] BitPlanes PlanesOfAnswers(const std::vector<RowShares>& rows,
                                        std::span<const std::size_t> which, unsigned first_bit, unsigned bits,
                                        std::size_t rows_out);

/// The public bit [row < people], as a sharing.
[[nodiscard]] BitPlane FirstRows(PartyIndex self, std::size_t people, std::size_t rows);
/// `plane` with the rows from `people` on zero. Local.
[[nodiscard]] BitPlane OnlyFirstRows(const BitPlane& plane, std::size_t people);

}  // namespace mpcstats
