// Serving: a role of the system as a process, from its configuration until a signal ends it.
#pragma once

#include "mpcstats/base/fault_hook.h"
#include "mpcstats/service/config.h"

namespace mpcstats {

/// Runs until SIGTERM or SIGINT, then stops in good order: no new requests, those in flight answered, stores closed.
///
/// Errors: what keeps a service from starting, in one sentence that names the fix.
/// `at_point` is for tests of crash safety alone.
[[nodiscard]] Status ServeParty(const ServiceConfig& config, const FaultHook& at_point = {});
[[nodiscard]] Status ServeCoordinator(const ServiceConfig& config, const FaultHook& at_point = {});
[[nodiscard]] Status ServePublisher(const ServiceConfig& config, const FaultHook& at_point = {});
[[nodiscard]] Status ServeNotary(const ServiceConfig& config);

}  // namespace mpcstats
