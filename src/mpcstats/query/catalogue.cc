#include "mpcstats/query/catalogue.h"

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/query/grammar.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

/// A figure of which everything is known that does not depend on the number of rows.
struct CheckedFigure {
  Expression expression;
  std::vector<std::size_t> columns;  // of the survey, in the order of the call
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

Result<CheckedFigure> CheckFigure(const Survey& survey, const CatalogueFigure& figure, std::size_t rows) {
  CheckedFigure checked;
  if (figure.expression.find_first_not_of(" \t") == figure.expression.find_first_of("sS") &&
      ParseQuery(figure.expression, nullptr)) {
    return Fail(ErrorCode::kUnimplemented,
                "the figure " + QuoteForMessage(figure.expression) +
                    " is a query, and the gates of a catalogue know no filters yet; write "
                    "statistics such as mean(income), and split them by the partition");
  }
  ASSIGN_OR_RETURN(checked.expression, ParseExpression(figure.expression));
  const std::string& text = checked.expression.text;
  if (figure.by_partition) RETURN_IF_ERROR(CheckPartition(survey, text));
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

Result<std::vector<CheckedFigure>> CheckFigures(const Survey& survey, std::size_t rows) {
  if (survey.figures.empty()) {
    return Refuse("the catalogue has no figure; add one, such as expr = \"mean(income)\"");
  }
  std::vector<CheckedFigure> checked;
  for (const CatalogueFigure& figure : survey.figures) {
    ASSIGN_OR_RETURN(CheckedFigure one, CheckFigure(survey, figure, rows));
    checked.push_back(std::move(one));
  }
  return checked;
}

// The figures that are split, or those that are not, as one plan.
struct Group {
  std::vector<std::size_t> figures;  // of the survey, in the order of the plan's items
  std::vector<std::size_t> survey_columns;
  Plan plan;
};

Result<Group> PlanGroup(const Survey& survey, const std::vector<CheckedFigure>& checked, bool split,
                        std::size_t rows) {
  Group group;
  std::vector<std::string> expressions;
  std::vector<ColumnInfo> columns;
  for (std::size_t f = 0; f < checked.size(); ++f) {
    if (survey.figures[f].by_partition != split) continue;
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
  ASSIGN_OR_RETURN(const std::vector<CheckedFigure> checked, CheckFigures(survey, rows));
  ASSIGN_OR_RETURN(Group everybody, PlanGroup(survey, checked, false, rows));
  ASSIGN_OR_RETURN(const Group split, PlanGroup(survey, checked, true, rows));
  SurveyPlan out;
  if (!everybody.figures.empty()) {
    out.plans.push_back({std::nullopt, everybody.survey_columns, std::move(everybody.plan)});
  }
  const std::size_t first_cell = out.plans.size();
  const std::size_t cells = split.figures.empty() ? 0 : survey.columns[*survey.partition].categories.size();
  for (std::size_t k = 0; k < cells; ++k) out.plans.push_back({k, split.survey_columns, split.plan});

  std::size_t next_item[2] = {0, 0};
  for (std::size_t f = 0; f < survey.figures.size(); ++f) {
    const bool by_cell = survey.figures[f].by_partition;
    const std::size_t item = next_item[by_cell ? 1 : 0]++;
    if (!by_cell) {
      out.outputs.push_back({f, std::nullopt, 0, item});
      out.text += checked[f].expression.text + "\n";
      continue;
    }
    const SurveyColumn& partition = survey.columns[*survey.partition];
    for (std::size_t k = 0; k < cells; ++k) {
      out.outputs.push_back({f, k, first_cell + k, item});
      out.text += checked[f].expression.text + " where " + partition.name + " is " +
                  Quoted(partition.categories[k]) + "\n";
    }
  }
  return out;
}

Status CheckCatalogue(const Survey& survey) {
  RETURN_IF_ERROR(PlanSurvey(survey, kCatalogueRows));
  return {};
}

}  // namespace mpcstats
