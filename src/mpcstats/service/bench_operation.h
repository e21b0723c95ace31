// The operators that `mpcstats bench` measures alone; statistics are measured as a plan of one expression.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/query/execute.h"

namespace mpcstats {

/// "and", "less_than", "multiply", "dot", "b2a", "shuffle", "sort".
[[nodiscard]] bool IsBenchOperator(std::string_view operation);

/// Columns that an operator wants prepared in the field.
[[nodiscard]] unsigned BenchNeeds(std::string_view operation);

/// A statistic as `mpcstats bench` and the golden costs call it: `columns` columns x, y and so on, or the fewest that it
/// takes, and the example of each number that it needs.
struct BenchCall {
  std::string text;
  std::vector<std::string> columns;
  std::vector<unsigned> bits;
};
[[nodiscard]] BenchCall BenchCallOf(const std::string& statistic, unsigned bits,
                                    std::optional<std::size_t> columns = std::nullopt);

/// The result of the measured part, still shared.
struct BenchOutput {
  BitPlanes bits;
  ArithColumn<Fp127> field;
  bool any_order = false;
};

/// Runs the operator on the columns x and y, up to and with its verification. Nothing is opened to learn the answer.
[[nodiscard]] Task<BenchOutput> RunBenchOperator(Ctx& ctx, std::string_view operation,
                                                 std::vector<ColumnShares> columns);

/// Opens the answer, outside of what is measured, and hashes it.
[[nodiscard]] Task<Bytes32> OpenBenchOutput(Ctx& ctx, BenchOutput output);

/// The hash of the right answer, from the plain columns.
[[nodiscard]] Bytes32 PlainBenchDigest(std::string_view operation, const std::vector<NumericColumn>& columns);

}  // namespace mpcstats
