// Plain TCP to a service on this machine, for what no HTTP client would send; and everything a service shows to anybody.
#pragma once

#include <string>

#include "mpcstats/net/unique_fd.h"

namespace mpcstats::e2e {

/// Connected, or an empty one.
[[nodiscard]] UniqueFd Connect(unsigned port);
/// Sends `text` and reads until the other side closes, or for `seconds`.
[[nodiscard]] std::string Talk(unsigned port, const std::string& text, unsigned seconds = 15);
/// The body of GET `target`, over plain HTTP.
[[nodiscard]] std::string Get(unsigned port, const std::string& target);

}  // namespace mpcstats::e2e
