// Relay: the notary's half of proxy mode as a machine without I/O. It carries bytes between a prover and a server, logs
// both directions and checks them while they pass.
//
//   prover -> notary: kData bytes for the server, ..., kStop
//   notary -> prover: kData bytes of the server, ..., kEnd what was logged
//
// The log freezes when the prover says kStop or the server closes, whichever comes first. The prover says kStop in any
// case, once and last, so that both know where the next phase starts on their stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/tls/observer.h"

namespace mpcstats {

/// A frame of the relay is its type in one byte, then the content.
enum class RelayFrame : std::uint8_t { kData = 1, kStop = 2, kEnd = 3 };

/// At most this many bytes of data in a frame.
inline constexpr std::size_t kRelayPiece = std::size_t{1} << 16;
inline constexpr std::size_t kMaxRelayFrame = kRelayPiece + 1;

/// What both ends must agree on before anything is proven: lengths and a hash of every byte, both ways.
struct RelayEnd {
  std::uint64_t sent_bytes = 0;      ///< client to server
  std::uint64_t received_bytes = 0;  ///< server to client
  Bytes32 log_hash{};

  friend bool operator==(const RelayEnd&, const RelayEnd&) = default;
};

[[nodiscard]] Bytes EncodeRelayData(ByteSpan bytes);
[[nodiscard]] Bytes EncodeRelayEnd(const RelayEnd& end);
/// Errors:   kProtocolViolation.
[[nodiscard]] Result<RelayEnd> DecodeRelayEnd(ByteSpan content);

/// Running hashes of both directions.
class RelayLog {
 public:
  void Add(TlsSide from, ByteSpan bytes);
  /// log_hash = SHA-256("mpcstats/v1/relay" | u64 and SHA-256 of the client's bytes | the same of the server's). Once.
  [[nodiscard]] RelayEnd Finish();

 private:
  Sha256Stream client_{"mpcstats/v1/relay-client"};
  Sha256Stream server_{"mpcstats/v1/relay-server"};
  RelayEnd end_;
};

class Relay {
 public:
  using Clock = std::chrono::steady_clock;
  struct Limits {
    std::size_t max_sent = std::size_t{1} << 16;      ///< bytes to the server, handshake included
    std::size_t max_received = std::size_t{1} << 20;  ///< bytes from it
    std::chrono::milliseconds max_time = std::chrono::seconds(30);  ///< from the start to the end of the log
    std::chrono::milliseconds max_idle = std::chrono::seconds(10);  ///< without a byte of either side
  };

  /// `policy` holds the host and the notary's clock; nothing of the prover's goes into it but a host that was checked
  /// against the template.
  Relay(TlsPolicy policy, const Limits& limits, Clock::time_point now);

  /// A frame of the prover. Bytes are checked (TlsObserver) before they can leave for the server.
  /// Errors:   kProtocolViolation for an unknown, empty or late frame and for what TLS does not have;
  ///           kResourceExhausted beyond max_sent. After an error the session is lost: nothing more is carried.
  [[nodiscard]] Status FromProver(ByteSpan frame, Clock::time_point now);
  /// Bytes of the server. What comes after the log was frozen is dropped.
  /// Errors:   as FromProver, beyond max_received.
  [[nodiscard]] Status FromServer(ByteSpan bytes, Clock::time_point now);
  /// The server closed its direction, or the connection was lost: freezes the log.
  [[nodiscard]] Status ServerEnded();
  /// Errors:   kDeadlineExceeded when max_time or max_idle is over.
  [[nodiscard]] Status Tick(Clock::time_point now);
  /// When Tick has to be called at the latest.
  [[nodiscard]] Clock::time_point Deadline() const;

  [[nodiscard]] Bytes TakeForServer() { return std::exchange(for_server_, {}); }
  /// Whole frames, in order.
  [[nodiscard]] std::vector<Bytes> TakeForProver() { return std::exchange(for_prover_, {}); }
  /// True once the log is frozen; kEnd stood or stands in TakeForProver().
  [[nodiscard]] bool frozen() const { return end_.has_value(); }
  /// True once the prover has said its last word as well.
  [[nodiscard]] bool over() const { return stopped_; }

  /// What was logged, once over.
  /// Errors:   those of TlsObserver::Finish; kInvalidArgument before.
  [[nodiscard]] Result<ObservedSession> Finish() &&;
  [[nodiscard]] const std::optional<RelayEnd>& end() const { return end_; }

 private:
  Status Freeze();
  Status Keep(Status status);

  Limits limits_;
  TlsObserver observer_;
  Clock::time_point started_;
  Clock::time_point moved_;
  RelayLog log_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  std::optional<RelayEnd> end_;
  bool stopped_ = false;
  std::optional<Error> error_;
  Bytes for_server_;
  std::vector<Bytes> for_prover_;
};

}  // namespace mpcstats
