#include "mpcstats/service/receipt_text.h"

#include <fmt/format.h>

#include <algorithm>

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

// Whether the value adds up columns, and does not multiply: then it is in their unit.
bool IsSum(const Node& value) {
  return value.kind != NodeKind::kMultiply && std::ranges::all_of(value.children, IsSum);
}

// The unit of a column, and of a sum the one that all its columns have. Nothing where there is none.
std::string UnitOf(const Survey& survey, const CatalogueFigure& figure, const PlanSource& source) {
  const std::string& unit = survey.columns[source.columns[0]].unit;
  if (!source.value) return unit;
  const bool alike = std::ranges::all_of(
      source.columns, [&](std::size_t column) { return survey.columns[column].unit == unit; });
  return alike && IsSum(PartsOf(survey, figure).values[0]) ? unit : "";
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
    if (item.columns.size() == 1 && item.statistic->in_units) {
      output.unit = UnitOf(survey, figure, cell.sources[item.columns[0]]);
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace mpcstats
