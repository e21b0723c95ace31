// mpcstats simulate: the same computation in one process over memory, from a seed. For developers: no key, no network,
// and whoever runs it sees everything.
#include "mpcstats/engine/simulate.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/cli/render.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/query/execute.h"
#include "mpcstats/service/deal.h"

namespace mpcstats {

namespace {

struct Arguments {
  std::string csv;
  std::uint64_t seed = 1;
  std::vector<std::string> expressions;
  bool json = false;
};

Result<int> RunSimulation(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ColumnsOf(arguments.expressions));
  ASSIGN_OR_RETURN(const Table table, ReadTableFile(arguments.csv, names, CsvOptions()));
  std::vector<ColumnInfo> columns;
  for (const NumericColumn& column : table.columns) columns.push_back({column.name, column.type});
  const Result<Plan> made = MakePlan(arguments.expressions, columns, table.rows);
  if (!made) return std::unexpected(made.error().At(arguments.csv));
  const Plan& plan = *made;

  SeededRng rng(arguments.seed);
  const DealtTable dealt = Deal(table.columns, table.rows, rng);
  std::array<Report, 3> reports;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    std::vector<StoredColumn> stored =
        StoredColumns(plan.columns, plan.rows, dealt.component[self], dealt.component[(self + 1) % 3]);
    std::vector<ColumnShares> shares = co_await PrepareColumns(ctx, plan, std::move(stored));
    reports[self].preparation_cost = ctx.session().cost();
    PlanOutcome outcome = co_await ExecutePlan(ctx, plan, &shares);
    reports[self].figures = std::move(outcome.figures);
    reports[self].counts = std::move(outcome.counts);
    reports[self].cost = ctx.session().cost() - reports[self].preparation_cost;
    co_return Done();
  };
  SimulationOptions options;
  options.seed = arguments.seed;
  const SimulationResult result = Simulate({program, program, program}, options);
  for (const auto& error : result.error) {
    if (error) return std::unexpected(*error);
  }
  LaunchOutcome outcome;
  outcome.agreed = reports[0];
  for (unsigned i = 0; i < 3; ++i) outcome.bytes_sent[i] = reports[i].cost.bytes_sent;
  fmt::print("{}", arguments.json ? RenderJson(plan, outcome) : RenderTable(plan, outcome));
  return 0;
}

}  // namespace

void AddSimulateCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("simulate", "As compute, in one process and repeatable; for developers");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("--csv", arguments->csv, "The file, with a header line")->required();
  command->add_option("--seed", arguments->seed, "Seed of all randomness");
  command->add_flag("--json", arguments->json, "Print one line of JSON");
  command->add_option("expressions", arguments->expressions, "statistic(column, ..., number, ...)")
      ->required();
  command->callback([action, arguments] {
    *action = [arguments] {
      const Result<int> done = RunSimulation(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats
