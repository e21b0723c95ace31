// Benchmarks of whole queries on random tables: groups with a filter, and a join.
#pragma once

#include "mpcstats/service/launcher.h"

namespace mpcstats {

enum class Missing : std::uint8_t { kNone, kAnEighth };

struct BenchTable {
  std::uint64_t rows = 0;
  unsigned bits = 32;                ///< of the summed column, or of the keys of a join
  Missing missing = Missing::kNone;  ///< of the values and the groups of a group by
};

/// A figure's plan for rendering, and what the run cost. Errors: kInternal when an answer is wrong; as Launch.
struct BenchedQuery {
  Plan figures;
  LaunchOutcome outcome;
};

/// Mean and count in 16 groups where a filter keeps three of four rows; in 17 where values are missing.
[[nodiscard]] Result<BenchedQuery> BenchGroupBy(const BenchTable& of, const LaunchOptions& options);

/// The mean of a column of a table of `rows` rows that another one of as many is joined with; half of its keys match.
[[nodiscard]] Result<BenchedQuery> BenchJoin(const BenchTable& of, const LaunchOptions& options);

/// Uniform units of `bits` bits, none missing.
[[nodiscard]] NumericColumn RandomColumn(const std::string& name, std::uint64_t rows, unsigned bits,
                                         Rng& rng);

}  // namespace mpcstats
