#include "mpcstats/service/receipt_text.h"

#include <fmt/format.h>

#include "mpcstats/survey/figure.h"

namespace mpcstats {

namespace {

// What is undefined has neither a value nor a bound.
template <typename Valued>
void SetValue(const Figure& figure, Valued* out) {
  out->undefined = figure.undefined;
  if (!figure.undefined.empty()) return;
  out->value = fmt::format("{}", figure.value);
  out->exact = figure.exact_text;
  out->error_bound = fmt::format("{}", figure.error_bound);
}

}  // namespace

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
    if (figures[i].parts.empty()) {
      SetValue(figures[i], &output);
    } else {
      for (const Figure& one : figures[i].parts) {
        ReceiptPart part;
        part.name = one.name;
        SetValue(one, &part);
        output.parts.push_back(std::move(part));
      }
    }
    if (item.columns.size() == 1 && item.statistic->in_units) output.unit = column.unit;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace mpcstats
