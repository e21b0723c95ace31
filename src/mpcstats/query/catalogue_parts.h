// A figure of a catalogue, checked against the survey's columns: what catalogue.cc makes plans of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpcstats/query/catalogue.h"
#include "mpcstats/query/parse.h"

namespace mpcstats {

/// Of whom, and whether one by one for the cells: of the partition, or of a grouping.
struct Selection {
  bool split = false;
  std::optional<std::size_t> grouping = std::nullopt;
  std::optional<std::size_t> filter = std::nullopt;
  bool operator==(const Selection&) const = default;
};

/// A figure of which everything is known that does not depend on the number of rows.
struct CheckedFigure {
  Expression expression;             ///< numbers of categories are filled in
  std::vector<PlanSource> sources;   ///< of the call's values, in its order
  std::vector<ColumnInfo> infos;     ///< of the same
  std::vector<std::size_t> columns;  ///< of the survey, in all of the sources
  std::string line;                  ///< of SurveyPlan::text, without the cell
  std::size_t opened_numbers = 1;    ///< Statistic::opened_numbers, times the terms of values that are formed
  bool split = false;
  std::optional<std::size_t> grouping = std::nullopt;
  std::optional<std::size_t> filter = std::nullopt;
  [[nodiscard]] Selection selection() const { return {split, grouping, filter}; }
};

/// What is public about a number or a category.
[[nodiscard]] ColumnInfo InfoOf(const SurveyColumn& column);

/// All figures; filters, groupings and classes are added to the plan, each once.
[[nodiscard]] Result<std::vector<CheckedFigure>> CheckFigures(const Survey& survey, std::size_t rows,
                                                              SurveyPlan* out);

/// Cells that a figure is split into.
[[nodiscard]] std::size_t CellsOfSplit(const Survey& survey, const SurveyPlan& plan,
                                       std::optional<std::size_t> grouping);

/// Refuses more than kMostCells, and more numbers about a column than group_min allows. SurveyPlan::gate_cells.
[[nodiscard]] Result<std::size_t> CheckLimits(const Survey& survey, const std::vector<CheckedFigure>& checked,
                                              const SurveyPlan& plan);

}  // namespace mpcstats
