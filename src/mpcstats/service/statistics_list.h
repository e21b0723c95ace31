// The statistics that this program knows, as JSON and as a table: what registered itself, and nothing written down twice.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "mpcstats/net/http_message.h"

namespace mpcstats {

/// {"statistics": [{"name", "call", "summary", "discloses", "shows_one_value", "several_values"}, ...]}, by name. `call` is
/// how it is written, such as "quantile(x, number, [number])".
[[nodiscard]] nlohmann::json StatisticsDocument();

/// GET /v1/statistics.
[[nodiscard]] HttpResponse StatisticsResponse(const HttpRequest& request);

/// The same for people, a line a statistic.
[[nodiscard]] std::string StatisticsTable();

}  // namespace mpcstats
