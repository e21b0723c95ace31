// The rows of `a JOIN b ON a.key = b.key` on shares, by sorting both tables together.
#pragma once

#include <vector>

#include "mpcstats/query/execute.h"
#include "mpcstats/query/query_plan.h"

namespace mpcstats {

struct JoinedRows {
  std::vector<StoredColumn> columns;  ///< those of the query; rows in the order of the keys
  BitPlane matched;                   ///< one in the rows of the joined table, one for each row of it
};

/// Joins stacked tables (join_tables.h): rows of the left table get what the row of the right table with the same key has.
/// As many rows come out as went in, and how many of them are matched stays secret.
///
/// Shapes:   `stored` are `infos`' columns, key and side last.
/// Cost:     for N rows of both tables and keys of k bits: SortWith of k + 1 bits, which all columns travel with; k + 1 ANDs
///           a row; and 2 ANDs a row for each bit of the right table's columns, in 2 log2 N rounds.
/// Security: opens whether two rows of the right table have the same key ("keys repeat"), after everything before it
///           is verified; sort comparisons as Sort. Keys that are missing match nothing, also not each other.
/// Errors:   ends the session with kInvalidArgument when keys repeat, unless `repeats_allowed` (dry runs on made-up keys).
/// Source:   sort-merge join with a segmented scan: Badrinarayanan et al., Secret-shared joins with multiplicity from
///           aggregation trees, CCS 2022, for keys that are unique on one side.
[[nodiscard]] Task<JoinedRows> JoinStacked(Ctx& ctx, const std::vector<ColumnInfo>& infos,
                                           const JoinPlan& join, std::vector<StoredColumn> stored,
                                           bool repeats_allowed);

}  // namespace mpcstats
