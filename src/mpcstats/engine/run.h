// Running a session over the links to the peers.
#pragma once

#include <functional>

#include "mpcstats/engine/session.h"
#include "mpcstats/net/links.h"

namespace mpcstats {

/// Called between rounds; an error ends the session.
using RoundHook = std::function<Status(Session&)>;

/// Moves a session's frames over the links until its program ended. On failure both peers are told.
[[nodiscard]] Status RunSession(Session& session, PeerLinks& links, const RoundHook& between_rounds = {});

}  // namespace mpcstats
