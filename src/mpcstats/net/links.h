// PeerLinks: what a party can say to the two others, and the only input and output a session has.
//
//   Result<std::array<Bytes, 2>> got = links.Exchange({to_next, {}}, {0, 8 * n});  // slots as in Peer
#pragma once

#include <array>
#include <cstddef>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/party.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {

class PeerLinks {
 public:
  virtual ~PeerLinks() = default;

  /// Sends and receives at the same time, and returns when all of it is done.
  ///
  /// Shapes:   sends `send[p]` to peer p where it is not empty; receives one frame from peer p where
  ///           `receive_limit[p]` is over 0. Index 0 is Peer::kNext, 1 is Peer::kPrevious. What was not
  ///           asked for comes back empty. A frame is 1 to 2^32 - 1 opaque bytes; on the wire its length goes
  ///           first, as a u32 in little-endian order.
  /// Errors:   kProtocolViolation when a peer announces more than its limit (nothing is allocated for it) or
  /// an
  ///           empty frame; kDeadlineExceeded when it is silent for too long; kUnavailable when it is gone.
  ///           Each names the peer ("party 2 ..."). kInvalidArgument when a frame to send is too long. After
  ///           any error every further call fails.
  [[nodiscard]] virtual Result<std::array<Bytes, 2>> Exchange(
      const std::array<Bytes, 2>& send, const std::array<std::size_t, 2>& receive_limit) = 0;

  /// The alarm: sends a last frame to each peer where it is not empty, and closes. Best effort: a peer that
  /// is in the middle of another frame only sees the connection close.
  virtual void SendAndClose(const std::array<Bytes, 2>& send) = 0;

  /// 32 bytes which both ends of the connection to `peer` share and nobody else knows; another `context` or
  /// another connection gives unrelated ones. Source:   TLS exporter, RFC 8446 section 7.5, label
  /// "EXPORTER-mpcstats-prf".
  [[nodiscard]] virtual Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) = 0;

  [[nodiscard]] virtual PartyIndex self() const = 0;
};

}  // namespace mpcstats
