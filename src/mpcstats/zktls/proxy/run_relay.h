// The notary's loop around a Relay: connects to the server and carries bytes until the log is frozen.
#pragma once

#include <cstdint>
#include <string>

#include "mpcstats/base/error.h"
#include "mpcstats/net/frame_stream.h"
#include "mpcstats/zktls/proxy/relay.h"
#include "mpcstats/zktls/proxy/website.h"

namespace mpcstats {

struct RelayedSession {
  ObservedSession session;
  RelayEnd end;
  std::string resolved_address;  ///< of the server, as the notary found it
  std::string egress_address;  ///< the notary's own, as the socket has it; behind NAT the server sees another
};

/// Connects to the target by its own name lookup and relays one session. Blocks.
///
/// Security: connects to no other host or port, whatever the prover sends; TLS bytes are checked before they are
///           forwarded. The server sees the notary's address, the notary sees host and sizes: proxy mode.
/// Errors:   those of LookUpHost, Relay and FrameStream; kUnavailable when the server cannot be reached. The server's
///           connection is closed in each case; the prover's stream stays the caller's, to tell it why.
[[nodiscard]] Result<RelayedSession> RunRelay(FrameStream& prover, const RelayTarget& target,
                                              const RootStore& roots, TlsTime now,
                                              const Relay::Limits& limits);

}  // namespace mpcstats
