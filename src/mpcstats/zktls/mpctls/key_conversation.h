// The key exchange over a conversation: which of its messages leave when. key_exchange.h has what they are.
#pragma once

#include "mpcstats/base/rng.h"
#include "mpcstats/zktls/mpctls/client_random.h"
#include "mpcstats/zktls/mpctls/conversation.h"
#include "mpcstats/zktls/mpctls/key_exchange.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"

namespace mpcstats {

/// What an end has ahead of the connection.
template <class Share>
struct PreparedKey {
  Share share;
  NotaryEntropy entropy{};  ///< of the notary's rng, for the random of this session's client
};
using PreparedProverKey = PreparedKey<ProverKeyShare>;
using PreparedNotaryKey = PreparedKey<NotaryKeyShare>;

/// Ahead of the user: 1,280 correlations of the garbler's VOLE, five OLEs, Q_N, the notary's half of the client's random.
///
/// Cost:     two round trips; 43 KB to the notary, 3 KB to the prover. About 3 ms in all.
/// Errors:   those of the conversation and of the protocols.
[[nodiscard]] Result<PreparedProverKey> PrepareKeyAsProver(MpcConversation& notary, VoleSender& vole,
                                                           const Bytes32& session, Rng& rng);
[[nodiscard]] Result<PreparedNotaryKey> PrepareKeyAsNotary(MpcConversation& prover, VoleReceiver& vole,
                                                           const Bytes32& session, Rng& rng);

/// With the server's point: three openings, which cross.
///
/// Cost:     three round trips.
[[nodiscard]] Result<ConvertedProverKey> ConvertKeyAsProver(MpcConversation& notary, ProverKeyShare share,
                                                            const EcPoint& server_point);
[[nodiscard]] Result<ConvertedNotaryKey> ConvertKeyAsNotary(MpcConversation& prover, NotaryKeyShare share,
                                                            const EcPoint& client_point,
                                                            const EcPoint& server_point);

/// After close. The order lets the message out at no other time. Half a round trip.
[[nodiscard]] Status RevealKey(MpcConversation& prover, ConvertedNotaryKey key);
[[nodiscard]] Result<OpenedKey> ReceiveRevealedKey(MpcConversation& notary, ConvertedProverKey key);

}  // namespace mpcstats
