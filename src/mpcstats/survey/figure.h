// A figure of a catalogue, taken apart: what is computed, of whom, and into which cells it is split.
//
//   ASSIGN_OR_RETURN(const std::vector<FigureParts> figures, ReadFigures(survey, expr));  // a query may hold several
//   for (const std::string& cell : CellsOf(survey, figure)) { ... }
//
// A figure is `mean(income)`, or `SELECT mean(income) FROM data WHERE age >= 30 GROUP BY region`: the query language of
// docs/query-language.md on the one table of the answers. Types are checked where statistics are known (query/catalogue.h).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/language/syntax.h"
#include "mpcstats/survey/survey.h"

namespace mpcstats {

struct FigureParts {
  std::string text;  ///< canonical: CatalogueFigure::expression
  std::string item;  ///< the statistic's call alone, "mean(income)"
  std::string statistic;
  std::vector<Node> values;          ///< of the call, one or more: columns, or what is formed from columns
  std::vector<std::string> columns;  ///< of the values, in their order
  std::vector<Decimal> numbers;
  std::vector<std::string> texts;  ///< in place of numbers: categories of a column
  std::optional<Node> where;       ///< of queries
  std::optional<Grouping> group_by;
  std::vector<std::string> selecting;  ///< columns of `where` and `group_by`, each once, ascending

  /// Whether some value is not a column as it is asked, such as income + bonus.
  [[nodiscard]] bool forms_values() const;
  /// Who counts, and in which cells: the same for all figures of the same selection. Empty for everybody.
  [[nodiscard]] std::string Selection() const;
};

/// Names of the columns in `node`, in their order.
[[nodiscard]] std::vector<std::string> ColumnsNamedIn(const Node& node);

/// Columns about which the figure is an equation: those that it is of, and those that decide who counts. The partition's cells
/// are counted, and nobody is told apart by them.
[[nodiscard]] std::set<std::string> EquationColumns(const Survey& survey, const FigureParts& parts);

/// Whether the text is a query, and not one statistic alone.
[[nodiscard]] bool IsQuery(std::string_view text);

/// One for each statistic that the text names. A query without WHERE and GROUP BY gives the short form.
///
/// Errors: kInvalidArgument, one sentence; inside of a query with the character: what does not parse, names no column of the survey
///         or its hidden identifier, compares a category with a text that it does not have, groups by what is none, forms a value
///         from what is no number or as a product of columns, or asks for what surveys do not do (two tables, count(*)).
[[nodiscard]] Result<std::vector<FigureParts>> ReadFigures(const Survey& survey, std::string_view text);

/// Of a canonical text; CHECKs that it is one.
[[nodiscard]] FigureParts PartsOf(const Survey& survey, const CatalogueFigure& figure);

/// The names of a figure's cells in their order: the partition's categories, or the groups of its query. One empty name for
/// a figure that is not split.
[[nodiscard]] std::vector<std::string> CellsOf(const Survey& survey, const CatalogueFigure& figure);
/// What it is split by, as people read it: a column's label, or a bucket as it is written. Empty when it is not split.
[[nodiscard]] std::string SplitLabel(const Survey& survey, const CatalogueFigure& figure);

/// The name of the statistic in a canonical text.
[[nodiscard]] std::string_view StatisticOf(std::string_view expression);

}  // namespace mpcstats
