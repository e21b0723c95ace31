// What the prover's side of a session has in mode mpc besides what proxy mode has.
#pragma once

#include <optional>

#include "mpcstats/net/frame_stream.h"
#include "mpcstats/zktls/mpctls/conversation.h"
#include "mpcstats/zktls/mpctls/preparation.h"
#include "mpcstats/zktls/mpctls/shared_keys.h"
#include "mpcstats/zktls/session/channel.h"

namespace mpcstats {

/// Stays where it is: the conversation points at the channel. The stream must outlive it.
struct ProverLine {
  explicit ProverLine(FrameStream& stream) : channel(stream), conversation(channel, MpcEnd::kProver) {}
  ProverLine(const ProverLine&) = delete;
  ProverLine& operator=(const ProverLine&) = delete;

  StreamChannel channel;
  MpcConversation conversation;
  std::optional<ProverPreparation> preparation;  ///< from Bind to Exchange
  std::optional<ClosedKeys> closed;              ///< from Exchange to Prove
};

}  // namespace mpcstats
