// A query's plan: what is dealt, which rows count, which values the statistics see, and what each figure opens.
//
//   ASSIGN_OR_RETURN(const Query query, ParseQuery(text, nullptr));
//   ASSIGN_OR_RETURN(const Table table, ReadTableFile(path, WantedColumns(query), {}));
//   ASSIGN_OR_RETURN(const QueryPlan plan, PlanQuery(query, InfoOf(table), table.rows));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/query/bind.h"

namespace mpcstats {

/// How stacked tables (join_tables.h) are joined; the last two of QueryPlan::columns are the key and the side.
struct JoinPlan {
  std::size_t left_columns = 0;  ///< the first of QueryPlan::columns
  std::string left_key;          ///< as the query writes it
  std::string right_key;
};

struct QueryPlan {
  std::string text;                 ///< canonical; the parties derive the plan from it
  std::size_t rows = 0;             ///< of both tables when two are joined
  std::vector<ColumnInfo> columns;  ///< as dealt
  std::optional<JoinPlan> join;
  Condition where;
  std::optional<Groups> groups;
  std::vector<Value> values;  ///< of figures.columns
  Plan figures;               ///< all items, over the values
  /// With WHERE or groups: for each item whether its sums are formed by counting bits (count, sum, mean of one column).
  std::vector<std::uint8_t> counted;
  /// With WHERE or groups: the other items, over the same values; run once for each group.
  Plan rest;

  [[nodiscard]] std::size_t group_count() const { return groups ? groups->labels.size() : 1; }
  /// Figures in all: group by group, in each the items in their order.
  [[nodiscard]] std::size_t figure_count() const { return group_count() * figures.items.size(); }
  /// Whether every row counts.
  [[nodiscard]] bool takes_all_rows() const {
    return where.kind == ConditionKind::kAlways && !groups && !join;
  }
  /// Hash of everything that decides what the parties do; part of the session's view.
  [[nodiscard]] Bytes32 Hash() const;
  /// ANDs expected, for the progress bar.
  [[nodiscard]] std::uint64_t EstimatedGates() const;
};

/// What is public about the columns of a table of one's own: names, types, categories, and whether a cell is missing.
[[nodiscard]] std::vector<ColumnInfo> InfoOf(const Table& table);

/// Checks a query against the columns: names, types, widths.
///
/// Errors: as BindQuery and MakePlan; with EXPLAIN the same. `source` is the text that the positions of `query` count in;
///         `fault_at`, unless null, becomes the byte of what is wrong where that is known.
[[nodiscard]] Result<QueryPlan> PlanQuery(const Query& query, const std::vector<ColumnInfo>& columns,
                                          std::size_t rows, std::string_view source, std::size_t* fault_at);

/// From the canonical text. Errors: as ParseQuery and PlanQuery.
[[nodiscard]] Result<QueryPlan> PlanQueryText(std::string_view text, const std::vector<ColumnInfo>& columns,
                                              std::size_t rows);

/// The short form as a query of one table: `expressions` as items, FROM data. Errors: as ParseCall.
[[nodiscard]] Result<Query> QueryOf(const std::vector<std::string>& expressions);

/// For each item what it opens, in words, for EXPLAIN and the documentation of a result.
[[nodiscard]] std::vector<std::string> Disclosures(const QueryPlan& plan);

}  // namespace mpcstats
