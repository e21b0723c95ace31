// The query language in the clear: what a query means, on a table that whoever runs it sees. The reference for the
// execution on shares, itself tested against SQLite.
#pragma once

#include <string>
#include <vector>

#include "mpcstats/language/syntax.h"
#include "mpcstats/stats/statistic.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

/// One group's figures, or those of the whole query.
struct PlainGroup {
  std::string label;                  ///< empty without GROUP BY
  std::vector<Figure> figures;        ///< in the order of the items
  std::vector<std::uint64_t> counts;  ///< the rows behind each figure
};

/// For each row whether `condition` is true in SQL's three-valued logic.
///
/// Shapes:   `table` has the columns that WantedColumns names; the query is one that BindQuery took.
[[nodiscard]] std::vector<std::uint8_t> RowsWhere(const Node& condition, const Table& table);

/// The groups in the order in which they are shown, empty ones too. Shapes: as RowsWhere; of a query with JOIN, `table` is
/// what PlainJoin gave.
[[nodiscard]] std::vector<PlainGroup> EvaluatePlain(const Query& query, const Table& table);

}  // namespace mpcstats
