// For tests: a query through three simulated parties, and random tables and random queries whose numbers are exact
// everywhere: in decimals, in doubles and in our integers.
#pragma once

#include <array>
#include <random>
#include <string>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"
#include "mpcstats/query/execute_query.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

struct QueryRun {
  SimulationResult result;
  std::array<QueryOutcome, 3> outcome;
  std::array<Cost, 3> preparation;
};

/// Deals `table` and runs the plan. What missing cells hold is made up of ones.
inline QueryRun RunQuery(const QueryPlan& plan, const Table& table, const SimulationOptions& options = {}) {
  SeededRng rng(options.seed);
  std::array<std::vector<StoredColumn>, 3> stored;
  for (const NumericColumn& column : table.columns) {
    std::vector<std::uint64_t> encoded;
    std::vector<std::uint64_t> valid(column.valid.begin(), column.valid.end());
    for (std::size_t r = 0; r < table.rows; ++r) {
      // What a missing cell holds must not matter.
      encoded.push_back(column.valid[r] != 0 ? column.type.Encode(column.units[r])
                                             : (std::uint64_t{1} << column.type.bits) - 1);
    }
    const auto bits = ShareBits(encoded, column.type.bits, rng);
    const auto there = ShareBits(valid, 1, rng);
    for (unsigned i = 0; i < 3; ++i) {
      StoredColumn one;
      one.encoded = bits[i];
      one.valid = there[i].planes[0];
      stored[i].push_back(std::move(one));
    }
  }
  QueryRun run;
  run.result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned self = ctx.session().self().value();
        QueryState state;
        state.stored = stored[self];
        co_await PrepareQuery(ctx, plan, &state);
        run.preparation[self] = ctx.session().cost();
        QueryOutcome outcome = co_await ExecuteQuery(ctx, plan, &state);
        run.outcome[self] = std::move(outcome);
        co_return Done();
      },
      options);
  return run;
}

/// a, b: small integers, missing at times; c: integers that are never missing; d: quarters with two decimals, missing at
/// times; t: one of five texts, missing at times; u: one of three texts, never missing. t and u are there as texts.
inline Table RandomTable(std::mt19937_64& rng, std::size_t rows) {
  const auto cell = [&rng](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<std::uint64_t>(high - low + 1));
  };
  static constexpr const char* kTexts[] = {"East", "North", "South", "it's", "Ürgüp"};
  std::string text = "a,b,c,d,t,u\n";
  for (std::size_t r = 0; r < rows; ++r) {
    text += cell(0, 5) == 0 ? "," : std::to_string(cell(-9, 12)) + ",";
    text += cell(0, 3) == 0 ? "," : std::to_string(cell(0, 7)) + ",";
    text += std::to_string(cell(-40, 40)) + ",";
    const int quarters = cell(-30, 60);
    if (cell(0, 4) != 0) text += FormatDecimal({quarters * 25, 2});
    text += ",";
    if (cell(0, 4) != 0) text += kTexts[cell(0, 4)];
    text += std::string(",") + kTexts[cell(0, 2)] + "\n";
  }
  const std::vector<WantedColumn> wanted = {
      {"a"}, {"b"}, {"c"}, {"d"}, {"t", ColumnContent::kCategory}, {"u", ColumnContent::kCategory}};
  return *ReadTable("random", text, wanted, CsvOptions());
}

/// Texts that mean the same to SQLite and to us.
class QueryWriter {
 public:
  explicit QueryWriter(std::mt19937_64& rng) : rng_(rng) {}

  std::string Condition(int depth) {
    if (depth <= 0 || Below(4) == 0) return Leaf();
    switch (Below(5)) {
      case 0: return "NOT " + (Below(2) == 0 ? "(" + Condition(depth - 1) + ")" : Leaf());
      case 1: return "(" + Condition(depth - 1) + ")";
      case 2: return Condition(depth - 1) + " OR " + Condition(depth - 1);
      default: return Condition(depth - 1) + " AND " + Condition(depth - 1);
    }
  }

  /// Without parentheses at times, so that precedence counts. `width` bounds the factors of a product.
  std::string Value(int depth) {
    if (depth <= 0 || Below(3) == 0) return Below(4) == 0 ? Number() : Column();
    switch (Below(6)) {
      case 0: return "(" + Value(depth - 1) + ")";
      case 1: return "-" + Column();
      case 2: return Value(depth - 1) + " + " + Value(depth - 1);
      case 3: return Value(depth - 1) + " - " + Value(depth - 1);
      case 4: return Column() + " * " + Column();
      default: return Value(depth - 1) + " + " + Number() + " * " + Column();
    }
  }

  std::string Column() { return std::string(1, "abcd"[Below(4)]); }

 private:
  std::size_t Below(std::size_t end) { return rng_() % end; }

  std::string Number() {
    static constexpr const char* kNumbers[] = {"0",     "1",    "2",     "-3", "7",   "0.5",
                                               "-0.25", "1.75", "0.125", "10", "NULL"};
    return kNumbers[Below(std::size(kNumbers) - (Below(4) == 0 ? 0 : 1))];
  }

  std::string Comparison() {
    static constexpr const char* kSigns[] = {"=", "<>", "!=", "<", "<=", ">", ">="};
    return std::string(" ") + kSigns[Below(std::size(kSigns))] + " ";
  }

  std::string Text() {
    static constexpr const char* kTexts[] = {"'South'",  "'North'", "'it''s'", "'Ürgüp'",
                                             "'Nobody'", "''",      "'F'"};
    return kTexts[Below(std::size(kTexts))];
  }

  std::string Leaf() {
    const std::string no = Below(2) == 0 ? " NOT" : "";
    switch (Below(8)) {
      case 0: return std::string(Below(2) == 0 ? "t" : "u") + Comparison() + Text();
      case 1: return "t" + no + " IN (" + Text() + ", " + Text() + (Below(5) == 0 ? ", NULL)" : ")");
      case 2: return Value(1) + no + " IN (" + Number() + ", " + Number() + ", " + Number() + ")";
      case 3: return Value(1) + no + " BETWEEN " + Number() + " AND " + Value(1);
      case 4: return (Below(3) == 0 ? std::string("t") : Value(1)) + " IS" + no + " NULL";
      default: return Value(2) + Comparison() + Value(2);
    }
  }

  std::mt19937_64& rng_;
};

}  // namespace mpcstats
