// TlsClient: a TLS 1.2 client without I/O, whose keys may be elsewhere.
//
//   TlsClient client({.policy = {host, &roots, now}}, keys, rng);
//   for (;;) {
//     Write(client.TakeOutput());                        // for the server
//     if (client.connected()) ... client.Send(request);  // refused before the server's Finished was checked
//     if (!client.Receive(Read())) break;                // an alert may still be in TakeOutput()
//     Use(client.TakeReceived());
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/zktls/tls/handshake.h"
#include "mpcstats/zktls/tls/key_schedule.h"
#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/tls/server_flight.h"
#include "mpcstats/zktls/tls/transcript.h"

namespace mpcstats {

/// One connection. TLS 1.2 with ECDHE on P-256, AES-128-GCM and the extended master secret; nothing else is offered and
/// nothing else is taken: no tickets or resumption, compression, renegotiation, heartbeats, client certificates.
///
/// Security: no application data leaves before the server's Finished was compared, and none before that is handed out.
///           Server chain, name and key-exchange signature are checked as the notary checks them (TlsServerFlight).
///           Plaintext is in wiped memory here; what TakeReceived gave is the caller's.
/// Errors:   after one, state() is kFailed, error() keeps it, and TakeOutput() holds the alert for the server.
class TlsClient {
 public:
  struct Options {
    TlsPolicy policy;
    std::size_t max_received = std::size_t{1} << 24;  ///< plaintext bytes, over the whole connection
    std::size_t max_record = kTlsMaxPlaintext;        ///< plaintext bytes in a record of ours, 1 to 2^14
  };
  enum class State : std::uint8_t {
    kHandshake,
    kConnected,
    kClosed,     ///< the server said close_notify; everything it sent has come
    kTruncated,  ///< the connection ended without it: more may have been meant to come
    kFailed,
  };

  /// `keys`, `rng` and the policy's roots must outlive the client. The ClientHello is in TakeOutput() at once; a host
  /// that CheckTlsHost refuses gives a client that has failed.
  TlsClient(Options options, KeySchedule& keys, Rng& rng);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Bytes from the server, in any pieces.
  /// Errors:   kProtocolViolation for what TLS or our profile does not have; kCheatingDetected when a record or the
  ///           server's Finished does not verify; kUnavailable when the server ended the handshake by close_notify;
  ///           kResourceExhausted beyond max_received; those of the key schedule.
  [[nodiscard]] Status Receive(ByteSpan bytes);
  /// The server's end of the TCP connection. Errors: kUnavailable during the handshake.
  [[nodiscard]] Status EndOfInput();
  /// Queues application data in records of max_record bytes.
  /// Errors:   kInvalidArgument unless connected; nothing is queued then.
  [[nodiscard]] Status Send(ByteSpan plaintext);
  /// Queues close_notify, once; nothing can be sent after it.
  [[nodiscard]] Status Close();

  /// What is to be written to the server; empties it.
  [[nodiscard]] Bytes TakeOutput() { return std::exchange(output_, {}); }
  /// The plaintext that came since the last call. Empty while the keys keep records closed (RecordProtection::Open).
  [[nodiscard]] Buffer<std::uint8_t> TakeReceived();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  /// True when the connection can carry no more of the server's bytes.
  [[nodiscard]] bool ended() const { return state_ > State::kConnected; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  /// Records of application data that the keys kept closed.
  [[nodiscard]] std::size_t sealed_records() const { return sealed_records_; }
  [[nodiscard]] const Bytes32& client_random() const { return client_random_; }
  /// Only once connected.
  [[nodiscard]] const TlsServerFacts& server() const { return flight_.facts(); }

 private:
  enum class Step : std::uint8_t { kServerFlight, kServerCcs, kServerFinished, kData };

  TlsStatus Handle(const TlsRecord& record);
  TlsStatus HandleHandshake(const TlsRecord& record);
  TlsStatus HandleProtected(const TlsRecord& record);
  TlsStatus AnswerFlight();
  TlsStatus CheckFinished(ByteSpan plaintext);
  TlsStatus HandleClosingAlert(ByteSpan plaintext);
  TlsStatus SealOut(TlsContent type, ByteSpan plaintext);
  Status FailWith(const TlsFault& fault);

  Options options_;
  KeySchedule* keys_;
  Bytes32 client_random_{};
  TlsServerFlight flight_;
  TlsRecordReader records_{TlsSide::kServer};
  TlsHandshakeReader messages_{TlsSide::kServer};
  TlsTranscript transcript_;
  Bytes32 server_finished_hash_{};
  std::unique_ptr<RecordProtection> protection_;
  std::uint64_t sent_sequence_ = 0;
  std::uint64_t received_sequence_ = 0;
  std::size_t received_bytes_ = 0;
  std::size_t empty_records_ = 0;
  std::size_t sealed_records_ = 0;
  Step step_ = Step::kServerFlight;
  State state_ = State::kHandshake;
  bool close_sent_ = false;
  Bytes output_;
  std::vector<Buffer<std::uint8_t>> received_;
  std::optional<Error> error_;
};

}  // namespace mpcstats
