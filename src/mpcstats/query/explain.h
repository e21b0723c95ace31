// EXPLAIN: what a query would do, disclose and cost, before anything of the table is shared.
//
//   const CostEstimate cost = EstimateCost(plan);
//   fmt::print("{}", ExplainText(plan, cost));
#pragma once

#include <cstdint>
#include <string>

#include "mpcstats/query/query_plan.h"

namespace mpcstats {

struct CostEstimate {
  std::uint64_t and_gates = 0;
  std::uint64_t multiplications = 0;
  std::uint64_t rounds = 0;
  std::uint64_t bytes_sent = 0;    ///< by party 0, as in a result's cost
  std::uint64_t memory_bytes = 0;  ///< of one party, to within a factor of about two
  double seconds = 0;    ///< three parties on this machine over loopback; depends on what else runs on it
  bool counted = false;  ///< the counts are those of a dry run of this size, not drawn on from smaller ones
};

/// Rows up to which a dry run has the size of the table.
inline constexpr std::size_t kDryRunRows = std::size_t{1} << 14;

/// Runs the plan in this process on made-up values: of as many rows up to kDryRunRows, and beyond on two smaller tables,
/// from which counts are drawn on in proportion. Sharing and the conversion of columns to the field are included.
///
/// Accuracy: up to kDryRunRows rows the gates, products and bytes of a run, exact but where sorts are in it, whose
///           comparisons depend on a random permutation. Beyond, within about 20 %.
/// Cost:     that of the dry runs, a second or two for large queries.
/// Security: uses nothing of the table but its rows, types and categories.
[[nodiscard]] Result<CostEstimate> EstimateCost(const QueryPlan& plan);

/// The plan, step by step, with what each figure opens, and the cost; for people.
[[nodiscard]] std::string ExplainText(const QueryPlan& plan, const CostEstimate& cost);

}  // namespace mpcstats
