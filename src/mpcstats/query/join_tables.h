// Two tables of one's own under each other, as `FROM a JOIN b ON a.key = b.key` takes them.
//
//   RETURN_IF_ERROR(CheckJoin(query, text, &fault_at));
//   ASSIGN_OR_RETURN(const Table left, ReadTableFile(a_file, WantedOfTable(query, "a", ColumnContent::kNumber), {}));
//   ASSIGN_OR_RETURN(const StackedTables both, StackTables(query, ColumnContent::kNumber, left, right));
//   ASSIGN_OR_RETURN(const QueryPlan plan, PlanQuery(query, both.columns, both.table.rows, text, &fault_at));
#pragma once

#include <string_view>
#include <vector>

#include "mpcstats/language/syntax.h"
#include "mpcstats/query/plan.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

/// The last two columns of stacked tables: the key of every row, and one where the row is of the left table. No column of a
/// query has such a name, as theirs have a dot.
inline constexpr std::string_view kJoinKey = "join key";
inline constexpr std::string_view kJoinLeft = "join left";

/// Columns of the left table, columns of the right one, key, and side; rows of the left table, then those of the right
/// one. What a table does not have is missing.
struct StackedTables {
  Table table;
  /// `may_be_missing` is about the rows of the column's own table.
  std::vector<ColumnInfo> columns;
};

/// Whether the query's tables and names are those of a join: two different tables, a key of each, and every column written
/// with its table.
///
/// Errors: kInvalidArgument or kNotFound, one sentence with the character; `fault_at`, unless null, becomes its byte.
[[nodiscard]] Status CheckJoin(const Query& query, std::string_view text, std::size_t* fault_at);

/// The name of a column as it is stored: with its table when the query joins two.
[[nodiscard]] std::string StoredName(const Query& query, const Node& column);

/// What a checked join reads of one table: its columns of the query, and behind them the key as `key`, unless it is one of
/// them.
[[nodiscard]] std::vector<WantedColumn> WantedOfTable(const Query& query, std::string_view table,
                                                      ColumnContent key);

/// Both tables as one, keys in a type that holds those of both: equal keys become equal integers.
///
/// Shapes: each table was read with WantedOfTable, both with the same `key`.
/// Errors: kInvalidArgument when the keys together need more than 18 digits, or have more than 4,096 texts.
[[nodiscard]] Result<StackedTables> StackTables(const Query& query, ColumnContent key, Table left,
                                                Table right);

/// The join in the clear, for tests: its rows, with the columns of `stacked` but the last two. Keys of the right table are
/// unique.
[[nodiscard]] Table PlainJoin(const StackedTables& stacked);

}  // namespace mpcstats
