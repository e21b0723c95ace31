// A plan: which statistics of which columns, checked against their types before anything runs.
#pragma once

#include <string>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/query/parse.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Most expressions in one plan.
/// Rows of a plan: what the widths of indices and sums are made for.
inline constexpr std::size_t kMaxRows = std::size_t{1} << 28;
inline constexpr std::size_t kMaxExpressions = 1024;

/// What is public about a stored column.
struct ColumnInfo {
  std::string name;
  ColumnType type;
};

struct PlanItem {
  Expression expression;
  const Statistic* statistic = nullptr;
  std::size_t column = 0;  ///< index into Plan::columns
  Decimal number{};
};

struct Plan {
  std::size_t rows = 0;
  std::vector<ColumnInfo> columns;
  std::vector<unsigned> needs;  ///< for each column
  std::vector<PlanItem> items;

  /// Hash of everything that decides what the parties do; part of the session's view.
  [[nodiscard]] Bytes32 Hash() const;
  /// ANDs expected, for the progress bar.
  [[nodiscard]] std::uint64_t EstimatedGates() const;
};

/// Checks expressions against the columns: names, numbers, widths.
///
/// Errors: kInvalidArgument or kNotFound, one sentence that names the expression and the fix.
[[nodiscard]] Result<Plan> MakePlan(const std::vector<std::string>& expressions,
                                    std::vector<ColumnInfo> columns, std::size_t rows);

/// The columns that the expressions name, each once, in order of appearance; before any table is read.
[[nodiscard]] Result<std::vector<std::string>> ColumnsOf(const std::vector<std::string>& expressions);

}  // namespace mpcstats
