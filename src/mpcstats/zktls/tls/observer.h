// TlsObserver: what the notary checks of a TLS session that it sees from outside, and the public values it yields.
//
//   TlsObserver observer({host, &roots, now});
//   RETURN_IF_ERROR(observer.Observe(TlsSide::kClient, bytes));   // as they were relayed or logged, in any pieces
//   RETURN_IF_ERROR(observer.Observe(TlsSide::kServer, bytes));
//   ASSIGN_OR_RETURN(ObservedSession session, std::move(observer).Finish());
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/zktls/tls/handshake.h"
#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/tls/server_flight.h"
#include "mpcstats/zktls/tls/transcript.h"

namespace mpcstats {

/// One protected record as it stands in the log. Nothing in it is secret: it crossed the network.
struct ObservedRecord {
  TlsContent type = TlsContent::kApplicationData;
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, kTlsNonceBytes> explicit_nonce{};
  std::size_t offset = 0;  ///< of the record's header in the stream of its direction
  Bytes ciphertext;        ///< as long as the plaintext
  std::array<std::uint8_t, kTlsTagBytes> tag{};
};

/// One direction after the handshake. `records[0]` is the Finished, of 16 bytes of ciphertext; then application data;
/// at the end there may be one alert, of 2.
struct ObservedDirection {
  std::vector<ObservedRecord> records;
  std::size_t stream_bytes = 0;  ///< everything, handshake included
  std::size_t data_bytes = 0;    ///< plaintext bytes of application data
  bool alert_seen = false;       ///< the last record is an alert, so nothing came after it
};

/// What the notary knows of a session, from the bytes and its own clock alone.
struct ObservedSession {
  std::string host;
  TlsTime checked_at;  ///< the clock that the certificates were held against
  TlsServerFacts server;
  EcPoint client_point{};
  Bytes32 root_store_id{};
  /// SHA-256 of ClientHello to ClientKeyExchange: seed of the extended master secret. Without client certificates it is
  /// also what the client's Finished covers.
  Bytes32 session_hash{};
  Bytes handshake;  ///< those messages
  ObservedDirection client;
  ObservedDirection server_records;

  [[nodiscard]] const Bytes32& hash_before_client_finished() const { return session_hash; }
  /// What the server's Finished covers: the same messages and the client's Finished, which the log only has encrypted.
  /// So its verify_data comes from the proof, as a public value that is also proven to be in the client's first record.
  [[nodiscard]] Bytes32 HashBeforeServerFinished(const TlsVerifyData& client_verify_data) const;
  /// True when the server ended its direction by an alert. It is the close_notify that makes a session complete only if
  /// the proof opens this last record to kTlsCloseNotify: its two bytes are ciphertext here.
  [[nodiscard]] bool MayBeComplete() const { return server_records.alert_seen; }
  [[nodiscard]] const ObservedDirection& direction(TlsSide from) const {
    return from == TlsSide::kClient ? client : server_records;
  }
};

/// What the key schedule follows from: everything before the first protected record.
struct TlsKeyedHandshake {
  TlsServerFacts server;
  EcPoint client_point{};
  Bytes32 session_hash{};
};

/// Parses both directions by itself, with the client's own code for the server's messages.
///
/// Security: refuses everything that is not one session of our profile: another ClientHello than ours for the host,
///           another suite or group, no extended master secret, a point off the curve, a key-exchange signature that is
///           not over the randoms seen here, certificates that do not hold at its clock; a handshake message out of its
///           place or a second handshake; a Finished that is not one record of 40 bytes; a repeated explicit nonce; a
///           record after an alert. It decrypts nothing: Finished contents, tags and alerts are for the proof
///           (CheckTlsTags, HashBeforeServerFinished, MayBeComplete).
/// Errors:   kProtocolViolation with the host and one sentence, for good; kResourceExhausted beyond a limit.
class TlsObserver {
 public:
  /// Bounds of one direction's memory; the relay has its own on bytes.
  static constexpr std::size_t kMaxStreamBytes = std::size_t{1} << 25;
  static constexpr std::size_t kMaxRecords = std::size_t{1} << 16;

  /// The policy's roots must outlive the observer.
  explicit TlsObserver(TlsPolicy policy);
  TlsObserver(const TlsObserver&) = delete;
  TlsObserver& operator=(const TlsObserver&) = delete;

  /// The next bytes that `from` sent. The two directions may come in any interleaving: each waits for the other where
  /// the handshake has an order.
  [[nodiscard]] Status Observe(TlsSide from, ByteSpan bytes);
  /// Once ClientKeyExchange was seen.
  [[nodiscard]] std::optional<TlsKeyedHandshake> keyed_handshake() const;
  /// The server's Finished record. Only once established().
  [[nodiscard]] const ObservedRecord& server_finished() const;
  /// True once both Finished records were seen.
  [[nodiscard]] bool established() const { return step_ == Step::kData; }
  /// True when the server's direction ended with an alert.
  [[nodiscard]] bool server_ended() const { return session_.server_records.alert_seen; }

  /// Freezes the log.
  /// Errors:   kProtocolViolation when a Finished is missing or a direction ends inside a record.
  [[nodiscard]] Result<ObservedSession> Finish() &&;

 private:
  enum class Step : std::uint8_t {
    kClientHello,
    kServerFlight,
    kClientKeyExchange,
    kClientCcs,
    kClientFinished,
    kServerCcs,
    kServerFinished,
    kData,
  };
  struct Direction {
    explicit Direction(TlsSide from) : side(from), records(from), messages(from) {}
    TlsSide side;
    TlsRecordReader records;
    TlsHandshakeReader messages;
    std::set<std::array<std::uint8_t, kTlsNonceBytes>> nonces;
  };

  Direction& Of(TlsSide side) { return side == TlsSide::kClient ? client_ : server_; }
  ObservedDirection& Log(TlsSide side) {
    return side == TlsSide::kClient ? session_.client : session_.server_records;
  }
  TlsStatus Advance();
  TlsStatus TakeHandshake(Direction& from, const TlsRecord& record);
  TlsStatus TakeMessage(const TlsHandshakeMessage& message);
  TlsStatus TakeCcs(Direction& from, const TlsRecord& record);
  TlsStatus TakeProtected(Direction& from, TlsRecord record);
  Status FailWith(const TlsFault& fault);

  TlsPolicy policy_;
  Step step_ = Step::kClientHello;
  Direction client_{TlsSide::kClient};
  Direction server_{TlsSide::kServer};
  TlsTranscript transcript_;
  std::optional<TlsServerFlight> flight_;
  ObservedSession session_;
  std::optional<Error> error_;
};

}  // namespace mpcstats
