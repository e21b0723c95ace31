// mpcstats bench: what one operator costs, over TLS on loopback, on random shares that are stored already.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/cli/render.h"
#include "mpcstats/service/bench_operation.h"
#include "mpcstats/service/launcher.h"

namespace mpcstats {

namespace {

struct Arguments {
  std::string operation;
  std::uint64_t rows = 0;
  unsigned bits = 32;
  unsigned threads = 1;
  bool json = false;
};

NumericColumn RandomColumn(const std::string& name, std::uint64_t rows, unsigned bits, Rng& rng) {
  NumericColumn column;
  column.name = name;
  column.type.bits = bits;
  column.units.resize(rows);
  column.valid.assign(rows, 1);
  rng.Fill({reinterpret_cast<std::uint8_t*>(column.units.data()), rows * sizeof(std::int64_t)});
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  for (auto& units : column.units)
    units = static_cast<std::int64_t>(static_cast<std::uint64_t>(units) & mask);
  return column;
}

Status CheckFigures(const Plan& plan, const NumericColumn& column, const Report& report) {
  for (std::size_t i = 0; i < plan.items.size(); ++i) {
    const Figure want = plan.items[i].statistic->plain(column.units, column.type, plan.items[i].number);
    const Figure& got = report.figures[i];
    const bool same = got.error_bound > 0 ? std::abs(got.value - want.value) <= got.error_bound
                                          : got.exact_text == want.exact_text && got.value == want.value;
    if (!same || got.undefined != want.undefined) {
      return Fail(ErrorCode::kInternal, "the answer of " + plan.items[i].expression.text + " is wrong");
    }
  }
  return {};
}

Result<int> Bench(const Arguments& arguments) {
  SystemRng rng;
  std::vector<NumericColumn> table;
  Plan plan;
  std::string operation;
  if (IsBenchOperator(arguments.operation)) {
    operation = arguments.operation;
    for (const char* name : {"x", "y"})
      table.push_back(RandomColumn(name, arguments.rows, arguments.bits, rng));
    ASSIGN_OR_RETURN(plan, MakePlan({}, {{"x", table[0].type}, {"y", table[1].type}}, arguments.rows));
  } else {
    table.push_back(RandomColumn("x", arguments.rows, arguments.bits, rng));
    const std::string number = arguments.operation == "quantile" ? ", 0.9" : "";
    ASSIGN_OR_RETURN(
        plan, MakePlan({arguments.operation + "(x" + number + ")"}, {{"x", table[0].type}}, arguments.rows));
  }
  LaunchOptions options;
  options.threads = arguments.threads;
  options.io_deadline = std::chrono::seconds(300);
  ASSIGN_OR_RETURN(const LaunchOutcome outcome, Launch(plan, operation, table, options));
  if (operation.empty()) {
    RETURN_IF_ERROR(CheckFigures(plan, table[0], outcome.agreed));
  } else if (outcome.agreed.bench_digest != PlainBenchDigest(operation, table)) {
    return Fail(ErrorCode::kInternal, "the answer of " + operation + " is wrong");
  }
  fmt::print("{}", arguments.json ? RenderBenchJson(arguments.operation, plan, outcome)
                                  : RenderBenchText(arguments.operation, plan, outcome));
  return 0;
}

}  // namespace

void AddBenchCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("bench", "Measure one operator or statistic on random stored shares");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option(
          "operation", arguments->operation,
          "and, less_than, multiply, dot, b2a, shuffle, sort, or a statistic (sum, median, quantile, ...)")
      ->required();
  command->add_option("--rows", arguments->rows, "Rows")->required()->check(CLI::Range(1, 1 << 28));
  command->add_option("--bits", arguments->bits, "Bits of each number")->check(CLI::Range(1, 60));
  command->add_option("--threads", arguments->threads, "Threads of each party")->check(CLI::Range(1, 64));
  command->add_flag("--json", arguments->json, "Print one line of JSON");
  command->callback([action, arguments] {
    *action = [arguments] {
      const Result<int> done = Bench(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats
