// How a party meets its two peers: calls the higher ones, waits for the lower ones, turns strangers away.
#pragma once

#include <array>
#include <memory>

#include "mpcstats/base/error.h"
#include "mpcstats/net/tls_connection.h"
#include "mpcstats/net/tls_links.h"

namespace mpcstats {

/// See TlsLinks::Connect. The result's slots are those of Peer. Takes the listener out of `options`.
///
/// After the handshake the accepting party sends one frame with its index and the calling party answers with
/// its own: only then does the caller know that its key was taken (in TLS 1.3 its handshake ends before
/// that).
[[nodiscard]] Result<std::array<std::unique_ptr<TlsConnection>, 2>> MeetPeers(TlsLinks::Options& options);

}  // namespace mpcstats
