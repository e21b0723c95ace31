// mpcstats simulate: the same computation in one process over memory, from a seed. For developers: no key, no network,
// and whoever runs it sees everything.
#include "mpcstats/engine/simulate.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/cli/question.h"
#include "mpcstats/cli/render.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/query/execute_query.h"
#include "mpcstats/service/deal.h"

namespace mpcstats {

namespace {

struct Arguments {
  Question question;
  std::uint64_t seed = 1;
  bool json = false;
};

Result<int> RunSimulation(Arguments* arguments) {
  ASSIGN_OR_RETURN(const PlannedQuestion planned, PlanQuestion(&arguments->question));
  const QueryPlan& plan = planned.plan;
  if (planned.explain) {
    RETURN_IF_ERROR(PrintExplanation(plan, arguments->json));
    return 0;
  }
  SeededRng rng(arguments->seed);
  const DealtTable dealt = Deal(planned.table.columns, planned.table.rows, rng);
  std::array<Report, 3> reports;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    Report& report = reports[self];
    QueryState state;
    state.stored =
        StoredColumns(plan.columns, plan.rows, dealt.component[self], dealt.component[(self + 1) % 3]);
    co_await PrepareQuery(ctx, plan, &state);
    report.preparation_cost = ctx.session().cost();
    QueryOutcome outcome = co_await ExecuteQuery(ctx, plan, &state);
    report.figures = std::move(outcome.figures);
    for (const std::optional<std::uint64_t>& count : outcome.counts) {
      report.counts.push_back(count.value_or(0));
      report.counted.push_back(count ? 1 : 0);
    }
    report.cost = ctx.session().cost() - report.preparation_cost;
    co_return Done();
  };
  SimulationOptions options;
  options.seed = arguments->seed;
  const SimulationResult result = Simulate({program, program, program}, options);
  for (const auto& error : result.error) {
    if (error) return std::unexpected(*error);
  }
  LaunchOutcome outcome;
  outcome.agreed = reports[0];
  for (unsigned i = 0; i < 3; ++i) outcome.bytes_sent[i] = reports[i].cost.bytes_sent;
  fmt::print("{}", arguments->json ? RenderJson(plan, outcome) : RenderTable(plan, outcome));
  return 0;
}

}  // namespace

void AddSimulateCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("simulate", "As compute, in one process and repeatable; for developers");
  const auto arguments = std::make_shared<Arguments>();
  AddQuestion(*command, &arguments->question);
  command->add_option("--seed", arguments->seed, "Seed of all randomness");
  command->add_flag("--json", arguments->json, "Print one line of JSON");
  command->callback([action, arguments] {
    *action = [arguments] {
      const Result<int> done = RunSimulation(arguments.get());
      if (done) return *done;
      const int code = ReportError(done.error());
      fmt::print(stderr, "{}", arguments->question.caret);
      return code;
    };
  });
}

}  // namespace mpcstats
