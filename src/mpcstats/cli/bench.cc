// mpcstats bench: what one operator costs, over TLS on loopback, on random shares that are stored already.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "mpcstats/cli/bench_queries.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/render.h"
#include "mpcstats/service/bench_operation.h"
#include "mpcstats/service/launcher.h"

namespace mpcstats {

namespace {

constexpr std::string_view kGroupBy = "group_by";
constexpr std::string_view kGroupByMissing = "group_by_missing";
constexpr std::string_view kJoin = "join";

struct Arguments {
  std::string operation;
  std::uint64_t rows = 0;
  unsigned bits = 32;
  std::optional<std::size_t> columns;
  unsigned threads = 1;
  bool json = false;
};

Status CheckFigures(const Plan& plan, const std::vector<NumericColumn>& table, const Report& report) {
  for (std::size_t i = 0; i < plan.items.size(); ++i) {
    std::vector<std::vector<std::int64_t>> units;
    std::vector<ColumnType> types;
    for (const std::size_t c : plan.items[i].columns) {
      units.push_back(table[c].units);
      types.push_back(table[c].type);
    }
    const Figure want = plan.items[i].statistic->Plain(units, types, plan.items[i].numbers);
    if (!AgreesWith(report.figures[i], want)) {
      return Fail(ErrorCode::kInternal, "the answer of " + plan.items[i].expression.text + " is wrong");
    }
  }
  return {};
}

Result<int> BenchQuery(const Arguments& arguments) {
  LaunchOptions options;
  options.threads = arguments.threads;
  options.io_deadline = std::chrono::seconds(300);
  const Missing missing = arguments.operation == kGroupByMissing ? Missing::kAnEighth : Missing::kNone;
  const BenchTable of{arguments.rows, arguments.bits, missing};
  ASSIGN_OR_RETURN(const BenchedQuery run,
                   arguments.operation == kJoin ? BenchJoin(of, options) : BenchGroupBy(of, options));
  fmt::print("{}", arguments.json ? RenderBenchJson(arguments.operation, run.figures, run.outcome)
                                  : RenderBenchText(arguments.operation, run.figures, run.outcome));
  return 0;
}

Status CheckColumns(const Arguments& arguments) {
  if (!arguments.columns) return {};
  const Statistic* statistic = FindStatistic(arguments.operation);
  const std::size_t columns = *arguments.columns;
  if (statistic == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "--columns is for statistics of several columns, and " +
                                                 arguments.operation + " is none; leave it out");
  }
  if (columns >= statistic->columns.min && columns <= statistic->columns.max) return {};
  return Fail(ErrorCode::kInvalidArgument,
              arguments.operation + " takes " + std::to_string(statistic->columns.min) + " to " +
                  std::to_string(statistic->columns.max) + " columns; choose --columns among them");
}

Result<int> Bench(const Arguments& arguments) {
  RETURN_IF_ERROR(CheckColumns(arguments));
  for (const std::string_view query : {kGroupBy, kGroupByMissing, kJoin}) {
    if (arguments.operation == query) return BenchQuery(arguments);
  }
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
    const BenchCall call = BenchCallOf(arguments.operation, arguments.bits, arguments.columns);
    std::vector<ColumnInfo> columns;
    for (std::size_t c = 0; c < call.columns.size(); ++c) {
      table.push_back(RandomColumn(call.columns[c], arguments.rows, call.bits[c], rng));
      columns.push_back({call.columns[c], table.back().type});
    }
    ASSIGN_OR_RETURN(plan, MakePlan({call.text}, std::move(columns), arguments.rows));
  }
  LaunchOptions options;
  options.threads = arguments.threads;
  options.io_deadline = std::chrono::seconds(300);
  ASSIGN_OR_RETURN(const LaunchOutcome outcome, Launch(plan, operation, table, options));
  if (operation.empty()) {
    RETURN_IF_ERROR(CheckFigures(plan, table, outcome.agreed));
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
          "and, less_than, multiply, dot, b2a, shuffle, sort, group_by, group_by_missing, join, or a "
          "statistic (sum, median, quantile, ...)")
      ->required();
  command->add_option("--rows", arguments->rows, "Rows")->required()->check(CLI::Range(1, 1 << 28));
  command->add_option("--bits", arguments->bits, "Bits of each number")->check(CLI::Range(1, 60));
  command
      ->add_option("--columns", arguments->columns,
                   "Columns of a statistic that takes several; else the fewest it takes")
      ->check(CLI::Range(1, 64));
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
