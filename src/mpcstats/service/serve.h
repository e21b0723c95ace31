// Serving: a role of the system as a process, from its configuration until a signal ends it.
#pragma once

#include "mpcstats/service/config.h"

namespace mpcstats {

/// Runs until SIGTERM or SIGINT, then stops in good order: no new requests, those in flight answered, stores closed.
///
/// Errors: what keeps a service from starting, in one sentence that names the fix.
[[nodiscard]] Status ServeParty(const ServiceConfig& config);
[[nodiscard]] Status ServeCoordinator(const ServiceConfig& config);
[[nodiscard]] Status ServePublisher(const ServiceConfig& config);
[[nodiscard]] Status ServeNotary(const ServiceConfig& config);

}  // namespace mpcstats
