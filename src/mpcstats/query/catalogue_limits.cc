#include <algorithm>
#include <map>
#include <set>

#include "mpcstats/query/catalogue_parts.h"
#include "mpcstats/survey/figure.h"

namespace mpcstats {

namespace {

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

// Each filter doubles the cells of the gate; each grouping multiplies them, and so do the classes of each table.
Result<std::size_t> CellsOfGate(const Survey& survey, const std::vector<CheckedFigure>& checked,
                                const SurveyPlan& plan) {
  if (plan.filters.empty() && plan.groupings.empty() && plan.classes.empty()) return 0;
  std::set<std::size_t> columns;
  bool by_partition = false;
  for (const CheckedFigure& one : checked) {
    columns.insert(one.columns.begin(), one.columns.end());
    by_partition = by_partition || (one.split && !one.grouping);
  }
  std::size_t cells = columns.size();
  const auto multiply = [&](std::size_t by) { cells = std::min(cells * by, 2 * kMostCells); };
  if (by_partition) multiply(CellsOfSplit(survey, plan, std::nullopt));
  for (const Groups& groups : plan.groupings) multiply(groups.labels.size());
  for (std::size_t f = 0; f < plan.filters.size(); ++f) multiply(2);
  for (const SurveyClasses& classes : plan.classes) multiply(classes.classes.count() + 1);
  if (cells <= kMostCells) return cells;
  return Refuse("the catalogue's filters, groups and tables cut the answers of " +
                std::to_string(columns.size()) + " columns into more than " + std::to_string(kMostCells) +
                " cells, of which none may gain fewer people than group_min; take filters, groups, tables or "
                "columns out");
}

// As many exact equations as people can be solved for the people. What a survey's file alone can tell is checked where it is
// read, with one equation for each figure (survey_check.cc); here are those that open several numbers.
Status CheckEquations(const Survey& survey, const std::vector<CheckedFigure>& checked) {
  const auto several = [](const CheckedFigure& one) { return one.opened_numbers > 1; };
  if (std::ranges::none_of(checked, several)) return {};
  std::map<std::string, std::size_t> numbers;
  for (std::size_t f = 0; f < checked.size(); ++f) {
    for (const std::string& column : EquationColumns(survey, PartsOf(survey, survey.figures[f]))) {
      numbers[column] += checked[f].opened_numbers;
    }
  }
  for (const auto& [column, count] : numbers) {
    if (count <= survey.group_min / 2) continue;
    return Refuse(
        "the figures of \"" + column + "\" open " + std::to_string(count) +
        " numbers, each counted once for everybody and once when split, but group_min = " +
        std::to_string(survey.group_min) + " allows " + std::to_string(survey.group_min / 2) +
        ": enough exact numbers about a small group give its members' answers; take figures or values "
        "out, or write group_min = " +
        std::to_string(2 * count) + " or more");
  }
  return {};
}

// What is shown large is one number.
Status CheckHero(const Survey& survey) {
  const std::string& hero = survey.hero.expression;
  if (hero.empty()) return {};
  const Statistic* statistic = FindStatistic(StatisticOf(hero));
  if (statistic == nullptr || !statistic->has_parts) return {};
  return Refuse("[hero] shows " + hero + ", which has several values; name a figure of one value");
}

}  // namespace

std::size_t CellsOfSplit(const Survey& survey, const SurveyPlan& plan, std::optional<std::size_t> grouping) {
  return grouping ? plan.groupings[*grouping].labels.size()
                  : survey.columns[*survey.partition].categories.size();
}

Result<std::size_t> CheckLimits(const Survey& survey, const std::vector<CheckedFigure>& checked,
                                const SurveyPlan& plan) {
  ASSIGN_OR_RETURN(const std::size_t cells, CellsOfGate(survey, checked, plan));
  RETURN_IF_ERROR(CheckEquations(survey, checked));
  RETURN_IF_ERROR(CheckHero(survey));
  return cells;
}

}  // namespace mpcstats
