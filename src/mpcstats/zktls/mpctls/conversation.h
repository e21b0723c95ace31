// The messages of MPC mode over a session's channel: each passes the order before it leaves, and before it is looked at.
#pragma once

#include <cstddef>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/mpctls/order.h"
#include "mpcstats/zktls/session/channel.h"

namespace mpcstats {

/// One end of a session in MPC mode. A message is SessionMessage::kMpc, one byte that says which it is, and its body.
///
/// Errors:   those of the channel; kProtocolViolation for a message out of its place, and for all that follow it; what the other
///           end refused with.
class MpcConversation {
 public:
  struct Message {
    MpcMessage type;
    Bytes body;
  };

  /// The channel must outlive it.
  MpcConversation(SessionChannel& channel, MpcEnd self, MpcPhases phases = {})
      : channel_(&channel), self_(self), order_(phases) {}

  [[nodiscard]] Status Send(MpcMessage type, ByteSpan body);
  /// The next message, of any type that may come now; a body of at most `limit` bytes.
  [[nodiscard]] Result<Message> Receive(std::size_t limit);
  /// The body of the next message, which must be of this type.
  [[nodiscard]] Result<Bytes> Receive(MpcMessage type, std::size_t limit);

  [[nodiscard]] const MpcPhases& phases() const { return order_.phases(); }
  [[nodiscard]] MpcEnd self() const { return self_; }
  [[nodiscard]] MpcOrder& order() { return order_; }
  [[nodiscard]] const MpcOrder& order() const { return order_; }

 private:
  SessionChannel* channel_;
  MpcEnd self_;
  MpcOrder order_;
};

}  // namespace mpcstats
