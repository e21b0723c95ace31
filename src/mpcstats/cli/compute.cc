// mpcstats compute: statistics of a CSV file of one's own, by three party processes on this machine.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/cli/render.h"
#include "mpcstats/service/launcher.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

namespace {

struct Arguments {
  std::string csv;
  std::string delimiter = ",";
  std::vector<std::string> expressions;
  bool json = false;
  unsigned threads = 1;
  unsigned deadline_seconds = 60;
};

Result<int> Compute(const Arguments& arguments) {
  // Everything that can be refused is refused before a process is started.
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ColumnsOf(arguments.expressions));
  CsvOptions csv;
  ASSIGN_OR_RETURN(csv.delimiter, ParseDelimiter(arguments.delimiter));
  ASSIGN_OR_RETURN(const Table table, ReadTableFile(arguments.csv, names, csv));
  std::vector<ColumnInfo> columns;
  for (const NumericColumn& column : table.columns) columns.push_back({column.name, column.type});
  const Result<Plan> made = MakePlan(arguments.expressions, columns, table.rows);
  if (!made) return std::unexpected(made.error().At(arguments.csv));
  const Plan& plan = *made;

  LaunchOptions options;
  options.threads = arguments.threads;
  options.io_deadline = std::chrono::seconds(arguments.deadline_seconds);
  Result<LaunchOutcome> outcome = [&] {
    ProgressBar bar;
    options.progress = [&](std::uint64_t done, std::uint64_t expected) { bar.Show(done, expected); };
    return Launch(plan, "", table.columns, options);
  }();
  if (!outcome) return std::unexpected(outcome.error());
  fmt::print("{}", arguments.json ? RenderJson(plan, *outcome) : RenderTable(plan, *outcome));
  return 0;
}

}  // namespace

void AddComputeCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("compute", "Compute statistics of a CSV file of yours");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("--csv", arguments->csv, "The file, with a header line")->required();
  command->add_option("--delimiter", arguments->delimiter, "Between the cells: , ; | or tab");
  command->add_flag("--json", arguments->json, "Print one line of JSON");
  command->add_option("--threads", arguments->threads, "Threads of each party")->check(CLI::Range(1, 64));
  command->add_option("--deadline", arguments->deadline_seconds, "Seconds a party waits for a silent peer")
      ->check(CLI::Range(1, 3600));
  command
      ->add_option("expressions", arguments->expressions,
                   "statistic(column, ..., number, ...), e.g. quantile(income, 0.9)")
      ->required();
  command->callback([action, arguments] {
    *action = [arguments] {
      const Result<int> done = Compute(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats
