// The process of one computing party, as the launcher starts it: fresh key, TLS to its peers, one job, one report.
#pragma once

#include "mpcstats/base/error.h"
#include "mpcstats/base/party.h"
#include "mpcstats/net/fd_channel.h"

namespace mpcstats {

/// Runs one job to its end. What went wrong is also reported over the channel, when it still stands.
[[nodiscard]] Status RunPartyProcess(PartyIndex self, FdChannel launcher);

}  // namespace mpcstats
