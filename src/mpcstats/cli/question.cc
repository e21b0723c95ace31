#include "mpcstats/cli/question.h"

#include <CLI/CLI.hpp>
#include <map>

#include "mpcstats/query/grammar.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

// Tables by the names that the query knows them by.
Result<std::map<std::string, std::string>> TablesOf(const Question& question) {
  std::map<std::string, std::string> files;
  if (!question.csv.empty()) files.emplace(kDefaultTable, question.csv);
  for (const std::string& table : question.tables) {
    const std::size_t equals = table.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == table.size()) {
      return Refuse("--table takes NAME=FILE, such as --table people=people.csv, and not " +
                    QuoteForMessage(table));
    }
    if (!files.emplace(table.substr(0, equals), table.substr(equals + 1)).second) {
      return Refuse("the table " + QuoteForMessage(table.substr(0, equals)) +
                    " is given twice; give each a name of its own");
    }
  }
  if (files.empty()) return Refuse("no table is given; add --csv FILE or --table NAME=FILE");
  return files;
}

Result<Query> AskedQuery(const Question& question, std::size_t* fault_at) {
  if (question.query.empty() == question.expressions.empty()) {
    return Refuse(question.query.empty()
                      ? "there is nothing to compute; add expressions such as mean(income), or --query"
                      : "expressions and --query exclude each other; write all figures into the query");
  }
  if (!question.query.empty()) return ParseQuery(question.query, fault_at);
  ASSIGN_OR_RETURN(Query query, QueryOf(question.expressions));
  // Statistics and their numbers, before any table is read.
  for (const Call& call : query.items) {
    if (FindStatistic(call.statistic) != nullptr) continue;
    RETURN_IF_ERROR(ColumnsOf({ToText(call)}));
  }
  return query;
}

Result<PlannedQuestion> ReadAndPlan(const Question& question, std::size_t* fault_at) {
  ASSIGN_OR_RETURN(const auto files, TablesOf(question));
  ASSIGN_OR_RETURN(const Query query, AskedQuery(question, fault_at));
  if (query.join) {
    *fault_at = query.join->begin;
    return Fail(ErrorCode::kUnimplemented,
                "JOIN is not built yet; join the tables before, and compute on the joined one");
  }
  const bool bare = question.query.empty();
  const auto file = bare && files.size() == 1 ? files.begin() : files.find(query.table);
  if (file == files.end()) {
    return Fail(ErrorCode::kNotFound,
                "the query is FROM " + query.table +
                    " and no such table is given; --csv FILE is the table data, --table NAME=FILE "
                    "any other");
  }
  PlannedQuestion planned;
  planned.explain = query.explain;
  CsvOptions csv;
  ASSIGN_OR_RETURN(csv.delimiter, ParseDelimiter(question.delimiter));
  const std::vector<WantedColumn> wanted = WantedColumns(query);
  ASSIGN_OR_RETURN(planned.table, ReadTableFile(file->second, wanted, csv));
  const std::string source = bare ? ToText(query) : question.query;
  auto plan = PlanQuery(query, InfoOf(planned.table), planned.table.rows, source, fault_at);
  if (!plan) return std::unexpected(plan.error().At(file->second));
  planned.plan = std::move(*plan);
  return planned;
}

}  // namespace

void AddQuestion(CLI::App& command, Question* question) {
  command.add_option("--csv", question->csv, "The file, with a header line; the table data of a query");
  command.add_option("--table", question->tables, "NAME=FILE: a table by another name");
  command.add_option("--delimiter", question->delimiter, "Between the cells: , ; | or tab");
  command.add_option("--query", question->query, "[EXPLAIN] SELECT ... FROM data [WHERE ...] [GROUP BY ...]");
  command.add_option("expressions", question->expressions,
                     "statistic(column, ..., number, ...), e.g. quantile(income, 0.9)");
}

Result<PlannedQuestion> PlanQuestion(Question* question) {
  constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  std::size_t fault_at = kNowhere;
  Result<PlannedQuestion> planned = ReadAndPlan(*question, &fault_at);
  if (!planned && fault_at != kNowhere && !question->query.empty())
    question->caret = CaretLines(question->query, fault_at);
  return planned;
}

}  // namespace mpcstats
