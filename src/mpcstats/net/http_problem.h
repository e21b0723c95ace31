// Problem documents: how our HTTP edges say no (RFC 9457).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "mpcstats/net/http_message.h"

namespace mpcstats {

/// A response of type application/problem+json that no cache keeps.
///
/// Its members are `type` (`urn:mpcstats:problem:` and `slug`; stable, for programs), `title` (the same for each
/// problem of the type), `status` and `detail` (this occurrence, and what to do about it).
/// Units:    `retry_after` becomes the Retry-After header, in whole seconds.
/// Security: the client reads all of it; bytes of `detail` that are not UTF-8 are replaced.
[[nodiscard]] HttpResponse Problem(int status, std::string_view slug, std::string_view title,
                                   std::string_view detail,
                                   std::optional<std::chrono::seconds> retry_after = std::nullopt);

}  // namespace mpcstats
