// The seam of the TLS client: who holds the keys. Here they are local; in MPC mode prover and notary hold them together.
//
//   LocalKeySchedule keys(rng);
//   TlsClient client(options, keys, rng);
//   ...
//   prover.Commit(keys.premaster_secret());   // the witness of the zero-knowledge proof
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/tls/p256.h"
#include "mpcstats/zktls/tls/protocol.h"

namespace mpcstats {

/// Protects the records of both directions once the keys are there.
class RecordProtection {
 public:
  virtual ~RecordProtection() = default;

  /// explicit nonce (8) | ciphertext | tag (16) of the client's record number `sequence`; the nonce is the sequence
  /// number, so none comes twice.
  /// Errors:   kInvalidArgument when `sequence` is not the next one or the plaintext is longer than 2^14; those of the
  ///           other holder of the keys.
  [[nodiscard]] virtual Result<Bytes> Seal(TlsContent type, std::uint64_t sequence, ByteSpan plaintext) = 0;

  /// The plaintext of the server's record; nothing when the keys only open it after the connection is over, and then
  /// it is not authenticated yet either. The Finished record is always opened.
  /// Errors:   kCheatingDetected when the tag does not fit, without a byte of plaintext.
  [[nodiscard]] virtual Result<std::optional<Buffer<std::uint8_t>>> Open(TlsContent type,
                                                                         std::uint64_t sequence,
                                                                         ByteSpan fragment) = 0;
};

/// Makes the client's ephemeral key and everything that follows from it. Each call may take a conversation with the
/// other holder of the keys; then it waits for it under that conversation's own deadline.
class KeySchedule {
 public:
  struct Handshake {
    EcPoint server_point{};  ///< checked to be on the curve, and signed by the server
    Bytes32 client_random{};
    Bytes32 server_random{};
    Bytes32 session_hash{};  ///< SHA-256 of ClientHello to ClientKeyExchange
  };

  virtual ~KeySchedule() = default;

  /// The random of the ClientHello, asked for once: 32 bytes of `rng`, unless the other holder of the keys has a part in it.
  [[nodiscard]] virtual Bytes32 ClientRandom(Rng& rng);
  /// The point that goes into ClientKeyExchange; one a session, whenever it is asked for.
  [[nodiscard]] virtual Result<EcPoint> ClientPoint() = 0;
  /// Master secret (RFC 7627 section 4) and key block (RFC 5246 section 6.3). Once a session.
  [[nodiscard]] virtual Status Derive(const Handshake& handshake) = 0;
  /// verify_data of the client's and of the server's Finished, for the SHA-256 of the handshake messages before it.
  /// Only after Derive.
  [[nodiscard]] virtual Result<TlsVerifyData> ClientVerifyData(const Bytes32& handshake_hash) = 0;
  [[nodiscard]] virtual Result<TlsVerifyData> ServerVerifyData(const Bytes32& handshake_hash) = 0;
  /// For records under the derived keys. Only after Derive; the schedule must outlive it.
  [[nodiscard]] virtual Result<std::unique_ptr<RecordProtection>> Records() = 0;
};

/// PRF of TLS 1.2 with SHA-256 (RFC 5246 section 5): fills `out`.
/// Security: `secret` and `out` are secrets; the time depends on lengths alone.
void TlsPrf(ByteSpan secret, std::string_view label, ByteSpan seed, MutableByteSpan out);

/// The key block of AES-128-GCM (RFC 5288).
struct TlsKeyBlock {
  std::array<std::uint8_t, 16> client_key;
  std::array<std::uint8_t, 16> server_key;
  std::array<std::uint8_t, 4> client_iv;
  std::array<std::uint8_t, 4> server_iv;
};
static_assert(sizeof(TlsKeyBlock) == 40);

using TlsMasterSecret = std::array<std::uint8_t, 48>;

/// All keys in this process: proxy mode, where the prover alone is the client.
class LocalKeySchedule final : public KeySchedule {
 public:
  explicit LocalKeySchedule(Rng& rng) : key_(EcKey::Generate(rng)) {}
  /// With a key of the caller's, for known vectors.
  explicit LocalKeySchedule(EcKey key) : key_(std::move(key)) {}

  [[nodiscard]] Result<EcPoint> ClientPoint() override { return key_.point(); }
  [[nodiscard]] Status Derive(const Handshake& handshake) override;
  [[nodiscard]] Result<TlsVerifyData> ClientVerifyData(const Bytes32& handshake_hash) override;
  [[nodiscard]] Result<TlsVerifyData> ServerVerifyData(const Bytes32& handshake_hash) override;
  [[nodiscard]] Result<std::unique_ptr<RecordProtection>> Records() override;

  [[nodiscard]] bool derived() const { return derived_; }
  /// The x coordinate of the Diffie-Hellman point: what the whole chain of keys follows from. Zeros before Derive.
  [[nodiscard]] const Secret<Bytes32>& premaster_secret() const { return premaster_; }
  [[nodiscard]] const Secret<TlsMasterSecret>& master_secret() const { return master_; }
  [[nodiscard]] const Secret<TlsKeyBlock>& key_block() const { return keys_; }

 private:
  Result<TlsVerifyData> VerifyData(std::string_view label, const Bytes32& handshake_hash);

  EcKey key_;
  bool derived_ = false;
  Secret<Bytes32> premaster_;
  Secret<TlsMasterSecret> master_;
  Secret<TlsKeyBlock> keys_;
};

}  // namespace mpcstats
