#include "mpcstats/survey/figure.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/language/lexer.h"
#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::string_view kSelect = "SELECT ";

void ColumnsOf(const Node& node, std::vector<std::string>* columns) {
  if (node.kind == NodeKind::kColumn) columns->push_back(node.text);
  for (const Node& child : node.children) ColumnsOf(child, columns);
}

// Reads one query on the answers of a survey.
class QueryReader {
 public:
  QueryReader(const Survey& survey, std::string_view text) : survey_(survey), text_(text) {}

  Result<std::vector<FigureParts>> Read() {
    ASSIGN_OR_RETURN(Query query, ParseQuery(text_, nullptr));
    if (query.explain) return Refuse(0, "EXPLAIN is for mpcstats compute; take it out");
    if (query.join) {
      return Refuse(query.join->begin, "a survey has one table, that of its answers; take the JOIN out");
    }
    if (query.table != kDefaultTable) {
      return Refuse(text_.size(), "the table of a survey is called data; write FROM data");
    }
    if (query.items.empty())
      return Refuse(0, "there is nothing to release; add a figure such as mean(income)");
    for (const Grouping& key : query.keys) {
      if (query.group_by && ToText(key) == ToText(*query.group_by)) continue;
      return Refuse(key.begin, ToText(key) + " is no statistic, and no answer is ever shown; take it out");
    }
    if (query.where) RETURN_IF_ERROR(CheckCondition(&*query.where));
    if (query.group_by) RETURN_IF_ERROR(CheckGrouping(&*query.group_by));
    std::vector<FigureParts> figures;
    for (Call& call : query.items) {
      ASSIGN_OR_RETURN(FigureParts one, PartsOfCall(call));
      one.where = query.where;
      one.group_by = query.group_by;
      if (one.where) ColumnsOf(*one.where, &one.selecting);
      if (one.group_by) ColumnsOf(one.group_by->value, &one.selecting);
      std::ranges::sort(one.selecting);
      one.selecting.erase(std::unique(one.selecting.begin(), one.selecting.end()), one.selecting.end());
      one.text = one.item;
      if (one.where || one.group_by) {
        Query alone;
        alone.table = kDefaultTable;
        alone.items.push_back(call);
        alone.where = one.where;
        alone.group_by = one.group_by;
        one.text = ToText(alone);
      }
      figures.push_back(std::move(one));
    }
    return figures;
  }

  Result<FigureParts> ReadCall() {
    ASSIGN_OR_RETURN(Call call, ParseCall(text_, nullptr));
    ASSIGN_OR_RETURN(FigureParts one, PartsOfCall(call));
    one.text = one.item;
    return one;
  }

 private:
  std::unexpected<Error> Refuse(std::size_t at, const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, "the figure " + QuoteForMessage(text_) + " at character " +
                                                 std::to_string(CharacterAt(text_, at)) + ": " + what);
  }

  Result<const SurveyColumn*> Find(const Node& node) const {
    if (!node.table.empty() && node.table != kDefaultTable) {
      return Refuse(node.begin, "the table of a survey is called data; write " + ColumnText("", node.text));
    }
    const SurveyColumn* column = survey_.FindColumn(node.text);
    if (column == nullptr) {
      return Refuse(node.begin, QuoteForMessage(node.text) +
                                    " is no column; write one of [[columns]], or a text in single quotes");
    }
    if (column->kind == ColumnKind::kUnique) {
      return Refuse(node.begin, "\"" + node.text +
                                    "\" is a hidden identifier of which nothing is released; name another "
                                    "column");
    }
    return column;
  }

  // Takes the table's name off the columns, so that one condition has one text.
  Status CheckCondition(Node* node) const {
    if (node->kind == NodeKind::kColumn) {
      RETURN_IF_ERROR(Find(*node));
      node->table.clear();
      return {};
    }
    for (Node& child : node->children) RETURN_IF_ERROR(CheckCondition(&child));
    // A category's texts are known: another one is a slip, and would count nobody.
    for (const Node& child : node->children) {
      if (child.kind != NodeKind::kColumn) continue;
      ASSIGN_OR_RETURN(const SurveyColumn* column, Find(child));
      for (const Node& text : node->children) {
        if (text.kind != NodeKind::kText || column->kind != ColumnKind::kCategory) continue;
        if (std::ranges::find(column->categories, text.text) != column->categories.end()) continue;
        return Refuse(text.begin, child.text + " has no category " + LiteralText(text.text) +
                                      "; write one of its categories, such as " +
                                      LiteralText(column->categories.front()));
      }
    }
    return {};
  }

  Status CheckGrouping(Grouping* grouping) const {
    if (grouping->by_bucket()) return CheckCondition(&grouping->value);
    ASSIGN_OR_RETURN(const SurveyColumn* column, Find(grouping->value));
    grouping->value.table.clear();
    if (column->kind != ColumnKind::kCategory) {
      return Refuse(grouping->begin, "groups are by a category, and " + column->name +
                                         " holds numbers; write GROUP BY bucket(" + column->name +
                                         ", ...) with the edges");
    }
    if (column->may_be_missing && std::ranges::find(column->categories, "NULL") != column->categories.end()) {
      return Refuse(grouping->begin, column->name +
                                         " may be missing and has a category NULL, which is the "
                                         "name of the group of missing ones; rename it");
    }
    return {};
  }

  // A value that is formed has columns in it, all of numbers.
  Status CheckFormed(const Node& value) const {
    if (ColumnsNamedIn(value).empty()) {
      return Refuse(value.begin, ToText(value) + " is the same for everybody; name a column in it");
    }
    return CheckNumbers(value);
  }

  Status CheckNumbers(const Node& node) const {
    if (node.kind == NodeKind::kMultiply && !ColumnsNamedIn(node.children[0]).empty() &&
        !ColumnsNamedIn(node.children[1]).empty()) {
      return Refuse(
          node.begin,
          ToText(node) +
              " multiplies columns: where one of them is 0 nobody is counted, and no gate looks at the "
              "others; ask for the product as a column of its own, or select with WHERE");
    }
    for (const Node& child : node.children) RETURN_IF_ERROR(CheckNumbers(child));
    if (node.kind == NodeKind::kText || node.kind == NodeKind::kNull) {
      return Refuse(node.begin, ToText(node) + " is no number; values are formed from numbers");
    }
    if (node.kind != NodeKind::kColumn) return {};
    ASSIGN_OR_RETURN(const SurveyColumn* column, Find(node));
    if (column->kind == ColumnKind::kNumber) return {};
    return Refuse(node.begin, column->name + " is a category; values are formed from columns of numbers");
  }

  Result<FigureParts> PartsOfCall(Call& call) const {
    if (call.of_rows) {
      return Refuse(call.begin,
                    "count(*) would count answers that are out of range; count a column, such as "
                    "count(income)");
    }
    FigureParts parts;
    parts.statistic = call.statistic;
    for (Node& argument : call.arguments) {
      if (argument.kind == NodeKind::kNumber && !parts.columns.empty()) {
        parts.numbers.push_back(argument.number);
        continue;
      }
      if (argument.kind == NodeKind::kText && !parts.columns.empty()) {
        parts.texts.push_back(argument.text);
        continue;
      }
      if (!parts.numbers.empty() || !parts.texts.empty())
        return Refuse(argument.begin, "columns stand before the numbers");
      if (argument.kind != NodeKind::kColumn) RETURN_IF_ERROR(CheckFormed(argument));
      RETURN_IF_ERROR(CheckCondition(&argument));
      ColumnsOf(argument, &parts.columns);
      parts.values.push_back(argument);
    }
    if (parts.columns.empty()) {
      return Refuse(call.begin, call.statistic + " needs a column; write " + call.statistic + "(income)");
    }
    parts.item = ToText(call);
    return parts;
  }

  const Survey& survey_;
  std::string_view text_;
};

bool MayBeMissing(const Survey& survey, const Node& value) {
  return std::ranges::any_of(ColumnsNamedIn(value), [&](const std::string& name) {
    const SurveyColumn* column = survey.FindColumn(name);
    return column != nullptr && column->may_be_missing;
  });
}

// The grouping of a query's figure; nothing for all others. Canonical texts have it behind their last GROUP BY, if at all.
std::optional<Grouping> GroupingOf(const CatalogueFigure& figure) {
  if (!figure.expression.starts_with(kSelect)) return std::nullopt;
  Result<Query> query = ParseQuery(figure.expression, nullptr);
  return query ? std::move(query->group_by) : std::nullopt;
}

}  // namespace

std::vector<std::string> ColumnsNamedIn(const Node& node) {
  std::vector<std::string> columns;
  ColumnsOf(node, &columns);
  return columns;
}

bool FigureParts::forms_values() const {
  return std::ranges::any_of(values, [](const Node& value) { return value.kind != NodeKind::kColumn; });
}

std::string FigureParts::Selection() const {
  return (where ? " WHERE " + ToText(*where) : "") + (group_by ? " GROUP BY " + ToText(*group_by) : "");
}

std::set<std::string> EquationColumns(const Survey& survey, const FigureParts& parts) {
  std::set<std::string> columns(parts.selecting.begin(), parts.selecting.end());
  if (survey.partition) columns.erase(survey.columns[*survey.partition].name);
  columns.insert(parts.columns.begin(), parts.columns.end());
  return columns;
}

bool IsQuery(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  std::size_t end = begin;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  const std::string_view word = text.substr(begin, end - begin);
  if (!SameWord(word, "SELECT") && !SameWord(word, "EXPLAIN")) return false;
  return end == text.size() || text[end] != '(';
}

Result<std::vector<FigureParts>> ReadFigures(const Survey& survey, std::string_view text) {
  if (IsQuery(text)) return QueryReader(survey, text).Read();
  std::vector<FigureParts> one(1);
  // A column may have the name of a word of the language here, as in the surveys before there were queries.
  if (const auto figure = ReadFigureText(text)) {
    one[0].text = one[0].item = figure->text;
    one[0].statistic = figure->statistic;
    one[0].columns.push_back(figure->column);
    Node column;
    column.kind = NodeKind::kColumn;
    column.text = figure->column;
    one[0].values.push_back(std::move(column));
    if (!figure->number.empty()) one[0].numbers.push_back(ParseDecimal(figure->number).value());
    return one;
  }
  ASSIGN_OR_RETURN(one[0], QueryReader(survey, text).ReadCall());
  return one;
}

FigureParts PartsOf(const Survey& survey, const CatalogueFigure& figure) {
  Result<std::vector<FigureParts>> parts = ReadFigures(survey, figure.expression);
  CHECK(parts && parts->size() == 1);
  return std::move(parts->front());
}

std::vector<std::string> CellsOf(const Survey& survey, const CatalogueFigure& figure) {
  if (figure.by_partition && survey.partition) return survey.columns[*survey.partition].categories;
  const std::optional<Grouping> grouping = GroupingOf(figure);
  if (!grouping) return {""};
  std::vector<std::string> cells;
  if (grouping->by_bucket()) {
    cells = BucketLabels(grouping->edges);
  } else if (const SurveyColumn* column = survey.FindColumn(grouping->value.text)) {
    cells = column->categories;
  }
  if (MayBeMissing(survey, grouping->value)) cells.emplace_back(kMissingLabel);
  return cells;
}

std::string SplitLabel(const Survey& survey, const CatalogueFigure& figure) {
  if (figure.by_partition && survey.partition) return survey.columns[*survey.partition].label;
  const std::optional<Grouping> grouping = GroupingOf(figure);
  if (!grouping) return "";
  const SurveyColumn* column = grouping->by_bucket() ? nullptr : survey.FindColumn(grouping->value.text);
  return column != nullptr ? column->label : ToText(*grouping);
}

std::string_view StatisticOf(std::string_view expression) {
  if (expression.starts_with(kSelect)) expression.remove_prefix(kSelect.size());
  return expression.substr(0, expression.find('('));
}

}  // namespace mpcstats
