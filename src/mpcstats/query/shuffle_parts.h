// Which sums of groups come from shuffled rows, and what each shuffle carries: public, from the plan alone.
#pragma once

#include <cstdint>
#include <vector>

#include "mpcstats/query/query_plan.h"

namespace mpcstats {

/// Rows from which on a shuffle may be cheaper: below, rounds decide, and masks need fewer of them.
inline constexpr std::size_t kShuffleRows = std::size_t{1} << 15;

/// A column of plan.figures in a shuffle.
struct ShuffledColumn {
  std::size_t column = 0;
  bool counted = false;  ///< its n is opened
  bool summed = false;
  bool own_valid =
      false;  ///< it may be missing where the base is there: its validity goes along, and stays secret
};

/// Columns whose sums come from one shuffle.
struct ShufflePart {
  std::size_t base = 0;  ///< the column of plan.figures whose n the opened groups of the rows tell
  std::vector<ShuffledColumn> columns;  ///< the base among them
};

/// The shuffles that open no more than masks for each group would (SumGroups), and are cheaper.
///
/// A base's n is opened anyway, and each column of its part is there only where the base is: all stored columns that make the
/// base missing are among those that make the column missing. So `count(*)` or a column without missing cells is the base of
/// all; columns that are missing in rows of their own have a part each, if their n is opened. The rest takes masks.
[[nodiscard]] std::vector<ShufflePart> ShuffleParts(const QueryPlan& plan);

/// Bits of a group's number counted from 1, with 0 for none.
[[nodiscard]] unsigned ClassBits(std::size_t groups);

/// ANDs for each row that is in a group, after the shuffle: bits masked where validity is a column's own, and bits counted.
[[nodiscard]] std::uint64_t AndsAfterShuffle(const ShufflePart& part, const QueryPlan& plan);

}  // namespace mpcstats
