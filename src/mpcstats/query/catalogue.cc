#include "mpcstats/query/catalogue.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/query/catalogue_parts.h"
#include "mpcstats/survey/figure.h"

namespace mpcstats {

namespace {

// The figures of the same people, as one plan.
struct Group {
  std::vector<std::size_t> figures;  // of the survey, in the order of the plan's items
  std::vector<PlanSource> sources;
  Plan plan;
};

Result<Group> PlanGroup(const std::vector<CheckedFigure>& checked, const Selection& selection,
                        std::size_t rows) {
  Group group;
  std::vector<Expression> expressions;
  std::vector<ColumnInfo> columns;
  for (std::size_t f = 0; f < checked.size(); ++f) {
    if (checked[f].selection() != selection) continue;
    group.figures.push_back(f);
    expressions.push_back(checked[f].expression);
    for (std::size_t i = 0; i < checked[f].sources.size(); ++i) {
      const PlanSource& source = checked[f].sources[i];
      if (std::ranges::find(group.sources, source) != group.sources.end()) continue;
      group.sources.push_back(source);
      columns.push_back(checked[f].infos[i]);
    }
  }
  ASSIGN_OR_RETURN(group.plan, PlanExpressions(std::move(expressions), std::move(columns), rows));
  return group;
}

// Everybody first, then the cells of the partition, then the others in the order of the catalogue.
std::vector<Selection> SelectionsOf(const std::vector<CheckedFigure>& checked) {
  const Selection everybody;
  const Selection partition{.split = true};
  std::vector<Selection> all;
  for (const Selection& usual : {everybody, partition}) {
    if (std::ranges::any_of(checked, [&](const CheckedFigure& one) { return one.selection() == usual; }))
      all.push_back(usual);
  }
  for (const CheckedFigure& one : checked) {
    if (std::ranges::find(all, one.selection()) == all.end()) all.push_back(one.selection());
  }
  return all;
}

// In double quotes, on one line, no two texts alike.
std::string Quoted(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
      continue;
    }
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

}  // namespace

Bytes32 SurveyPlan::Hash() const {
  Sha256Stream hash("mpcstats/v1/survey-plan");
  hash.AddString(text).AddU64(plans.size());
  for (const CellPlan& part : plans) {
    hash.AddU64(part.cell ? *part.cell + 1 : 0).AddU64(part.sources.size());
    for (const PlanSource& source : part.sources) {
      hash.AddU64(source.value ? *source.value + 1 : 0).AddU64(source.columns.size());
      for (const std::size_t column : source.columns) hash.AddU64(column);
    }
    hash.Add(part.plan.Hash());
  }
  hash.AddU64(values.size());
  for (const SurveyValue& value : values) hash.AddString(value.text);
  if (!filters.empty() || !groupings.empty() || !values.empty()) {
    hash.AddU64(filters.size());
    for (const SurveyFilter& filter : filters) hash.AddString(filter.text);
    hash.AddU64(groupings.size());
    for (const Groups& groups : groupings) {
      hash.AddString(groups.text).AddU64(groups.labels.size());
      for (const std::string& label : groups.labels) hash.AddString(label);
    }
    for (const CellPlan& part : plans) {
      hash.AddU64(part.filter ? *part.filter + 1 : 0).AddU64(part.grouping ? *part.grouping + 1 : 0);
    }
    hash.AddU64(columns.size());
    for (const ColumnInfo& column : columns) {
      hash.AddString(column.name).AddU64(column.type.bits).AddU64(column.type.is_signed ? 1 : 0);
      hash.AddU64(column.type.scale).AddU64(column.may_be_missing ? 1 : 0).AddU64(column.categories.size());
      for (const std::string& category : column.categories) hash.AddString(category);
    }
  }
  if (!classes.empty()) {
    hash.AddString("classes").AddU64(classes.size());
    for (const SurveyClasses& one : classes) hash.AddU64(one.column).AddString(one.text);
  }
  hash.AddU64(outputs.size());
  for (const SurveyOutput& output : outputs) {
    hash.AddU64(output.figure)
        .AddU64(output.cell ? *output.cell + 1 : 0)
        .AddU64(output.plan)
        .AddU64(output.item);
  }
  return hash.Finish();
}

Result<SurveyPlan> PlanSurvey(const Survey& survey, std::size_t rows) {
  SurveyPlan out;
  ASSIGN_OR_RETURN(const std::vector<CheckedFigure> checked, CheckFigures(survey, rows, &out));
  ASSIGN_OR_RETURN(out.gate_cells, CheckLimits(survey, checked, out));
  // Of each figure its first plan, and its item in it.
  std::vector<std::pair<std::size_t, std::size_t>> places(checked.size());
  for (const Selection& selection : SelectionsOf(checked)) {
    ASSIGN_OR_RETURN(const Group group, PlanGroup(checked, selection, rows));
    for (std::size_t i = 0; i < group.figures.size(); ++i) places[group.figures[i]] = {out.plans.size(), i};
    const std::size_t cells = selection.split ? CellsOfSplit(survey, out, selection.grouping) : 1;
    for (std::size_t k = 0; k < cells; ++k) {
      out.plans.push_back({selection.split ? std::optional(k) : std::nullopt, group.sources, group.plan,
                           selection.grouping, selection.filter});
    }
  }
  for (std::size_t f = 0; f < checked.size(); ++f) {
    const CheckedFigure& one = checked[f];
    const auto [plan, item] = places[f];
    if (!one.split) {
      out.outputs.push_back({f, std::nullopt, plan, item});
      out.text += one.line + "\n";
      continue;
    }
    const std::vector<std::string> cells = CellsOf(survey, survey.figures[f]);
    CHECK(cells.size() == CellsOfSplit(survey, out, one.grouping));
    for (std::size_t k = 0; k < cells.size(); ++k) {
      out.outputs.push_back({f, k, plan + k, item});
      // A query's own text says what it is split by.
      const bool by_key = survey.figures[f].by_partition;
      out.text += one.line +
                  (by_key ? " where " + survey.columns[*survey.partition].name + " is " : " for ") +
                  Quoted(cells[k]) + "\n";
    }
  }
  return out;
}

Status CheckCatalogue(const Survey& survey) {
  RETURN_IF_ERROR(PlanSurvey(survey, kCatalogueRows));
  return {};
}

}  // namespace mpcstats
