// Groups, and the rows of a WHERE as the only one: one mask each, shared by all figures, and the counts and sums behind
// count, sum and mean.
#pragma once

#include <optional>
#include <vector>

#include "mpcstats/query/execute.h"
#include "mpcstats/query/query_plan.h"
#include "mpcstats/query/rows.h"

namespace mpcstats {

/// For each group where its rows are, among those of `where` (all rows without it). Each row has a one in at most one mask.
///
/// Cost:     for categories of b bits b ANDs a row and group; for buckets a comparison and an AND a row and edge.
/// Security: as And.
[[nodiscard]] Task<BitPlanes> GroupMasks(Ctx& ctx, const Groups& groups, const QueryRows& rows,
                                         std::optional<BitPlane> where);

/// What was opened of one group, by column of plan.figures: what no counted item asks for stays empty.
struct GroupSums {
  std::vector<std::optional<std::uint64_t>> count;
  std::vector<std::optional<__int128>> sum;  ///< units
};

/// Which counts and sums the counted items of a plan ask for: a one for each such column of plan.figures.
struct WantedSums {
  std::vector<std::uint8_t> count;
  std::vector<std::uint8_t> sum;
};
[[nodiscard]] WantedSums WantedSumsOf(const QueryPlan& plan);

/// Counts and sums of all groups for the counted items of `plan`.
///
/// Cost:     for a column of k bits: k ANDs a row and group for the masked bits and k more to count them (one for a count
///           alone); columns of groups are taken so many at a time that about 2^25 bits are in work. Masks in the
///           field would cost more: three verified products a bit, each as dear as some 270 ANDs (docs/performance.md).
///           Columns of ShuffleParts (shuffle_parts.h) cost what SumShuffledGroups says instead.
/// Security: opens "n" for each column that count or mean asks for, and "sum" for each that sum or mean asks for, for each
///           group: those of shuffled rows shuffle by shuffle, all others after everything is computed.
[[nodiscard]] Task<std::vector<GroupSums>> SumGroups(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows,
                                                     const std::vector<StoredColumn>& values,
                                                     const BitPlanes& masks);

/// A counted item's figure.
[[nodiscard]] Figure FigureOf(const PlanItem& item, const std::vector<ColumnInfo>& columns,
                              const GroupSums& sums);

}  // namespace mpcstats
