// The process of one computing party, as the launcher starts it: fresh key, TLS to its peers, one job, one report.
#pragma once

#include <functional>
#include <memory>

#include "mpcstats/base/error.h"
#include "mpcstats/base/party.h"
#include "mpcstats/net/fd_channel.h"
#include "mpcstats/net/links.h"

namespace mpcstats {

/// What the links to the peers are wrapped in; the program passes none, tests a party that misbehaves (net/fault.h).
using LinkDecorator = std::function<std::unique_ptr<PeerLinks>(std::unique_ptr<PeerLinks>)>;

/// Runs one job to its end. What went wrong is also reported over the channel, when it still stands.
[[nodiscard]] Status RunPartyProcess(PartyIndex self, FdChannel launcher, LinkDecorator decorate = {});

}  // namespace mpcstats
