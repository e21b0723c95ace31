// Sums of groups whose sizes are opened anyway: rows are shuffled, their groups opened, and each group's rows added up.
#pragma once

#include <vector>

#include "mpcstats/query/group_sums.h"

namespace mpcstats {

/// Rows from which on it may be cheaper: below, rounds decide, and masks need fewer of them.
inline constexpr std::size_t kShuffleRows = std::size_t{1} << 15;

/// Whether SumShuffledGroups opens no more than SumGroups would and is cheaper. Public.
///
/// Some counted item opens n, and all counted columns have values in the same rows: it is one column, or none may be missing.
/// Then the groups of the rows, in an order that nobody knows, tell those n and nothing else.
[[nodiscard]] bool SumsByShuffle(const QueryPlan& plan, const QueryRows& rows);

/// As SumGroups, where SumsByShuffle.
///
/// Cost:     for G groups and columns of k bits in all: a shuffle of rows of k + log2(G + 1) bits, log2(G + 1) opened bits a
///           row, and k ANDs for each row that is in a group. SumGroups takes 2 k G ANDs a row.
/// Security: opens the group of each row, none where it has no value or is in no group, in shuffled order ("n"): what is
///           told are the groups' n. Traffic after that depends on them. Sums are opened as in SumGroups.
/// Source:   as the opened comparisons of sort.h: what is opened in an order that nobody knows is a multiset.
[[nodiscard]] Task<std::vector<GroupSums>> SumShuffledGroups(Ctx& ctx, const QueryPlan& plan,
                                                             const QueryRows& rows,
                                                             const std::vector<StoredColumn>& values,
                                                             const BitPlanes& masks);

}  // namespace mpcstats
