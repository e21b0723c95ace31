// A plan: which statistics of which columns, checked against their types before anything runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/query/parse.h"
#include "mpcstats/stats/statistic.h"
#include "mpcstats/table/category.h"

namespace mpcstats {

/// Rows of a plan: what the widths of indices and sums are made for.
inline constexpr std::size_t kMaxRows = std::size_t{1} << 28;
/// Most expressions in one plan.
inline constexpr std::size_t kMaxExpressions = 1024;

/// What is public about a stored column.
struct ColumnInfo {
  std::string name;
  ColumnType type;
  ColumnContent content = ColumnContent::kNumber;
  std::vector<std::string> categories = {};  ///< of kCategory, ascending by bytes
  bool may_be_missing = true;  ///< when false, no cell is missing, and nobody computes with that
};

struct PlanItem {
  Expression expression;
  const Statistic* statistic = nullptr;
  std::vector<std::size_t> columns;  ///< indices into Plan::columns, in the order of the call
  std::vector<Decimal> numbers;
  std::optional<std::size_t> joint;  ///< index into Plan::joints, for statistics of several columns
};

/// Columns of which a row counts where none is missing; one for all statistics of the same columns.
struct JointColumns {
  std::vector<std::size_t> columns;  ///< indices into Plan::columns, ascending
  std::vector<unsigned> needs;       ///< of each, beyond what Plan::needs prepares: sorts
};

struct Plan {
  std::size_t rows = 0;
  std::vector<ColumnInfo> columns;
  std::vector<unsigned> needs;        ///< for each column, before the run
  std::vector<std::uint8_t> counted;  ///< for each column: a statistic of it alone opens its count
  std::vector<JointColumns> joints;
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

/// What PlanExpressions refuses: which expression, and which of its numbers if it is one.
struct PlanFault {
  std::optional<std::size_t> expression;
  std::optional<std::size_t> number;
};

/// The same from expressions that are parsed, perhaps over values that stand as texts in a query. `fault` may be null.
[[nodiscard]] Result<Plan> PlanExpressions(std::vector<Expression> expressions,
                                           std::vector<ColumnInfo> columns, std::size_t rows,
                                           PlanFault* fault = nullptr);

/// The columns that the expressions name, each once, in order of appearance; before any table is read.
[[nodiscard]] Result<std::vector<std::string>> ColumnsOf(const std::vector<std::string>& expressions);

}  // namespace mpcstats
