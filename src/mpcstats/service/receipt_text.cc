#include "mpcstats/service/receipt_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/survey/figure.h"

namespace mpcstats {

std::vector<ReceiptOutput> OutputsOf(const Survey& survey, const SurveyPlan& plan,
                                     const std::vector<Figure>& figures) {
  std::vector<ReceiptOutput> outputs;
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const SurveyOutput& source = plan.outputs[i];
    const CatalogueFigure& figure = survey.figures[source.figure];
    const CellPlan& cell = plan.plans[source.plan];
    const PlanItem& item = cell.plan.items[source.item];
    const SurveyColumn& column = survey.columns[cell.survey_columns[item.columns[0]]];
    ReceiptOutput output;
    output.expression = figure.expression;
    output.label = figure.label;
    if (source.cell) output.cell = CellsOf(survey, figure)[*source.cell];
    output.undefined = figures[i].undefined;
    output.error_bound = "0";
    if (figures[i].undefined.empty()) {
      output.value = fmt::format("{}", figures[i].value);
      output.exact = figures[i].exact_text;
      output.error_bound = fmt::format("{}", figures[i].error_bound);
    }
    const std::string_view name = item.statistic->name;
    constexpr std::string_view kWithoutUnit[] = {"count",    "gini",     "variance", "pvariance",
                                                 "skewness", "kurtosis", "top_share"};
    const bool in_units =
        item.columns.size() == 1 && std::ranges::find(kWithoutUnit, name) == std::end(kWithoutUnit);
    if (in_units) output.unit = column.unit;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace mpcstats
