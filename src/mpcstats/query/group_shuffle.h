// Sums of groups whose sizes are opened anyway: rows are shuffled, their groups opened, and each group's rows added up.
#pragma once

#include <vector>

#include "mpcstats/query/group_sums.h"
#include "mpcstats/query/shuffle_parts.h"

namespace mpcstats {

/// As SumGroups, for the columns of one part (ShuffleParts); the others' counts and sums stay empty.
///
/// Cost:     for G groups and columns of k bits in all, of which m are missing in rows where the base is there: a shuffle of
///           rows of k + m + log2(G + 1) bits, log2(G + 1) opened bits a row, and for each row that is in a group k ANDs, k more
///           of the m columns, and m if their n are opened. Masks take 2 k G ANDs a row.
/// Security: opens the group of each row, none where the base has no value or the row is in no group, in shuffled order ("n"):
///           what is told are the base's n in the groups. Traffic after that depends on them. Which rows of a group lack
///           another column stays shared; its n, if wanted, and the sums are opened as in SumGroups.
/// Source:   as the opened comparisons of sort.h: what is opened in an order that nobody knows is a multiset.
[[nodiscard]] Task<std::vector<GroupSums>> SumShuffledGroups(Ctx& ctx, const QueryPlan& plan,
                                                             const QueryRows& rows, const ShufflePart& part,
                                                             const std::vector<StoredColumn>& values,
                                                             const BitPlanes& masks);

}  // namespace mpcstats
