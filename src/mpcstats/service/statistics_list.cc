#include "mpcstats/service/statistics_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

std::string CallOf(const Statistic& statistic) {
  std::string call(statistic.name);
  const auto [fewest, most] = statistic.columns;
  for (std::size_t c = 0; c < fewest; ++c) {
    call += c == 0 ? "(" : ", ";
    call += fewest == 1 ? "x" : fmt::format("x{}", c + 1);
  }
  if (most > fewest) call += ", ...";
  for (std::size_t i = 0; i < std::min<std::size_t>(statistic.numbers.min, 2); ++i) call += ", number";
  // One more that may be left out, or any number of them.
  if (const std::size_t more = statistic.numbers.max - statistic.numbers.min; more > 0) {
    call += more == 1 ? ", [number]" : ", ...";
  }
  return call + ")";
}

}  // namespace

Json StatisticsDocument() {
  Json list = Json::array();
  for (const Statistic* statistic : AllStatistics()) {
    list.push_back({{"name", statistic->name},
                    {"call", CallOf(*statistic)},
                    {"summary", statistic->summary},
                    {"discloses", statistic->discloses},
                    {"shows_one_value", statistic->shows_one_value},
                    {"several_values", statistic->has_parts}});
  }
  return {{"statistics", std::move(list)}};
}

HttpResponse StatisticsResponse(const HttpRequest& request) {
  static const std::string text = StatisticsDocument().dump();
  static const std::string tag = ToHex(ByteSpan(Sha256(AsBytes(text))).first(8));
  return TaggedJson(request, text, tag);
}

std::string StatisticsTable() {
  std::size_t widest = 0;
  for (const Statistic* statistic : AllStatistics()) widest = std::max(widest, CallOf(*statistic).size());
  std::string table;
  for (const Statistic* statistic : AllStatistics()) {
    std::string opens;
    for (const std::string_view label : statistic->discloses) {
      opens += (opens.empty() ? "" : ", ") + std::string(label);
    }
    table += fmt::format("  {:<{}}  {}; opens {}\n", CallOf(*statistic), widest, statistic->summary, opens);
  }
  return table;
}

}  // namespace mpcstats
