// The prover's connection to the website in MPC mode: its own socket, with the keys at both ends of the session.
#pragma once

#include <chrono>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/mpctls/shared_keys.h"
#include "mpcstats/zktls/tls/client.h"
#include "mpcstats/zktls/tls/observer.h"

namespace mpcstats {

/// What the prover keeps of the connection when the notary's key is open.
struct LineConversation {
  ClosedKeys keys;
  ObservedSession observed;  ///< the prover's own reading of the streams that the notary has logged
  Buffer<std::uint8_t> response;
  bool closed = false;  ///< the server said close_notify
};

struct LineRequest {
  ByteSpan request;  ///< at most the prepared size; sent after the server's Finished was checked
  std::chrono::milliseconds most_time = std::chrono::seconds(60);
  /// How long the server may say nothing. Nobody can read whether the answer is whole: the server has to end the connection.
  std::chrono::milliseconds most_quiet = std::chrono::seconds(30);
};

/// Runs `client`, fresh and made with `keys`, over a connected socket until the server ends its side; then closes the log, takes
/// the notary's key and reads the answer. Blocks.
///
/// Cost:     the round trips of SharedKeys while the server waits, so a handshake of some 20 round trips with the notary.
/// Security: the answer is readable only after the log is frozen. Every record is authenticated under the opened key before any
///           plaintext is handed out.
/// Errors:   those of TlsClient and SharedKeys; kInvalidArgument for a request beyond the prepared size, before anything of it leaves;
///           kUnavailable when the server ends the connection in the handshake or before it has answered; kDeadlineExceeded;
///           kCheatingDetected for a record that the keys do not authenticate.
[[nodiscard]] Result<LineConversation> ConverseOverLine(int fd, TlsClient& client, SharedKeys& keys,
                                                        const TlsPolicy& policy, const LineRequest& request);

}  // namespace mpcstats
