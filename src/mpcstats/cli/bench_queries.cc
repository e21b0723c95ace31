#include "mpcstats/cli/bench_queries.h"

#include <algorithm>

#include "mpcstats/language/grammar.h"
#include "mpcstats/query/join_tables.h"

namespace mpcstats {

namespace {

constexpr std::string_view kGroupQuery = "SELECT mean(x), count(*) FROM data WHERE y < 192 GROUP BY g";
constexpr std::size_t kGroups = 16;

// The last group is that of NULL.
Status CheckGroups(const std::vector<NumericColumn>& table, const Report& report) {
  std::vector<__int128> sums(kGroups + 1, 0);
  std::vector<std::uint64_t> values(kGroups + 1, 0);
  std::vector<std::uint64_t> counts(kGroups + 1, 0);
  for (std::size_t r = 0; r < table[0].units.size(); ++r) {
    if (table[1].units[r] >= 192) continue;
    const std::size_t group = table[2].valid[r] != 0 ? static_cast<std::size_t>(table[2].units[r]) : kGroups;
    ++counts[group];
    if (table[0].valid[r] == 0) continue;
    sums[group] += table[0].units[r];
    ++values[group];
  }
  for (std::size_t g = 0; 2 * g < report.figures.size(); ++g) {
    const Figure mean = values[g] == 0 ? Figure::Undefined("no values")
                                       : Figure::Exact(Rational(sums[g]) / Rational(values[g]));
    if (report.figures[2 * g] != mean || report.figures[2 * g + 1] != Figure::Exact(Rational(counts[g]))) {
      return Fail(ErrorCode::kInternal, "the answer of group_by is wrong");
    }
  }
  return {};
}

// Every eighth row of the column from row `first` on loses its value.
void LeaveOut(std::uint64_t first, NumericColumn& column) {
  for (std::uint64_t r = first; r < column.units.size(); r += 8) column.units[r] = column.valid[r] = 0;
}

constexpr std::string_view kJoinQuery = "SELECT mean(b.y) FROM a JOIN b ON a.key = b.key";

// Different keys: an odd factor permutes the numbers of `bits` bits.
std::int64_t KeyOf(std::uint64_t row, unsigned bits) {
  return static_cast<std::int64_t>((row * 0x9e3779b97f4a7c15) & ((std::uint64_t{1} << bits) - 1));
}

}  // namespace

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

Result<BenchedQuery> BenchGroupBy(const BenchTable& of, const LaunchOptions& options) {
  SystemRng rng;
  std::vector<NumericColumn> table;
  table.push_back(RandomColumn("x", of.rows, of.bits, rng));
  table.push_back(RandomColumn("y", of.rows, 8, rng));
  table.push_back(RandomColumn("g", of.rows, 4, rng));
  std::vector<ColumnInfo> columns;
  for (const NumericColumn& column : table)
    columns.push_back({column.name, column.type, ColumnContent::kNumber, {}, false});
  if (of.missing == Missing::kAnEighth) {
    for (const std::size_t c : {0u, 2u}) {
      LeaveOut(c, table[c]);
      columns[c].may_be_missing = true;
    }
  }
  columns[2].content = ColumnContent::kCategory;
  for (std::size_t g = 0; g < kGroups; ++g)
    columns[2].categories.push_back(std::string(1, "0123456789abcdef"[g]));
  ASSIGN_OR_RETURN(const QueryPlan plan, PlanQueryText(kGroupQuery, columns, of.rows));
  ASSIGN_OR_RETURN(LaunchOutcome outcome, Launch(plan, table, options));
  RETURN_IF_ERROR(CheckGroups(table, outcome.agreed));
  return BenchedQuery{plan.figures, std::move(outcome)};
}

Result<BenchedQuery> BenchJoin(const BenchTable& of, const LaunchOptions& options) {
  if (of.bits < 60 && of.rows >= std::uint64_t{1} << of.bits) {
    return Fail(ErrorCode::kInvalidArgument, "there are more rows than keys of so many bits; add --bits 32");
  }
  SystemRng rng;
  Table a{.rows = of.rows, .columns = {RandomColumn("key", of.rows, of.bits, rng)}, .readings = {{}}};
  Table b{.rows = of.rows,
          .columns = {RandomColumn("y", of.rows, 16, rng), RandomColumn("key", of.rows, of.bits, rng)},
          .readings = {{}, {}}};
  std::uint64_t matched = 0;
  __int128 sum = 0;
  for (std::uint64_t r = 0; r < of.rows; ++r) {
    b.columns[1].units[r] = KeyOf(r, of.bits);
    // Rows 0, 2, 4, ... have a partner, several the same one; the others' keys are beyond the table's.
    const bool match = r % 2 == 0;
    const std::uint64_t partner = match ? r / 3 : of.rows + r;
    a.columns[0].units[r] = KeyOf(partner, of.bits);
    const bool wrapped = !match && partner >= std::uint64_t{1} << of.bits;
    if (wrapped) a.columns[0].units[r] = a.columns[0].valid[r] = 0;
    matched += match ? 1 : 0;
    sum += match ? b.columns[0].units[partner] : 0;
  }
  ASSIGN_OR_RETURN(const Query query, ParseQuery(kJoinQuery, nullptr));
  ASSIGN_OR_RETURN(const StackedTables stacked,
                   StackTables(query, ColumnContent::kNumber, std::move(a), std::move(b)));
  ASSIGN_OR_RETURN(const QueryPlan plan,
                   PlanQuery(query, stacked.columns, stacked.table.rows, kJoinQuery, nullptr));
  ASSIGN_OR_RETURN(LaunchOutcome outcome, Launch(plan, stacked.table.columns, options));
  if (outcome.agreed.figures[0] != Figure::Exact(Rational(sum) / Rational(matched))) {
    return Fail(ErrorCode::kInternal, "the answer of join is wrong");
  }
  return BenchedQuery{plan.figures, std::move(outcome)};
}

}  // namespace mpcstats
