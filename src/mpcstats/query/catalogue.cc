#include "mpcstats/query/catalogue.h"

#include <algorithm>
#include <set>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

// Of whom, and whether one by one for the cells: of the partition, or of a grouping.
struct Selection {
  bool split = false;
  std::optional<std::size_t> grouping = std::nullopt;
  std::optional<std::size_t> filter = std::nullopt;
  bool operator==(const Selection&) const = default;
};

/// A figure of which everything is known that does not depend on the number of rows.
struct CheckedFigure {
  Expression expression;
  std::vector<std::size_t> columns;  // of the survey, in the order of the call
  std::string line;                  // of SurveyPlan::text, without the cell
  bool split = false;
  std::optional<std::size_t> grouping = std::nullopt;
  std::optional<std::size_t> filter = std::nullopt;
  [[nodiscard]] Selection selection() const { return {split, grouping, filter}; }
};

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

Status CheckPartition(const Survey& survey, const std::string& figure) {
  if (!survey.partition) {
    return Refuse("the figure " + figure +
                  " is split, and the catalogue names no partition; add partition = \"COLUMN\" or take its "
                  "`by` out");
  }
  const bool there = *survey.partition < survey.columns.size();
  if (!there || survey.columns[*survey.partition].kind != ColumnKind::kCategory ||
      survey.columns[*survey.partition].may_be_missing) {
    return Refuse("the figure " + figure +
                  " is split by a column that is no category or may be missing; name a category column that "
                  "everybody answers");
  }
  return {};
}

Status CheckColumn(const Survey& survey, const SurveyColumn& column, const Expression& expression) {
  const Statistic* statistic = FindStatistic(expression.statistic);
  if (statistic != nullptr && statistic->has_parts) {
    return Fail(ErrorCode::kUnimplemented, "the figure " + expression.text +
                                               " has several values, which receipts cannot hold yet; name a "
                                               "figure of one value");
  }
  // The gates count the people of each column alone. Together they count the same people only where nobody may leave one
  // out; else two figures could differ by the one person who did.
  if (expression.columns.size() > 1 && column.may_be_missing) {
    return Fail(ErrorCode::kUnimplemented, "the figure " + expression.text + " uses " + column.name +
                                               " with other columns, and it may be missing, which the gates "
                                               "cannot count yet; take may_be_missing "
                                               "from it, or name a figure of one column");
  }
  if (column.kind == ColumnKind::kUnique) {
    return Refuse("the figure " + expression.text + " uses the identifier " + column.name +
                  ", which stays hidden; name another column");
  }
  if (statistic == nullptr) return {};  // MakePlan has the sentence with all names
  if (column.kind == ColumnKind::kCategory && statistic->name != "count") {
    return Refuse("the figure " + expression.text + " needs numbers and " + column.name +
                  " is a category; write count(" + column.name + ") or name a number column");
  }
  if (statistic->shows_one_value && !survey.allow_rank_statistics) {
    return Refuse("the figure " + expression.text +
                  " shows one person's exact value; set allow_rank_statistics = true with a rank_notice, or "
                  "take it out");
  }
  return {};
}

// What is public about the survey's columns, each at its index; the hidden identifier has no name there.
std::vector<ColumnInfo> InfosOf(const Survey& survey) {
  std::vector<ColumnInfo> infos;
  for (const SurveyColumn& column : survey.columns) {
    if (column.kind == ColumnKind::kUnique) {
      infos.push_back({"", ColumnType{.bits = 1}, ColumnContent::kPresence});
      continue;
    }
    const bool category = column.kind == ColumnKind::kCategory;
    infos.push_back({column.name, column.Type(), category ? ColumnContent::kCategory : ColumnContent::kNumber,
                     category ? column.categories : std::vector<std::string>(), column.may_be_missing});
  }
  return infos;
}

// The filter's place among those of the plan; a new one is added.
Result<std::size_t> PlaceOfFilter(const FigureParts& parts, Condition where, SurveyPlan* out) {
  if (where.kind == ConditionKind::kAlways || where.kind == ConditionKind::kNever) {
    return Refuse("the figure " + QuoteForMessage(parts.text) + " has a condition that is true of " +
                  (where.kind == ConditionKind::kAlways ? "everybody" : "nobody") +
                  "; correct it, or take it out");
  }
  const std::string text = ToText(*parts.where);
  const auto found = std::ranges::find(out->filters, text, &SurveyFilter::text);
  if (found != out->filters.end()) return static_cast<std::size_t>(found - out->filters.begin());
  out->filters.push_back({text, std::move(where)});
  return out->filters.size() - 1;
}

// Filter and groups of a query, against the types of the survey's columns.
Status CheckSelection(const Survey& survey, const FigureParts& parts, CheckedFigure* checked,
                      SurveyPlan* out) {
  ASSIGN_OR_RETURN(const Query query, ParseQuery(parts.text, nullptr));
  ASSIGN_OR_RETURN(BoundQuery bound, BindQuery(query, out->columns, parts.text, nullptr));
  if (parts.where) {
    ASSIGN_OR_RETURN(checked->filter, PlaceOfFilter(parts, std::move(bound.where), out));
  }
  if (!bound.groups) return {};
  checked->split = true;
  const bool by_partition = survey.partition && !bound.groups->by_bucket &&
                            bound.groups->value.column == *survey.partition && !bound.groups->has_missing;
  if (by_partition) return {};
  const auto found = std::ranges::find(out->groupings, bound.groups->text, &Groups::text);
  checked->grouping = static_cast<std::size_t>(found - out->groupings.begin());
  if (found == out->groupings.end()) out->groupings.push_back(std::move(*bound.groups));
  return {};
}

Result<CheckedFigure> CheckFigure(const Survey& survey, const CatalogueFigure& figure, std::size_t rows,
                                  SurveyPlan* out) {
  CheckedFigure checked;
  std::string item = figure.expression;
  if (IsQuery(figure.expression)) {
    ASSIGN_OR_RETURN(const std::vector<FigureParts> parts, ReadFigures(survey, figure.expression));
    if (parts.size() != 1 || figure.by_partition) {
      return Refuse("the figure " + QuoteForMessage(figure.expression) +
                    " is not one query of one statistic; ParseSurvey takes them apart");
    }
    item = parts[0].item;
    checked.line = parts[0].text;
    RETURN_IF_ERROR(CheckSelection(survey, parts[0], &checked, out));
  }
  ASSIGN_OR_RETURN(checked.expression, ParseExpression(item));
  const std::string& text = checked.expression.text;
  if (checked.line.empty()) checked.line = text;
  if (figure.by_partition) {
    RETURN_IF_ERROR(CheckPartition(survey, text));
    checked.split = true;
  }
  std::vector<ColumnInfo> infos;
  for (const std::string& name : checked.expression.columns) {
    const SurveyColumn* column = survey.FindColumn(name);
    if (column == nullptr) {
      return Fail(ErrorCode::kNotFound, "the figure " + text +
                                            " names a column that the survey does not have: " +
                                            QuoteForMessage(name) + "; name one of its [[columns]]");
    }
    RETURN_IF_ERROR(CheckColumn(survey, *column, checked.expression));
    checked.columns.push_back(static_cast<std::size_t>(column - survey.columns.data()));
    infos.push_back({column->name, column->Type()});
  }
  if (Result<Plan> alone = MakePlan({text}, std::move(infos), rows); !alone) {
    return std::unexpected(alone.error().At("the catalogue"));
  }
  return checked;
}

Result<std::vector<CheckedFigure>> CheckFigures(const Survey& survey, std::size_t rows, SurveyPlan* out) {
  if (survey.figures.empty()) {
    return Refuse("the catalogue has no figure; add one, such as expr = \"mean(income)\"");
  }
  std::vector<CheckedFigure> checked;
  for (const CatalogueFigure& figure : survey.figures) {
    ASSIGN_OR_RETURN(CheckedFigure one, CheckFigure(survey, figure, rows, out));
    checked.push_back(std::move(one));
  }
  return checked;
}

std::size_t CellsOfSplit(const Survey& survey, const SurveyPlan& plan, std::optional<std::size_t> grouping) {
  return grouping ? plan.groupings[*grouping].labels.size()
                  : survey.columns[*survey.partition].categories.size();
}

// Each filter doubles the cells of the gate, each grouping multiplies them.
Status CheckCells(const Survey& survey, const std::vector<CheckedFigure>& checked, const SurveyPlan& plan) {
  if (plan.filters.empty() && plan.groupings.empty()) return {};
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
  if (cells <= kMostCells) return {};
  return Refuse("the catalogue's filters and groups cut the answers of " + std::to_string(columns.size()) +
                " columns into more than " + std::to_string(kMostCells) +
                " cells, of which none may gain fewer people than group_min; take filters, groups or columns "
                "out");
}

// The figures of the same people, as one plan.
struct Group {
  std::vector<std::size_t> figures;  // of the survey, in the order of the plan's items
  std::vector<std::size_t> survey_columns;
  Plan plan;
};

Result<Group> PlanGroup(const Survey& survey, const std::vector<CheckedFigure>& checked,
                        const Selection& selection, std::size_t rows) {
  Group group;
  std::vector<std::string> expressions;
  std::vector<ColumnInfo> columns;
  for (std::size_t f = 0; f < checked.size(); ++f) {
    if (checked[f].selection() != selection) continue;
    group.figures.push_back(f);
    expressions.push_back(checked[f].expression.text);
    for (const std::size_t c : checked[f].columns) {
      if (std::find(group.survey_columns.begin(), group.survey_columns.end(), c) !=
          group.survey_columns.end())
        continue;
      group.survey_columns.push_back(c);
      columns.push_back({survey.columns[c].name, survey.columns[c].Type()});
    }
  }
  ASSIGN_OR_RETURN(group.plan, MakePlan(expressions, std::move(columns), rows));
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
    hash.AddU64(part.cell ? *part.cell + 1 : 0).AddU64(part.survey_columns.size());
    for (const std::size_t column : part.survey_columns) hash.AddU64(column);
    hash.Add(part.plan.Hash());
  }
  if (!filters.empty() || !groupings.empty()) {
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
  out.columns = InfosOf(survey);
  ASSIGN_OR_RETURN(const std::vector<CheckedFigure> checked, CheckFigures(survey, rows, &out));
  RETURN_IF_ERROR(CheckCells(survey, checked, out));
  // Of each figure its first plan, and its item in it.
  std::vector<std::pair<std::size_t, std::size_t>> places(checked.size());
  for (const Selection& selection : SelectionsOf(checked)) {
    ASSIGN_OR_RETURN(const Group group, PlanGroup(survey, checked, selection, rows));
    for (std::size_t i = 0; i < group.figures.size(); ++i) places[group.figures[i]] = {out.plans.size(), i};
    const std::size_t cells = selection.split ? CellsOfSplit(survey, out, selection.grouping) : 1;
    for (std::size_t k = 0; k < cells; ++k) {
      out.plans.push_back({selection.split ? std::optional(k) : std::nullopt, group.survey_columns,
                           group.plan, selection.grouping, selection.filter});
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
