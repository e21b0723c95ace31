#include <algorithm>
#include <set>

#include "mpcstats/base/check.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/catalogue_parts.h"
#include "mpcstats/query/query_plan.h"
#include "mpcstats/query/value_terms.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

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

Status CheckColumn(const Survey& survey, const SurveyColumn& column, std::size_t position,
                   const FigureParts& parts) {
  if (column.kind == ColumnKind::kUnique) {
    return Refuse("the figure " + parts.item + " uses the identifier " + column.name +
                  ", which stays hidden; name another column");
  }
  const Statistic* statistic = FindStatistic(parts.statistic);
  if (statistic == nullptr) return {};  // PlanExpressions has the sentence with all names
  if (column.kind == ColumnKind::kCategory && !statistic->TakesCategory(position)) {
    return Refuse("the figure " + parts.item + " needs numbers and " + column.name +
                  " is a category; write count(" + column.name + ") or frequency(" + column.name +
                  "), or name a number column");
  }
  if (statistic->shows_one_value && !survey.allow_rank_statistics) {
    return Refuse("the figure " + parts.item +
                  " shows one person's exact value; set allow_rank_statistics = true with a rank_notice, or "
                  "take it out");
  }
  return {};
}

// Whether the condition is true only of rows in which the column is not missing.
bool ImpliesPresent(const Condition& condition, std::size_t column) {
  const auto implies = [&](const Condition& child) { return ImpliesPresent(child, column); };
  switch (condition.kind) {
    case ConditionKind::kPresent:
      return std::ranges::find(condition.columns, column) != condition.columns.end();
    case ConditionKind::kBelow:
    case ConditionKind::kAmong: {
      const std::vector<std::size_t> columns = ColumnsIn(condition.value);
      return std::ranges::find(columns, column) != columns.end();
    }
    case ConditionKind::kAll: return std::ranges::any_of(condition.children, implies);
    case ConditionKind::kAny: return std::ranges::all_of(condition.children, implies);
    case ConditionKind::kNever: return true;
    case ConditionKind::kAlways:
    case ConditionKind::kMissing: return false;
  }
  return false;
}

// The gates count the people of each column alone. Together they count the same people only where nobody may leave one out, or
// where a filter, which cuts the cells that gates count, leaves out whoever did; else two figures could differ by one person.
Status CheckPresence(const Survey& survey, const CheckedFigure& figure, const SurveyPlan& plan) {
  const std::set<std::size_t> columns(figure.columns.begin(), figure.columns.end());
  if (columns.size() < 2) return {};
  std::string missing;
  for (const std::size_t column : columns) {
    if (!survey.columns[column].may_be_missing) continue;
    if (figure.filter && ImpliesPresent(plan.filters[*figure.filter].where, column)) continue;
    missing += (missing.empty() ? "" : " AND ") + survey.columns[column].name + " IS NOT NULL";
  }
  if (missing.empty()) return {};
  return Refuse("the figure " + figure.line +
                " is of several columns, of which some may be missing; add WHERE " + missing +
                " to its query, and count the same people");
}

// Places of texts that a call names, or leaves to the lists of its columns.
Status FillInNumbers(const CheckedFigure& figure, Expression* expression) {
  std::vector<std::vector<std::string>> categories;
  for (const ColumnInfo& info : figure.infos) categories.push_back(info.categories);
  const std::vector<Decimal> before = expression->numbers;
  Result<std::vector<Decimal>> numbers =
      NumbersOf(expression->statistic, categories, before, expression->texts);
  if (!numbers) return Refuse("the figure " + figure.line + ": " + numbers.error().message());
  if (*numbers == before && expression->texts.empty()) return {};
  expression->numbers = std::move(*numbers);
  expression->texts.clear();
  expression->text = ExpressionText(expression->statistic, expression->columns, expression->numbers);
  return {};
}

// What the figure opens, and whom it counts apart.
void AddClasses(const Survey& survey, const Plan& plan, CheckedFigure* figure, SurveyPlan* out) {
  const PlanItem& item = plan.items[0];
  std::vector<ColumnType> types;
  for (const ColumnInfo& info : figure->infos) types.push_back(info.type);
  const StatisticCall call{types, plan.rows, item.numbers};
  figure->opened_numbers *= item.statistic->OpenedNumbers(call);
  for (SurveyClasses& one : ClassesOf(survey, figure->sources, *item.statistic, call)) {
    if (std::ranges::find(out->classes, one.text, &SurveyClasses::text) == out->classes.end())
      out->classes.push_back(std::move(one));
  }
}

// What is public about the survey's columns, each at its index; the hidden identifier has no name there.
std::vector<ColumnInfo> InfosOf(const Survey& survey) {
  std::vector<ColumnInfo> infos;
  for (const SurveyColumn& column : survey.columns) {
    if (column.kind == ColumnKind::kUnique) {
      infos.push_back({"", ColumnType{.bits = 1}, ColumnContent::kPresence});
      continue;
    }
    infos.push_back(InfoOf(column));
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
  ASSIGN_OR_RETURN(Query query, ParseQuery(parts.text, nullptr));
  // The item has rules of its own: a survey's columns of categories stand in it as they are.
  Call everybody;
  everybody.statistic = "count";
  everybody.of_rows = true;
  query.items.assign(1, std::move(everybody));
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

// Columns as they are asked, in the order of the call.
void AddColumns(const Survey& survey, CheckedFigure* checked) {
  for (const std::size_t column : checked->columns) {
    checked->sources.push_back({{column}});
    checked->infos.push_back(InfoOf(survey.columns[column]));
  }
}

std::unexpected<Error> RefuseFormed(const FigureParts& parts) {
  std::string names;
  for (const Statistic* statistic : AllStatistics()) {
    if (statistic->degree != 0) names += (names.empty() ? "" : ", ") + std::string(statistic->name);
  }
  return Fail(ErrorCode::kUnimplemented,
              "the figure " + parts.item +
                  " is of a value that is formed from columns, which surveys have in " + names +
                  "; choose one of these, or name columns alone");
}

// The place of a value among those of the plan; a new one is added.
std::size_t PlaceOfValue(const Argument& argument, SurveyPlan* out) {
  const auto found = std::ranges::find(out->values, argument.info.name, &SurveyValue::text);
  if (found != out->values.end()) return static_cast<std::size_t>(found - out->values.begin());
  out->values.push_back({argument.info.name, argument.value, argument.info.type, ColumnsIn(argument.value)});
  return out->values.size() - 1;
}

// Values that are formed from columns, and columns beside them; everything is a number.
Status AddValues(const Survey& survey, const FigureParts& parts, CheckedFigure* checked, SurveyPlan* out) {
  const Statistic* statistic = FindStatistic(parts.statistic);
  if (statistic != nullptr && statistic->degree == 0) return RefuseFormed(parts);
  ASSIGN_OR_RETURN(const Query query, QueryOf({parts.item}));
  Result<BoundQuery> bound = BindQuery(query, out->columns, parts.item, nullptr);
  if (!bound) return std::unexpected(bound.error().At("the catalogue"));
  checked->expression = std::move(bound->expressions[0]);
  for (std::string& name : checked->expression.columns) {
    const Argument& argument = *std::ranges::find(
        bound->arguments, name, [](const Argument& one) -> const std::string& { return one.info.name; });
    if (argument.value.kind == ValueKind::kColumn) {
      checked->sources.push_back({{argument.value.column}});
      checked->infos.push_back(InfoOf(survey.columns[argument.value.column]));
      // As all figures of the plan call it, also where it is written in quotes or as income * 1.
      name = checked->infos.back().name;
      continue;
    }
    const std::size_t place = PlaceOfValue(argument, out);
    const std::vector<std::size_t>& columns = out->values[place].columns;
    checked->sources.push_back({columns, place});
    checked->infos.push_back(argument.info);
    checked->infos.back().may_be_missing = std::ranges::any_of(
        columns, [&](std::size_t column) { return survey.columns[column].may_be_missing; });
  }
  std::set<std::size_t> used;
  for (const PlanSource& source : checked->sources) used.insert(source.columns.begin(), source.columns.end());
  if (used != std::set<std::size_t>(checked->columns.begin(), checked->columns.end())) {
    return Refuse("the figure " + parts.item +
                  " has a column times 0 in it, which says nothing; take it out");
  }
  const Result<std::size_t> terms = TermsOf(used.size(), statistic == nullptr ? 1 : statistic->degree);
  if (!terms)
    return Refuse("the figure " + parts.item + " " + terms.error().message() + "; form a shorter one");
  checked->opened_numbers = *terms;
  return {};
}

Result<CheckedFigure> CheckFigure(const Survey& survey, const CatalogueFigure& figure, std::size_t rows,
                                  SurveyPlan* out) {
  CheckedFigure checked;
  ASSIGN_OR_RETURN(const std::vector<FigureParts> all, ReadFigures(survey, figure.expression));
  const FigureParts& parts = all[0];
  if (IsQuery(figure.expression)) {
    if (all.size() != 1 || figure.by_partition) {
      return Refuse("the figure " + QuoteForMessage(figure.expression) +
                    " is not one query of one statistic; ParseSurvey takes them apart");
    }
    RETURN_IF_ERROR(CheckSelection(survey, parts, &checked, out));
  }
  checked.line = parts.text;
  if (figure.by_partition) {
    RETURN_IF_ERROR(CheckPartition(survey, parts.item));
    checked.split = true;
  }
  for (std::size_t position = 0; position < parts.values.size(); ++position) {
    for (const std::string& name : ColumnsNamedIn(parts.values[position])) {
      const SurveyColumn* column = survey.FindColumn(name);
      if (column == nullptr) {
        return Fail(ErrorCode::kNotFound, "the figure " + parts.item +
                                              " names a column that the survey does not have: " +
                                              QuoteForMessage(name) + "; name one of its [[columns]]");
      }
      RETURN_IF_ERROR(CheckColumn(survey, *column, position, parts));
      checked.columns.push_back(static_cast<std::size_t>(column - survey.columns.data()));
    }
  }
  if (parts.forms_values()) {
    RETURN_IF_ERROR(AddValues(survey, parts, &checked, out));
  } else {
    ASSIGN_OR_RETURN(checked.expression, ParseExpression(parts.item));
    AddColumns(survey, &checked);
  }
  RETURN_IF_ERROR(CheckPresence(survey, checked, *out));
  if (!parts.forms_values()) RETURN_IF_ERROR(FillInNumbers(checked, &checked.expression));
  const Result<Plan> alone = PlanExpressions({checked.expression}, checked.infos, rows);
  if (!alone) return std::unexpected(alone.error().At("the catalogue"));
  AddClasses(survey, *alone, &checked, out);
  return checked;
}

}  // namespace

ColumnInfo InfoOf(const SurveyColumn& column) {
  const bool category = column.kind == ColumnKind::kCategory;
  return {column.name, column.Type(), category ? ColumnContent::kCategory : ColumnContent::kNumber,
          category ? column.categories : std::vector<std::string>(), column.may_be_missing};
}

Result<std::vector<CheckedFigure>> CheckFigures(const Survey& survey, std::size_t rows, SurveyPlan* out) {
  if (survey.figures.empty()) {
    return Refuse("the catalogue has no figure; add one, such as expr = \"mean(income)\"");
  }
  out->columns = InfosOf(survey);
  std::vector<CheckedFigure> checked;
  for (const CatalogueFigure& figure : survey.figures) {
    ASSIGN_OR_RETURN(CheckedFigure one, CheckFigure(survey, figure, rows, out));
    checked.push_back(std::move(one));
  }
  return checked;
}

}  // namespace mpcstats
