#include "mpcstats/service/testing.h"

#include <utility>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/query/execute.h"
#include "mpcstats/service/bench_operation.h"
#include "mpcstats/service/deal.h"

namespace mpcstats {

namespace {

DealtTable DealSeeded(const std::vector<NumericColumn>& table, std::size_t rows, std::uint64_t seed) {
  SeededRng rng(seed);
  return Deal(table, rows, rng);
}

std::vector<StoredColumn> StoredAt(unsigned self, const Plan& plan, const DealtTable& dealt) {
  return StoredColumns(plan.columns, plan.rows, dealt.component[self], dealt.component[(self + 1) % 3]);
}

std::vector<ColumnInfo> InfoOf(const std::vector<NumericColumn>& table) {
  std::vector<ColumnInfo> columns;
  for (const NumericColumn& column : table) columns.push_back({column.name, column.type});
  return columns;
}

}  // namespace

std::string PlanRun::ErrorText() const {
  for (const auto& error : result.error) {
    if (error) return std::string(ErrorCodeName(error->code())) + ": " + error->message();
  }
  return {};
}

Result<Plan> PlanFor(const std::vector<std::string>& expressions, const std::vector<NumericColumn>& table) {
  return MakePlan(expressions, InfoOf(table), table.empty() ? 0 : table[0].units.size());
}

PlanRun RunPlan(const Plan& plan, const std::vector<NumericColumn>& table, const SimulationOptions& options) {
  const DealtTable dealt = DealSeeded(table, plan.rows, options.seed);
  PlanRun run;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    std::vector<StoredColumn> stored = StoredAt(self, plan, dealt);
    std::vector<ColumnShares> shares = co_await PrepareColumns(ctx, plan, std::move(stored));
    run.preparation[self] = ctx.session().cost();
    PlanOutcome outcome = co_await ExecutePlan(ctx, plan, &shares);
    run.figures[self] = std::move(outcome.figures);
    run.counts[self] = std::move(outcome.counts);
    run.cost[self] = ctx.session().cost() - run.preparation[self];
    co_return Done();
  };
  run.result = Simulate({program, program, program}, options);
  return run;
}

Figure PlainFigure(const PlanItem& item, const std::vector<NumericColumn>& table) {
  std::vector<std::vector<std::int64_t>> units(item.columns.size());
  std::vector<ColumnType> types;
  for (const std::size_t c : item.columns) types.push_back(table[c].type);
  for (std::size_t row = 0; row < table[item.columns[0]].units.size(); ++row) {
    bool counts = true;
    for (const std::size_t c : item.columns) counts &= table[c].valid[row] != 0;
    if (!counts) continue;
    for (std::size_t i = 0; i < units.size(); ++i) units[i].push_back(table[item.columns[i]].units[row]);
  }
  return item.statistic->Plain(units, types, item.numbers);
}

PlanRun RunOperator(std::string_view operation, const std::vector<NumericColumn>& table,
                    const SimulationOptions& options) {
  Plan plan;
  plan.rows = table[0].units.size();
  plan.columns = InfoOf(table);
  plan.needs.assign(table.size(), BenchNeeds(operation));
  const DealtTable dealt = DealSeeded(table, plan.rows, options.seed);
  PlanRun run;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    std::vector<StoredColumn> stored = StoredAt(self, plan, dealt);
    std::vector<ColumnShares> shares = co_await PrepareColumns(ctx, plan, std::move(stored));
    run.preparation[self] = ctx.session().cost();
    BenchOutput output = co_await RunBenchOperator(ctx, operation, std::move(shares));
    run.cost[self] = ctx.session().cost() - run.preparation[self];
    Bytes32 digest = co_await OpenBenchOutput(ctx, std::move(output));
    if (self == 0) run.digest = digest;
    co_return Done();
  };
  run.result = Simulate({program, program, program}, options);
  return run;
}

NumericColumn UniformColumn(const std::string& name, std::size_t rows, unsigned bits, std::uint64_t seed) {
  SeededRng rng(seed);
  NumericColumn column{.name = name, .type = {.bits = bits}, .units = {}, .valid = {}};
  column.units.resize(rows);
  column.valid.assign(rows, 1);
  rng.Fill({reinterpret_cast<std::uint8_t*>(column.units.data()), rows * sizeof(std::int64_t)});
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  for (auto& units : column.units) {
    units = static_cast<std::int64_t>(static_cast<std::uint64_t>(units) & mask);
  }
  return column;
}

}  // namespace mpcstats
