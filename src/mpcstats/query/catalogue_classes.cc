#include <algorithm>
#include <set>

#include "mpcstats/query/catalogue.h"

namespace mpcstats {

namespace {

std::string TextOf(const Survey& survey, const SurveyClasses& classes) {
  constexpr std::string_view kKinds[] = {" in each of", " between", " in any of"};
  std::string text =
      survey.columns[classes.column].name + std::string(kKinds[static_cast<int>(classes.classes.kind)]);
  for (const Decimal& at : classes.classes.at) text += " " + FormatDecimal(at);
  return text;
}

// Sums of values, which whoever adds up columns knows of each column. All others may hold a product of two columns, or an order in which
// one of them decides before the other.
bool OpensSumsAlone(const Statistic& statistic, const StatisticCall& call) {
  if (statistic.degree != 1 || statistic.shows_one_value) return false;
  for (std::size_t position = 0; position < call.types.size(); ++position) {
    if ((statistic.NeedsOf(call, position) & (kSorted | kSortedField)) != 0) return false;
  }
  return true;
}

bool HasTwoValues(const SurveyColumn& column) {
  return column.kind == ColumnKind::kNumber && column.max_units - column.min_units == 1;
}

}  // namespace

std::vector<SurveyClasses> ClassesOf(const Survey& survey, std::span<const PlanSource> sources,
                                     const Statistic& statistic, const StatisticCall& call) {
  std::vector<SurveyClasses> all;
  for (Classes& classes : statistic.ClassesOf(call)) {
    SurveyClasses one;
    one.column = sources[classes.column].columns[0];
    one.classes = std::move(classes);
    all.push_back(std::move(one));
  }
  std::set<std::size_t> columns;
  for (const PlanSource& source : sources) columns.insert(source.columns.begin(), source.columns.end());
  if (columns.size() > 1 && !OpensSumsAlone(statistic, call)) {
    for (const std::size_t c : columns) {
      const SurveyColumn& column = survey.columns[c];
      if (!HasTwoValues(column)) continue;
      SurveyClasses one;
      one.column = c;
      one.classes.at = {Decimal(column.min_units, column.scale), Decimal(column.max_units, column.scale)};
      all.push_back(std::move(one));
    }
  }
  for (SurveyClasses& one : all) one.text = TextOf(survey, one);
  return all;
}

}  // namespace mpcstats
