// From a survey's catalogue to plans: what a release computes, derived by each party from the signed survey alone.
//
//   ASSIGN_OR_RETURN(const SurveyPlan plan, PlanSurvey(survey, rows));
//   for (const SurveyOutput& output : plan.outputs) { ... }   // figures in the order in which they are published
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpcstats/query/plan.h"
#include "mpcstats/survey/survey.h"

namespace mpcstats {

struct SurveyOutput {
  std::size_t figure = 0;           ///< index into Survey::figures
  std::optional<std::size_t> cell;  ///< category of the partition; none for everybody
  std::size_t plan = 0;             ///< index into SurveyPlan::plans
  std::size_t item = 0;             ///< index into that plan's items
};

/// One plan for everybody and one for each cell that a figure is split by; each over the survey columns that it uses.
struct CellPlan {
  std::optional<std::size_t> cell;
  std::vector<std::size_t> survey_columns;  ///< of plan.columns
  Plan plan;
};

struct SurveyPlan {
  std::vector<CellPlan> plans;
  std::vector<SurveyOutput> outputs;  ///< in catalogue order, cells in category order
  std::string text;                   ///< canonical, for the receipt; one line an output
  /// Hash of everything that decides what a release does; part of the session's view.
  [[nodiscard]] Bytes32 Hash() const;
};

/// The plans of the whole catalogue for `rows` rows, as padded in the batches. A line of `text` reads `mean(balance)`, or
/// `mean(balance) where region is "north"` for a cell.
///
/// Errors: as CheckCatalogue, for this number of rows.
[[nodiscard]] Result<SurveyPlan> PlanSurvey(const Survey& survey, std::size_t rows);

/// Rows for which CheckCatalogue makes sure that every figure fits.
inline constexpr std::size_t kCatalogueRows = 1'000'000;

/// What ParseSurvey cannot see: that the statistics exist, take such columns, fit at a million people, and that those which
/// show one person's value (Statistic::shows_one_value) are turned on.
///
/// Errors: kInvalidArgument or kNotFound, one sentence that names the figure and the fix.
[[nodiscard]] Status CheckCatalogue(const Survey& survey);

}  // namespace mpcstats
