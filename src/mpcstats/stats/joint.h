// Columns seen together: a row counts where none of them is missing.
#pragma once

#include <span>
#include <vector>

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// `encoded` where `valid`, else the encoding of zero: a row that is marked missing may hold anything.
///
/// Shapes:   type.bits planes in and out, of as many rows as `valid`.
/// Cost:     type.bits ANDs a row, 1 round.
/// Security: as And: not verified until something is opened.
[[nodiscard]] Task<BitColumn> ZeroWhereMissing(Ctx& ctx, ColumnType type, BitColumn encoded, BitPlane valid);

/// Opens the count of a prepared column and adds what the statistics share: the sort, and its values in the field.
///
/// Cost:     a popcount; a sort if `needs` has kSorted, and a conversion with kSortedField.
/// Security: opens the count as "n".
[[nodiscard]] Task<Done> CompleteColumn(Ctx& ctx, unsigned needs, ColumnShares* column);

/// The same for several columns at once, after a row that is missing in one of them is made missing in all.
///
/// Shapes:   columns of equal rows, each with what its `needs` asks for in the field (kField, kLimbs).
/// Cost:     an AND a row for each column but the first, and one popcount. If a row is missing: bits ANDs a row for each
///           column, BitToField of one plane, and a product a row for each field element of a column.
/// Security: opens the joint count as "n", not those of the columns. When it says that no row is missing, nothing needs
///           hiding, and nothing is done.
[[nodiscard]] Task<Done> JoinColumns(Ctx& ctx, std::vector<unsigned> needs,
                                     std::vector<ColumnShares>* columns);

}  // namespace mpcstats
