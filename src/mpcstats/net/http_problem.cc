#include "mpcstats/net/http_problem.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mpcstats {

HttpResponse Problem(int status, std::string_view slug, std::string_view title, std::string_view detail,
                     std::optional<std::chrono::seconds> retry_after) {
  nlohmann::ordered_json document;
  document["type"] = fmt::format("urn:mpcstats:problem:{}", slug);
  document["title"] = title;
  document["status"] = status;
  document["detail"] = detail;
  const std::string text =
      document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  HttpResponse response = HttpText(status, "application/problem+json", text);
  response.headers.emplace_back("cache-control", "no-store");
  if (retry_after) {
    response.headers.emplace_back("retry-after",
                                  std::to_string(std::max<long long>(retry_after->count(), 0)));
  }
  return response;
}

}  // namespace mpcstats
