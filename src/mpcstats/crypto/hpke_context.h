// What two ends of HPKE's base mode share: a key, a base nonce and a sequence number (RFC 9180 section 5). Boxes of
// hpke.h use one for a single message; the RFC's vectors go through more.
#pragma once

#include <array>
#include <cstdint>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/hpke.h"

namespace mpcstats {

class HpkeContext {
 public:
  static constexpr std::size_t kTagBytes = 16;
  struct Sender;

  /// SetupBaseS with the private key `ephemeral`, which is used once.
  /// Errors:   kInvalidArgument when `public_key` is of small order.
  [[nodiscard]] static Result<Sender> Send(const Bytes32& public_key, ByteSpan info,
                                           const Secret<Bytes32>& ephemeral);
  /// SetupBaseR.
  /// Errors:   kProtocolViolation when `encapsulated` is of small order.
  [[nodiscard]] static Result<HpkeContext> Receive(const HpkeKey& key, const Bytes32& encapsulated,
                                                   ByteSpan info);

  /// Seals the next message: `sealed` is ciphertext | tag, kTagBytes longer than `plaintext`.
  void Seal(ByteSpan aad, ByteSpan plaintext, MutableByteSpan sealed);
  /// Opens the next message; false when it does not authenticate: then `plaintext` is wiped and the message is still
  /// to come. `plaintext` is kTagBytes shorter than `sealed`, which is at least that long.
  [[nodiscard]] bool Open(ByteSpan aad, ByteSpan sealed, MutableByteSpan plaintext);

 private:
  using Key = std::array<std::uint8_t, 16>;
  using Nonce = std::array<std::uint8_t, 12>;

  HpkeContext(const Secret<Bytes32>& dh, const Bytes32& encapsulated, const Bytes32& public_key,
              ByteSpan info);
  [[nodiscard]] Nonce NextNonce() const;

  Secret<Key> key_;
  Secret<Nonce> base_nonce_;
  std::uint64_t sequence_ = 0;
};

struct HpkeContext::Sender {
  Bytes32 encapsulated;  ///< enc of RFC 9180: the ephemeral public key
  HpkeContext context;
};

}  // namespace mpcstats
