#include "mpcstats/query/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "mpcstats/engine/simulate.h"
#include "mpcstats/query/execute_query.h"
#include "mpcstats/query/shuffle_parts.h"
#include "mpcstats/stats/counts.h"

namespace mpcstats {

namespace {

// Measured between three processes on loopback (docs/performance.md).
constexpr double kSecondsARound = 0.00007;

struct DryRun {
  Cost cost;
  double seconds = 0;  // of all three parties, one after the other
};

std::uint64_t NextWord(std::uint64_t* state) {
  *state += 0x9e3779b97f4a7c15;
  std::uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Of a column that has an empty cell: statistics of several columns then leave rows out, which costs.
BitPlane AllButTheFirst(PartyIndex self, std::size_t rows) {
  std::vector<std::uint64_t> first(WordsFor(rows));
  if (rows > 2) first[0] = 1;
  return XorPublic(self, Constant(self, true, rows), first);
}

// What stands in each stored column, as encodings: the public values whose rows a figure counts apart, as the groups of a test
// without which it ends early.
std::vector<std::vector<std::uint64_t>> ValuesCounted(const QueryPlan& plan) {
  std::vector<std::vector<std::uint64_t>> counted(plan.columns.size());
  for (const PlanItem& item : plan.figures.items) {
    std::vector<ColumnType> types;
    for (const std::size_t c : item.columns) types.push_back(plan.figures.columns[c].type);
    for (const Classes& classes : item.statistic->ClassesOf({types, plan.rows, item.numbers})) {
      const Value& value = plan.values[item.columns[classes.column]];
      if (value.kind != ValueKind::kColumn || classes.kind == Classes::Kind::kEdges) continue;
      const ColumnType& type = plan.columns[value.column].type;
      for (const Decimal& at : classes.at) {
        if (const auto units = UnitsOf(at, type)) counted[value.column].push_back(type.Encode(*units));
      }
    }
  }
  return counted;
}

// Any values, and in every other row one of `counted`.
BitColumn MadeUpValues(PartyIndex self, std::size_t rows, unsigned bits,
                       const std::vector<std::uint64_t>& counted, std::uint64_t* state) {
  std::vector<std::vector<std::uint64_t>> planes(bits, std::vector<std::uint64_t>(WordsFor(rows)));
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t any = NextWord(state);
    const std::uint64_t value = counted.empty() || row % 2 == 0 ? any : counted[(any >> 32) % counted.size()];
    for (unsigned b = 0; b < bits; ++b) planes[b][row / 64] |= (value >> b & 1) << (row % 64);
  }
  BitColumn column;
  for (const auto& words : planes) column.planes.push_back(XorPublic(self, Zero(rows), words));
  return column;
}

std::vector<StoredColumn> MadeUpColumns(PartyIndex self, const QueryPlan& plan) {
  std::uint64_t state = 1;
  const std::vector<std::vector<std::uint64_t>> counted = ValuesCounted(plan);
  std::vector<StoredColumn> stored;
  for (std::size_t c = 0; c < plan.columns.size(); ++c) {
    const ColumnInfo& info = plan.columns[c];
    StoredColumn column;
    column.encoded = MadeUpValues(self, plan.rows, info.type.bits, counted[c], &state);
    column.valid = info.may_be_missing ? AllButTheFirst(self, plan.rows) : Constant(self, true, plan.rows);
    stored.push_back(std::move(column));
  }
  return stored;
}

Result<DryRun> Run(const QueryPlan& plan) {
  DryRun run;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    QueryState state;
    state.stored = MadeUpColumns(ctx.session().self(), plan);
    state.dry_run = true;
    co_await PrepareQuery(ctx, plan, &state);
    const QueryOutcome outcome = co_await ExecuteQuery(ctx, plan, &state);
    co_return Done();
  };
  const auto begin = std::chrono::steady_clock::now();
  const SimulationResult result = Simulate({program, program, program});
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (const auto& error : result.error) {
    if (error) return std::unexpected(*error);
  }
  run.cost = result.cost[0];
  return run;
}

Result<DryRun> RunWith(const QueryPlan& plan, std::size_t rows) {
  ASSIGN_OR_RETURN(const QueryPlan smaller, PlanQueryText(plan.text, plan.columns, rows));
  return Run(smaller);
}

bool Sorts(const QueryPlan& plan) {
  if (plan.join) return true;
  const auto sorts = [](unsigned needs) { return (needs & kSorted) != 0; };
  return std::ranges::any_of(plan.figures.needs, sorts);
}

// The line through two measured points, at `rows`; with a sort, that times log.
double Drawn(double small, double large, std::size_t small_rows, std::size_t rows, bool sorts) {
  const double slope = (large - small) / static_cast<double>(small_rows);  // large has twice the rows
  const double value = large + slope * (static_cast<double>(rows) - 2.0 * static_cast<double>(small_rows));
  const double growth = std::log(static_cast<double>(rows)) / std::log(2.0 * static_cast<double>(small_rows));
  return std::max(value, small) * (sorts ? growth : 1.0);
}

std::size_t FieldColumns(const QueryPlan& plan) {
  return static_cast<std::size_t>(std::ranges::count_if(
      plan.figures.needs, [](unsigned needs) { return (needs & (kField | kLimbs | kSortedField)) != 0; }));
}

// Shares twice while they arrive, two batches of recorded gates, and field elements with what their proofs hold.
std::uint64_t MemoryOf(const QueryPlan& plan, std::uint64_t gates) {
  std::uint64_t planes = 0;
  for (const ColumnInfo& column : plan.columns) planes += column.type.bits + 1;
  for (const ColumnInfo& column : plan.figures.columns) planes += column.type.bits + 1;
  const std::uint64_t recorded = std::min<std::uint64_t>(gates, std::uint64_t{1} << 27);
  const std::uint64_t masks = plan.group_count() * plan.rows / 4;
  // Elements, what a proof's first fold leaves of them, and the conversions that are in flight at once (PrepareColumns).
  const std::uint64_t columns = !plan.takes_all_rows() && plan.rest.items.empty() ? 0 : FieldColumns(plan);
  const std::uint64_t in_flight = std::min<std::uint64_t>(
      columns * std::min<std::uint64_t>(plan.rows, std::uint64_t{1} << 17), std::uint64_t{1} << 19);
  const std::uint64_t field = columns * plan.rows * 48 + in_flight * 400;
  return (std::uint64_t{14} << 20) + planes * plan.rows / 2 + recorded + masks + field;
}

std::string Thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string Size(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (number < 1e4) return fmt::format("{:.0f} B", number);
  if (number < 1e7) return fmt::format("{:.1f} kB", number / 1e3);
  return fmt::format("{:.1f} MB", number / 1e6);
}

std::string ReadText(const ColumnInfo& column) {
  const std::string name = ColumnText("", column.name);
  const std::string missing = column.may_be_missing ? ", some missing" : "";
  switch (column.content) {
    case ColumnContent::kNumber: return name + " (" + column.type.Name() + missing + ")";
    case ColumnContent::kCategory:
      return fmt::format("{} ({} texts, public{})", name, column.categories.size(), missing);
    case ColumnContent::kPresence: break;
  }
  return name + " (only whether a cell is there)";
}

}  // namespace

Result<CostEstimate> EstimateCost(const QueryPlan& plan) {
  CostEstimate estimate;
  const double cores = std::clamp(std::thread::hardware_concurrency(), 1u, 3u);
  if (plan.rows <= kDryRunRows) {
    ASSIGN_OR_RETURN(const DryRun run, Run(plan));
    estimate.and_gates = run.cost.and_gates;
    estimate.multiplications = run.cost.multiplications;
    estimate.rounds = run.cost.rounds;
    estimate.bytes_sent = run.cost.bytes_sent;
    estimate.seconds = run.seconds / cores;
    estimate.counted = true;
  } else {
    // Both as the plan itself will go.
    const std::size_t small_rows = plan.groups && plan.rows >= kShuffleRows ? kShuffleRows : kDryRunRows + 64;
    ASSIGN_OR_RETURN(const DryRun small, RunWith(plan, small_rows));
    ASSIGN_OR_RETURN(const DryRun large, RunWith(plan, 2 * small_rows));
    const bool sorts = Sorts(plan);
    const auto drawn = [&](auto a, auto b) {
      return Drawn(static_cast<double>(a), static_cast<double>(b), small_rows, plan.rows, sorts);
    };
    estimate.and_gates = static_cast<std::uint64_t>(drawn(small.cost.and_gates, large.cost.and_gates));
    estimate.multiplications =
        static_cast<std::uint64_t>(drawn(small.cost.multiplications, large.cost.multiplications));
    estimate.bytes_sent = static_cast<std::uint64_t>(drawn(small.cost.bytes_sent, large.cost.bytes_sent));
    estimate.seconds = drawn(small.seconds, large.seconds) / cores;
    // Depths grow with the logarithm of the rows; long columns also go in pieces.
    const double doublings = std::log2(static_cast<double>(plan.rows) / (2.0 * small_rows));
    const double each = static_cast<double>(large.cost.rounds) - static_cast<double>(small.cost.rounds);
    estimate.rounds =
        large.cost.rounds + static_cast<std::uint64_t>(std::max(0.0, doublings * std::max(each, 2.0)));
  }
  estimate.seconds += static_cast<double>(estimate.rounds) * kSecondsARound;
  estimate.memory_bytes = MemoryOf(plan, estimate.and_gates);
  return estimate;
}

std::string ExplainText(const QueryPlan& plan, const CostEstimate& cost) {
  std::string text = "\n" + plan.text + "\n\n";
  std::string columns;
  for (const ColumnInfo& column : plan.columns) columns += (columns.empty() ? "" : ", ") + ReadText(column);
  text +=
      fmt::format("  share    {} rows of {}\n", Thousands(plan.rows), columns.empty() ? "nothing" : columns);
  if (plan.join) {
    text += fmt::format(
        "  join     where {} = {}, by a sort of the rows of both tables; how many rows match is not opened\n"
        "           opens whether two rows have the same {}, which is refused\n",
        plan.join->left_key, plan.join->right_key, plan.join->right_key);
  }
  if (plan.where.kind != ConditionKind::kAlways) {
    text += "  keep     rows that fulfil WHERE, as secret bits; how many they are is not opened\n";
  }
  if (plan.groups) {
    text += fmt::format("  group    by {}: {} groups, public and all shown, empty ones too\n",
                        plan.groups->text, plan.group_count());
  }
  const std::vector<std::string> opened = Disclosures(plan);
  for (std::size_t i = 0; i < plan.figures.items.size(); ++i) {
    text += fmt::format("  compute  {}; opens {}{}\n", plan.figures.items[i].expression.text, opened[i],
                        plan.groups ? " in each group" : "");
  }
  text += "\nn is the number of rows with a value behind a figure; nothing else is opened.\n";
  text += fmt::format(
      "{}{} AND gates, {} field products, {} rounds, {} sent by a party, with sharing and conversion\n"
      "about {} of memory for a party, about {:.2f} s for three parties on this machine\n",
      cost.counted ? "" : "about ", Thousands(cost.and_gates), Thousands(cost.multiplications),
      Thousands(cost.rounds), Size(cost.bytes_sent), Size(cost.memory_bytes), cost.seconds);
  return text;
}

}  // namespace mpcstats
