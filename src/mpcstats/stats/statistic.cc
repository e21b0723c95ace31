#include "mpcstats/stats/statistic.h"

#include <algorithm>
#include <map>

namespace mpcstats {

namespace {
std::map<std::string_view, Statistic>& Registry() {
  static std::map<std::string_view, Statistic> registry;
  return registry;
}
}  // namespace

RegisterStatistic::RegisterStatistic(Statistic statistic) {
  CHECK(statistic.compute != nullptr && statistic.plain != nullptr && !statistic.discloses.empty());
  const std::string_view name = statistic.name;
  CHECK(Registry().emplace(name, std::move(statistic)).second);
}

std::vector<const Statistic*> AllStatistics() {
  std::vector<const Statistic*> all;
  for (const auto& [name, statistic] : Registry()) all.push_back(&statistic);
  return all;
}

const Statistic* FindStatistic(std::string_view name) {
  const auto found = Registry().find(name);
  return found == Registry().end() ? nullptr : &found->second;
}

__int128 SignedValue(Fp127 value) {
  const unsigned __int128 p = (static_cast<unsigned __int128>(1) << 127) - 1;
  const unsigned __int128 raw = value.value();
  return raw > p / 2 ? -static_cast<__int128>(p - raw) : static_cast<__int128>(raw);
}

}  // namespace mpcstats
