// The notary's log of a connection that the prover carries to the website: what is in it, in which order, and when it is shut.
//
//   RecordLog log(policy, limits, entropy);
//   TlsKeyedHandshake handshake = *log.Handshake(host, client_random, client_point, server_bytes);
//   ClientRecord record = *log.Commit(TlsContent::kHandshake, ciphertext, prover_tag_share);
//   ... the notary's share of the tag ...
//   RETURN_IF_ERROR(log.Complete(notary_tag_share));
//   RETURN_IF_ERROR(log.Receive(server_bytes));
//   ObservedSession session = *std::move(log).Close(end);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/mpctls/client_random.h"
#include "mpcstats/zktls/proxy/relay.h"
#include "mpcstats/zktls/tls/ghash.h"
#include "mpcstats/zktls/tls/observer.h"

namespace mpcstats {

/// A client record whose ciphertext and prover's tag share are in the log, and whose tag is not made yet.
struct ClientRecord {
  std::uint64_t sequence = 0;
  TlsContent type = TlsContent::kHandshake;
  Bytes ciphertext;
  GcmBlock prover_share{};

  [[nodiscard]] std::array<std::uint8_t, 13> additional_data() const;
};

/// All that the notary is told of the connection goes through here, and TlsObserver reads it with its own rules.
///
/// The client's messages are made here, not taken: ClientHello from host and random, ClientKeyExchange from the point, the
/// records of both from the only encoding. Of the client's protected records there are two: its Finished, and one with the
/// request; keystream and tag masks are prepared for no others, and their nonces are their numbers.
///
/// Security: the tag of a client record is the sum of both shares, so the log has what the notary's own share makes of it. The
///           prover's share is fixed before the notary's is made.
/// Errors:   kProtocolViolation out of turn and for what TlsObserver refuses; kResourceExhausted beyond a limit. After an error
///           all calls fail.
class RecordLog {
 public:
  struct Limits {
    std::size_t sent_bytes = std::size_t{16} << 10;      ///< towards the website, handshake included
    std::size_t received_bytes = std::size_t{32} << 10;  ///< from it
    std::size_t request_bytes = 512;                     ///< of the request, that keystream was prepared for
  };
  /// The policy's roots must outlive the log. `entropy`: the notary's half of this session's client random.
  RecordLog(TlsPolicy policy, const Limits& limits, const NotaryEntropy& entropy)
      : limits_(limits), entropy_(entropy), observer_(std::make_unique<TlsObserver>(std::move(policy))) {}

  /// The handshake up to ClientKeyExchange: `server_bytes` is what the server said to this ClientHello, up to ServerHelloDone.
  /// Errors: kCheatingDetected for a random without this session's entropy, before anything of it is logged.
  [[nodiscard]] Result<TlsKeyedHandshake> Handshake(const std::string& host, const Bytes32& client_random,
                                                    const EcPoint& client_point, ByteSpan server_bytes);
  /// The next client record. Errors: kProtocolViolation for a Finished that has not 16 bytes, for a second request, an empty one,
  /// or one beside the prepared size.
  [[nodiscard]] Result<ClientRecord> Commit(TlsContent type, ByteSpan ciphertext,
                                            const GcmBlock& prover_share);
  /// The record's tag is prover_share + notary_share; it stands in the log, as the server will get it.
  [[nodiscard]] Status Complete(const GcmBlock& notary_share);
  [[nodiscard]] Status Receive(ByteSpan server_bytes);
  /// Both Finished are in the log, whole.
  [[nodiscard]] bool established() const { return observer_->established(); }
  /// The server's Finished, once established: the one record of its direction that has a block of keystream opened.
  [[nodiscard]] const ObservedRecord& server_finished() const { return observer_->server_finished(); }

  /// Shuts the log. Errors: kProtocolViolation when lengths or hash are not the prover's; when a record has no tag yet; those of
  /// TlsObserver::Finish.
  [[nodiscard]] Result<ObservedSession> Close(const RelayEnd& end) &&;

 private:
  Status Add(TlsSide from, ByteSpan bytes);
  std::unexpected<Error> Break(Error error);
  Status Ready() const;

  Limits limits_;
  NotaryEntropy entropy_;
  std::unique_ptr<TlsObserver> observer_;
  RelayLog log_;
  std::size_t bytes_[2] = {0, 0};
  bool shaken_ = false;
  std::uint64_t next_record_ = 0;
  std::optional<ClientRecord> pending_;
  std::optional<Error> error_;
};

}  // namespace mpcstats
