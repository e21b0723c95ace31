// Handshake: three parties agree on a fresh session and on what they are about to do, and derive the pairwise keys.
#pragma once

#include "mpcstats/base/rng.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/net/links.h"

namespace mpcstats {

/// Makes a session: id from three fresh nonces, `view` (what this party believes the run is: survey, plan, inputs, build)
/// compared by all three pairs, keys from the exporter of each connection under SHA-256(id | view), confirmed.
///
/// Cost:     3 rounds.
/// Security: no party can bring about an old id; keys of a view that differs are never derived. A corrupt end of a
///           connection knows its key anyway; every use rests on the key of two honest parties.
/// Errors:   kProtocolViolation when a peer disagrees, naming the peer; what the links return.
/// Source:   docs/protocol.md section 2; RFC 8446 section 7.5.
[[nodiscard]] Result<SessionConfig> EstablishSession(PeerLinks& links, const Bytes32& view, Rng& rng);

}  // namespace mpcstats
