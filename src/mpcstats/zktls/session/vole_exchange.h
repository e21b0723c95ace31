// The VOLE of a session over its channel: which messages, in which order. vole/vole_receiver.h has what they are.
#pragma once

#include "mpcstats/base/rng.h"
#include "mpcstats/zktls/session/channel.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"

namespace mpcstats {

/// Base oblivious transfers and trees, once a session: two messages of the prover, one of the notary.
/// Errors: those of the channel and of the protocol.
[[nodiscard]] Result<VoleReceiver> SetUpVoleAsProver(SessionChannel& notary, const Bytes32& session,
                                                     Rng& rng);
[[nodiscard]] Result<VoleSender> SetUpVoleAsNotary(SessionChannel& prover, const Bytes32& session, Rng& rng);

/// `count` correlations more: corrections, challenge, response.
[[nodiscard]] Result<ProverCorrelations> ExtendVoleAsProver(SessionChannel& notary, VoleReceiver& vole,
                                                            std::size_t count);
[[nodiscard]] Result<VerifierCorrelations> ExtendVoleAsNotary(SessionChannel& prover, VoleSender& vole,
                                                              std::size_t count, Rng& rng);

}  // namespace mpcstats
