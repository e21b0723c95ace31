// mpcstats compute: statistics of a CSV file of one's own, by three party processes on this machine.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/cli/question.h"
#include "mpcstats/cli/render.h"
#include "mpcstats/service/launcher.h"

namespace mpcstats {

namespace {

struct Arguments {
  Question question;
  bool json = false;
  unsigned threads = 1;
  unsigned deadline_seconds = 60;
};

Result<int> Compute(Arguments* arguments) {
  ASSIGN_OR_RETURN(const PlannedQuestion planned, PlanQuestion(&arguments->question));
  const QueryPlan& plan = planned.plan;
  if (planned.explain) {
    RETURN_IF_ERROR(PrintExplanation(plan, arguments->json));
    return 0;
  }
  LaunchOptions options;
  options.threads = arguments->threads;
  options.io_deadline = std::chrono::seconds(arguments->deadline_seconds);
  Result<LaunchOutcome> outcome = [&] {
    ProgressBar bar;
    options.progress = [&](std::uint64_t done, std::uint64_t expected) { bar.Show(done, expected); };
    return Launch(plan, planned.table.columns, options);
  }();
  if (!outcome) return std::unexpected(outcome.error());
  fmt::print("{}", arguments->json ? RenderJson(plan, *outcome) : RenderTable(plan, *outcome));
  return 0;
}

}  // namespace

void AddComputeCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("compute", "Compute statistics of a CSV file of yours");
  const auto arguments = std::make_shared<Arguments>();
  AddQuestion(*command, &arguments->question);
  command->add_flag("--json", arguments->json, "Print one line of JSON");
  command->add_option("--threads", arguments->threads, "Threads of each party")->check(CLI::Range(1, 64));
  command->add_option("--deadline", arguments->deadline_seconds, "Seconds a party waits for a silent peer")
      ->check(CLI::Range(1, 3600));
  command->callback([action, arguments] {
    *action = [arguments] {
      const Result<int> done = Compute(arguments.get());
      if (done) return *done;
      const int code = ReportError(done.error());
      fmt::print(stderr, "{}", arguments->question.caret);
      return code;
    };
  });
}

}  // namespace mpcstats
