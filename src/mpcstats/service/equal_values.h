// Which of many byte strings are equal, without a tree: batches have a hundred thousand ids, keys and commitments.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

/// Indices of `values` such that equal ones stand together, in list order.
///
/// Cost: O(n log n) comparisons of 8 bytes, and of whole values only where those are equal; 16 bytes of memory a value.
[[nodiscard]] std::vector<std::uint32_t> IndicesByValue(std::span<const Bytes32> values);
[[nodiscard]] std::vector<std::uint32_t> IndicesByValue(std::span<const Bytes> values);

/// For each value whether no equal one stands before it.
template <typename Value>
[[nodiscard]] std::vector<bool> FirstOfEach(std::span<const Value> values) {
  std::vector<bool> first(values.size(), false);
  const std::vector<std::uint32_t> order = IndicesByValue(values);
  for (std::size_t k = 0; k < order.size(); ++k) {
    first[order[k]] = k == 0 || values[order[k - 1]] != values[order[k]];
  }
  return first;
}

/// Calls `visit(members)` with the indices of each value, in list order.
template <typename Value, typename Visit>
void ForEachValue(std::span<const Value> values, const Visit& visit) {
  const std::vector<std::uint32_t> order = IndicesByValue(values);
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    visit(std::span(order).subspan(begin, end - begin));
    begin = end;
  }
}

}  // namespace mpcstats
