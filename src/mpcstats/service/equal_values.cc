#include "mpcstats/service/equal_values.h"

#include <algorithm>

namespace mpcstats {
namespace {

struct Place {
  std::uint64_t prefix;
  std::uint32_t index;
};

std::uint64_t PrefixOf(ByteSpan value) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | (i < value.size() ? value[i] : 0);
  return prefix;
}

template <typename Value>
std::vector<std::uint32_t> Sorted(std::span<const Value> values) {
  std::vector<Place> places;
  places.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    places.push_back({PrefixOf(values[i]), static_cast<std::uint32_t>(i)});
  }
  std::ranges::sort(places, [&](const Place& a, const Place& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const auto order = values[a.index] <=> values[b.index];
    return order != 0 ? order < 0 : a.index < b.index;
  });
  std::vector<std::uint32_t> indices;
  indices.reserve(places.size());
  for (const Place& place : places) indices.push_back(place.index);
  return indices;
}

}  // namespace

std::vector<std::uint32_t> IndicesByValue(std::span<const Bytes32> values) { return Sorted(values); }
std::vector<std::uint32_t> IndicesByValue(std::span<const Bytes> values) { return Sorted(values); }

}  // namespace mpcstats
