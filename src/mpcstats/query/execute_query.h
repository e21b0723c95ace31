// Running a query on stored shares: masks for WHERE and groups, values of expressions, then the statistics.
#pragma once

#include <optional>
#include <vector>

#include "mpcstats/query/execute.h"
#include "mpcstats/query/query_plan.h"

namespace mpcstats {

/// What a party holds between preparation and run.
struct QueryState {
  std::vector<StoredColumn> stored;    ///< as dealt
  std::vector<ColumnShares> prepared;  ///< the values, when every row counts
  bool dry_run = false;                ///< masks are computed, and then rows taken by number instead
};

struct QueryOutcome {
  std::vector<Figure> figures;                       ///< group by group, in each the items in their order
  std::vector<std::optional<std::uint64_t>> counts;  ///< rows behind each; none where they were not opened
};

/// What does not depend on the question: without WHERE and GROUP BY the columns as PrepareColumns makes them. Ends verified.
[[nodiscard]] Task<Done> PrepareQuery(Ctx& ctx, const QueryPlan& plan, QueryState* state);

/// All figures; completes `state`, which must live until then.
///
/// Cost:     JOIN: as JoinStacked (join_rows.h). WHERE: its comparisons once, and an AND a row for each argument; rows are never taken out, so that traffic
///           does not depend on how many fulfil it. GROUP BY: for each group log2 groups ANDs a row for its mask; for sum and
///           mean 2 bits ANDs a row (bits masked, then counted); for any other statistic what it costs on the whole table.
/// Security: opens for each statistic what Disclosures says, for each group, and nothing else; a join also whether keys repeat. Which rows fulfil a
///           condition, and how many, stays secret unless a figure's n says it.
/// Source:   docs/query-language.md.
[[nodiscard]] Task<QueryOutcome> ExecuteQuery(Ctx& ctx, const QueryPlan& plan, QueryState* state);

}  // namespace mpcstats
