// Who asks, when a reverse proxy stands in front.
#pragma once

#include <string>

#include "mpcstats/net/http_message.h"

namespace mpcstats {

/// The address that the nearest proxy says it was asked from: the last one of X-Forwarded-For. What stands before it was
/// written by whoever asked and says nothing. Without a numeric address there, the connection's own.
///
/// Security: for servers that only their proxy reaches; anybody else could write any address.
[[nodiscard]] std::string ClientBehindProxy(const HttpRequest& request);

}  // namespace mpcstats
