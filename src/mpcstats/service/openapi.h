// The description of the HTTP API (docs/openapi.json), compiled into the program.
#pragma once

#include <string_view>

#include "mpcstats/net/http_message.h"

namespace mpcstats {

[[nodiscard]] std::string_view OpenApiDocument();
/// The document with an entity tag.
[[nodiscard]] HttpResponse OpenApiResponse(const HttpRequest& request);

}  // namespace mpcstats
