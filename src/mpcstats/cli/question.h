// What `compute` and `simulate` are asked: expressions or a query, and the table that it is about.
#pragma once

#include <string>
#include <vector>

#include "mpcstats/query/query_plan.h"

namespace CLI {
class App;
}

namespace mpcstats {

struct Question {
  std::string csv;                  ///< the table "data"
  std::vector<std::string> tables;  ///< NAME=FILE
  std::string delimiter = ",";
  std::string query;                     ///< SELECT ...
  std::vector<std::string> expressions;  ///< the short form
  std::string caret;                     ///< after an error in `query`: its line, and a caret below
};

/// Adds the options. `question` must live until the command ran.
void AddQuestion(CLI::App& command, Question* question);

struct PlannedQuestion {
  QueryPlan plan;
  Table table;
  bool explain = false;
};

/// Reads the table and plans. Everything that can be refused is refused here, before a process is started.
///
/// Errors: kInvalidArgument, kNotFound or kUnimplemented, one sentence; `question->caret` says where.
[[nodiscard]] Result<PlannedQuestion> PlanQuestion(Question* question);

/// Prints what EXPLAIN says of the plan, as text or JSON.
[[nodiscard]] Status PrintExplanation(const QueryPlan& plan, bool json);

}  // namespace mpcstats
