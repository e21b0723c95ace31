// Links between three threads of one process, for tests: no sockets and no encryption.
#pragma once

#include <array>
#include <chrono>
#include <memory>

#include "mpcstats/base/rng.h"
#include "mpcstats/net/links.h"

namespace mpcstats {

/// The links of parties 0, 1 and 2; each may live on a thread of its own. Destroying one closes it for the
/// others. `deadline` is how long an exchange waits for a peer. Export gives keys that are fixed by what
/// `rng` gives.
[[nodiscard]] std::array<std::unique_ptr<PeerLinks>, 3> MakeMemoryLinks(
    Rng& rng, std::chrono::milliseconds deadline = std::chrono::seconds(30));

}  // namespace mpcstats
