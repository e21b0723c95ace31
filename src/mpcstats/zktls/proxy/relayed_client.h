// The prover's half of proxy mode: a TLS client whose bytes go through the notary.
#pragma once

#include <chrono>
#include <functional>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/frame_stream.h"
#include "mpcstats/zktls/proxy/relay.h"
#include "mpcstats/zktls/tls/client.h"

namespace mpcstats {

/// What the prover keeps of a session: the same streams that the notary logged, and what only it can read.
struct RelayedConversation {
  Bytes sent;      ///< raw bytes to the server
  Bytes received;  ///< raw bytes from it
  Buffer<std::uint8_t> response;
  bool closed = false;  ///< the server said close_notify
};

struct RelayedRequest {
  ByteSpan request;  ///< in one piece; sent after the server's Finished was checked
  /// Says whether the response so far is whole. Then the client says close_notify and gives the server `linger` to do
  /// the same, without which a session does not count as complete.
  std::function<bool(ByteSpan response)> whole;
  std::chrono::milliseconds linger = std::chrono::seconds(2);
};

/// Runs `client`, fresh, through the notary's relay, up to the frozen log. Blocks.
///
/// Security: compares the notary's account of the log (RelayEnd) with its own: nothing is proven about another one. Only
///           the client's close_notify may be missing there, when the server closed first; then `sent` has it not either.
/// Errors:   those of TlsClient and FrameStream; kProtocolViolation for frames out of place; kCheatingDetected when
///           the accounts differ.
[[nodiscard]] Result<RelayedConversation> ConverseThroughRelay(FrameStream& notary, TlsClient& client,
                                                               const RelayedRequest& request);

}  // namespace mpcstats
