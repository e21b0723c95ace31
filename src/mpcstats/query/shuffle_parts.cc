#include "mpcstats/query/shuffle_parts.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "mpcstats/query/group_sums.h"

namespace mpcstats {

namespace {

// A word of a shuffled row takes as long as so many ANDs (docs/performance.md: 0.46 s for 1 M rows of one word).
constexpr std::uint64_t kAndsOfAWord = 200;

// Stored columns that may make a value missing, ascending.
std::vector<std::size_t> MissingIn(const QueryPlan& plan, std::size_t column) {
  std::vector<std::size_t> missing = ColumnsIn(plan.values[column]);
  std::erase_if(missing, [&](std::size_t c) { return !plan.columns[c].may_be_missing; });
  return missing;
}

std::uint64_t SummedBits(const ShuffledColumn& of, const QueryPlan& plan) {
  return of.summed ? plan.figures.columns[of.column].type.bits : 0;
}

// What the shuffle takes, as ANDs a row.
std::uint64_t ShuffleWork(const ShufflePart& part, const QueryPlan& plan) {
  std::uint64_t bits = ClassBits(plan.group_count());
  for (const ShuffledColumn& one : part.columns) bits += SummedBits(one, plan) + (one.own_valid ? 1 : 0);
  return (bits + 63) / 64 * kAndsOfAWord;
}

// With masks, ANDs a row: bits masked and bits counted, in each group.
std::uint64_t AndsWithMasks(const ShufflePart& part, const QueryPlan& plan) {
  std::uint64_t gates = 0;
  for (const ShuffledColumn& one : part.columns) gates += 2 * SummedBits(one, plan);
  return gates * plan.group_count();
}

}  // namespace

unsigned ClassBits(std::size_t groups) { return static_cast<unsigned>(std::bit_width(groups)); }

std::uint64_t AndsAfterShuffle(const ShufflePart& part, const QueryPlan& plan) {
  std::uint64_t gates = 0;
  for (const ShuffledColumn& one : part.columns) {
    gates += SummedBits(one, plan) * (one.own_valid ? 2 : 1) + (one.own_valid && one.counted ? 1 : 0);
  }
  return gates;
}

std::vector<ShufflePart> ShuffleParts(const QueryPlan& plan) {
  std::vector<ShufflePart> parts;
  if (plan.rows < kShuffleRows || plan.group_count() < 2) return parts;
  const WantedSums wanted = WantedSumsOf(plan);
  std::vector<std::vector<std::size_t>> missing;
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < plan.values.size(); ++c) {
    missing.push_back(MissingIn(plan, c));
    if (wanted.count[c] != 0 || wanted.sum[c] != 0) order.push_back(c);
  }
  // Bases before what they may be the base of.
  std::ranges::sort(order, {},
                    [&](std::size_t c) { return std::tuple(missing[c].size(), wanted.count[c] == 0, c); });
  for (const std::size_t c : order) {
    auto part = std::ranges::find_if(
        parts, [&](const ShufflePart& of) { return std::ranges::includes(missing[c], missing[of.base]); });
    if (part == parts.end()) {
      if (wanted.count[c] == 0) continue;
      part = parts.insert(parts.end(), ShufflePart{.base = c, .columns = {}});
    }
    part->columns.push_back({.column = c,
                             .counted = wanted.count[c] != 0,
                             .summed = wanted.sum[c] != 0,
                             .own_valid = missing[c] != missing[part->base]});
  }
  std::erase_if(parts, [&](const ShufflePart& part) {
    return ShuffleWork(part, plan) + AndsAfterShuffle(part, plan) >= AndsWithMasks(part, plan);
  });
  return parts;
}

}  // namespace mpcstats
