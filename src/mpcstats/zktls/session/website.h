// The notary's connection to a website, in proxy mode: it carries the prover's bytes and keeps all of them.
#pragma once

#include <cstdint>
#include <string>

#include "mpcstats/attestation/attestation.h"
#include "mpcstats/zktls/session/channel.h"
#include "mpcstats/zktls/session/messages.h"

namespace mpcstats {

/// Every byte of a connection, by direction.
struct ConnectionLog {
  Bytes client;
  Bytes server;
};

/// SHA-256("mpcstats/v1/connection-log" | lengths | bytes): what the prover compares with its own view.
[[nodiscard]] Bytes32 HashOfLog(const ConnectionLog& log);

/// One connection. Implementations do the I/O; the session decides when.
class Website {
 public:
  virtual ~Website() = default;

  /// Looks the name up itself and connects. Errors: kUnavailable, kDeadlineExceeded; kInvalidArgument for an address that
  /// this notary does not speak to.
  [[nodiscard]] virtual Status Connect(const std::string& host, std::uint16_t port) = 0;
  /// The addresses of the connection, for the attestation.
  [[nodiscard]] virtual NetworkFacts network() const = 0;

  /// Carries ToServer frames of the prover to the website and its bytes back as FromServer, with one ServerEnded when it ends
  /// its side, until the prover says Close; returns all that was carried.
  ///
  /// Errors: kResourceExhausted beyond the limits; those of the channel; kUnavailable when the website's connection breaks
  ///         while the prover still sends.
  [[nodiscard]] virtual Result<ConnectionLog> CarryUntilClose(SessionChannel& prover,
                                                              const SessionLimits& limits) = 0;
};

}  // namespace mpcstats
