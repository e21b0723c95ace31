#include "mpcstats/cli/question.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>

#include "mpcstats/cli/render.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/explain.h"
#include "mpcstats/query/join_tables.h"
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

std::unexpected<Error> NoSuchTable(std::string_view word, const std::string& table) {
  return Fail(ErrorCode::kNotFound, "the query has " + std::string(word) + " " + table +
                                        " and no such table is given; --csv FILE is the table data, --table "
                                        "NAME=FILE any other");
}

using TableFiles = std::map<std::string, std::string>;

// Reads what the query wants of its table `name`, and says where the query names a column that is not there.
Result<Table> ReadWanted(const Query& query, const std::string& name, const std::string& path,
                         const std::vector<WantedColumn>& wanted, const CsvOptions& csv,
                         std::size_t* fault_at) {
  std::optional<std::size_t> absent;
  Result<Table> table = ReadTableFile(path, wanted, csv, &absent);
  if (table || !absent) return table;
  const std::string& column = wanted[*absent].name;
  const std::optional<Mention> mention = MentionOf(query, name, column);
  if (!mention) return table;
  *fault_at = mention->begin;
  if (!mention->in_condition) return table;
  return Fail(table.error().code(),
              table.error().message() + "; a text stands in single quotes, such as " + LiteralText(column));
}

Result<StackedTables> ReadStacked(const Query& query, const TableFiles& files, const CsvOptions& csv,
                                  ColumnContent key, std::size_t* fault_at) {
  std::vector<Table> tables;
  for (const std::string& name : {query.table, query.join->table}) {
    ASSIGN_OR_RETURN(Table table,
                     ReadWanted(query, name, files.at(name), WantedOfTable(query, name, key), csv, fault_at));
    tables.push_back(std::move(table));
  }
  return StackTables(query, key, std::move(tables[0]), std::move(tables[1]));
}

// Keys are numbers where both tables have numbers there, and texts otherwise.
Result<PlannedQuestion> ReadAndJoin(const Query& query, const TableFiles& files, const CsvOptions& csv,
                                    std::string_view source, std::size_t* fault_at) {
  RETURN_IF_ERROR(CheckJoin(query, source, fault_at));
  if (!files.contains(query.table)) return NoSuchTable("FROM", query.table);
  if (!files.contains(query.join->table)) return NoSuchTable("JOIN", query.join->table);
  Result<StackedTables> stacked = ReadStacked(query, files, csv, ColumnContent::kNumber, fault_at);
  if (!stacked) {
    Result<StackedTables> by_text = ReadStacked(query, files, csv, ColumnContent::kCategory, fault_at);
    if (!by_text) return std::unexpected(stacked.error());
    stacked = std::move(by_text);
  }
  PlannedQuestion planned;
  planned.explain = query.explain;
  ASSIGN_OR_RETURN(planned.plan, PlanQuery(query, stacked->columns, stacked->table.rows, source, fault_at));
  planned.table = std::move(stacked->table);
  return planned;
}

Result<PlannedQuestion> ReadAndPlan(const Question& question, std::size_t* fault_at) {
  ASSIGN_OR_RETURN(const auto files, TablesOf(question));
  ASSIGN_OR_RETURN(const Query query, AskedQuery(question, fault_at));
  CsvOptions csv;
  ASSIGN_OR_RETURN(csv.delimiter, ParseDelimiter(question.delimiter));
  if (query.join) return ReadAndJoin(query, files, csv, question.query, fault_at);
  const bool bare = question.query.empty();
  const auto file = bare && files.size() == 1 ? files.begin() : files.find(query.table);
  if (file == files.end()) return NoSuchTable("FROM", query.table);
  PlannedQuestion planned;
  planned.explain = query.explain;
  const std::vector<WantedColumn> wanted = WantedColumns(query);
  ASSIGN_OR_RETURN(planned.table, ReadWanted(query, query.table, file->second, wanted, csv, fault_at));
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

Status PrintExplanation(const QueryPlan& plan, bool json) {
  ASSIGN_OR_RETURN(const CostEstimate cost, EstimateCost(plan));
  fmt::print("{}", json ? RenderExplainJson(plan, cost) : ExplainText(plan, cost));
  return {};
}

}  // namespace mpcstats
