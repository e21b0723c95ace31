// From a survey's catalogue to plans: what a release computes, derived by each party from the signed survey alone.
//
//   ASSIGN_OR_RETURN(const SurveyPlan plan, PlanSurvey(survey, rows));
//   for (const SurveyOutput& output : plan.outputs) { ... }   // figures in the order in which they are published
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpcstats/query/bind.h"
#include "mpcstats/survey/survey.h"

namespace mpcstats {

struct SurveyOutput {
  std::size_t figure = 0;           ///< index into Survey::figures
  std::optional<std::size_t> cell;  ///< index into CellsOf the figure; none when it is not split
  std::size_t plan = 0;             ///< index into SurveyPlan::plans
  std::size_t item = 0;             ///< index into that plan's items
};

/// A value that figures are of and that is formed from columns, such as income + bonus; in the survey's columns.
struct SurveyValue {
  std::string text;  ///< canonical
  Value value;
  ColumnType type;
  std::vector<std::size_t> columns;  ///< of the survey, ascending: all that it is formed from
};

/// Where a column of a plan comes from: a column of the survey, or a value that is formed from some.
struct PlanSource {
  std::vector<std::size_t> columns;                 ///< of the survey; one, or those of the value
  std::optional<std::size_t> value = std::nullopt;  ///< index into SurveyPlan::values
  bool operator==(const PlanSource&) const = default;
};

/// One plan for everybody and one for each cell that a figure is split by; each over the survey columns that it uses. And the
/// same again for each filter.
struct CellPlan {
  std::optional<std::size_t> cell;  ///< category of the partition, or group of `grouping`
  std::vector<PlanSource> sources;  ///< of plan.columns
  Plan plan;
  std::optional<std::size_t> grouping = std::nullopt;  ///< index into SurveyPlan::groupings
  std::optional<std::size_t> filter = std::nullopt;    ///< index into SurveyPlan::filters
};

/// The WHERE of some figures; its values and columns count in the survey's columns.
struct SurveyFilter {
  std::string text;
  Condition where;
};

/// By what a figure counts people apart beside its cells: the classes of a histogram, the values of a table.
struct SurveyClasses {
  std::string text;        ///< canonical
  std::size_t column = 0;  ///< of the survey
  Classes classes;
};

struct SurveyPlan {
  std::vector<CellPlan> plans;
  std::vector<ColumnInfo> columns;     ///< of the survey, each at its index, for filters and groupings
  std::vector<SurveyValue> values;     ///< each once
  std::vector<SurveyFilter> filters;   ///< each once
  std::vector<Groups> groupings;       ///< other than by the partition, each once
  std::vector<SurveyClasses> classes;  ///< each once
  std::size_t gate_cells =
      0;  ///< that the gate of a release counts, of kMostCells; 0 without the three above
  std::vector<SurveyOutput> outputs;  ///< in catalogue order, cells in category order
  std::string text;                   ///< canonical, for the receipt; one line an output
  /// Hash of everything that decides what a release does; part of the session's view.
  [[nodiscard]] Bytes32 Hash() const;
};

/// Whom a figure counts apart: what its statistic declares, and of a figure of several columns the two sides of each number column that
/// has two values. covariance(pay, flag) is the sum of the pay of those with a flag, less what is known; as a category the flag would
/// be a filter, which gates count. Sums of columns, which hold no product, count nobody apart. Of three values and more no
/// one number says what a class of them adds up to.
///
/// Shapes: `sources` and `call` in the order of the call; a statistic that declares classes has columns as sources.
[[nodiscard]] std::vector<SurveyClasses> ClassesOf(const Survey& survey, std::span<const PlanSource> sources,
                                                   const Statistic& statistic, const StatisticCall& call);

/// Most cells of a catalogue with filters, groups or tables, counted for each column of its figures: what every combination of
/// filters, groups and classes cuts out.
inline constexpr std::size_t kMostCells = 1024;

/// The plans of the whole catalogue for `rows` rows, as padded in the batches. A line of `text` reads `mean(balance)`, or
/// `mean(balance) where region is "north"` for a cell, or a query and its group.
///
/// Errors: as CheckCatalogue, for this number of rows.
[[nodiscard]] Result<SurveyPlan> PlanSurvey(const Survey& survey, std::size_t rows);

/// Rows for which CheckCatalogue makes sure that every figure fits.
inline constexpr std::size_t kCatalogueRows = 1'000'000;

/// What ParseSurvey cannot see: that the statistics exist, take such columns, fit at a million people, and that those which
/// show one person's value (Statistic::shows_one_value) are turned on; that filters fit the columns' types, are true of some
/// and not of all; that figures of several columns are of people who answered all of them; that what filters, groups and
/// classes cut out is no more than kMostCells, and that no column has more than group_min / 2 numbers; that values which are formed
/// from columns have at most 18 digits, and stand in statistics that have a degree (Statistic::degree).
///
/// Errors: kInvalidArgument, kNotFound, or kUnimplemented for a value in a statistic without a degree; one sentence that names the
///         figure and the fix.
[[nodiscard]] Status CheckCatalogue(const Survey& survey);

}  // namespace mpcstats
