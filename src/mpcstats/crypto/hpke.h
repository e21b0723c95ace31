// HPKE in base mode: a box that only the holder of a private key opens (RFC 9180).
//
//   ASSIGN_OR_RETURN(Bytes box, HpkeSeal(key.PublicKey(), info, submission_id, share, rng));
//   ASSIGN_OR_RETURN(Bytes share, HpkeOpen(key, info, submission_id, box));
//
// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM: KEM 0x0020, KDF 0x0001, AEAD 0x0001.
#pragma once

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {

/// A box is this many bytes longer than its plaintext: the encapsulated key (32) and the tag (16).
inline constexpr std::size_t kHpkeOverhead = 48;

/// The private key that opens boxes. Move-only; any number of threads may open with it at once.
class HpkeKey {
 public:
  /// A fresh key: 32 bytes from `rng`.
  [[nodiscard]] static HpkeKey Generate(Rng& rng);
  /// The X25519 private key `secret` (RFC 7748 section 5); every value is one.
  [[nodiscard]] static HpkeKey FromSecret(Secret<Bytes32> secret);

  /// What to seal to.
  [[nodiscard]] const Bytes32& PublicKey() const { return public_key_; }

  /// The private key, for a caller that keeps it in a file.
  [[nodiscard]] const Secret<Bytes32>& secret() const { return secret_; }
  [[nodiscard]] EVP_PKEY* key(SecretAccess) const { return key_.get(); }

 private:
  HpkeKey(PkeyPtr key, Secret<Bytes32> secret, const Bytes32& public_key)
      : key_(std::move(key)), secret_(std::move(secret)), public_key_(public_key) {}

  PkeyPtr key_;
  Secret<Bytes32> secret_;
  Bytes32 public_key_;
};

/// Seals `plaintext` to the holder of `public_key`, once: enc (32 bytes) | ciphertext | tag (16).
///
/// Shapes:   kHpkeOverhead + plaintext.size() bytes; plaintext, `info` and `aad` of 0 to 2^29 bytes each.
/// Cost:     two X25519 operations, about 95 us.
/// Security: base mode hides and authenticates the bytes but not who sealed them. The box binds `info` and `aad` and
///           shows the length of the plaintext. `rng` must be the system's outside of tests.
/// Errors:   kInvalidArgument when `public_key` is a point of small order, to which nothing can be kept secret.
/// Source:   RFC 9180 section 6.1, SealBase.
[[nodiscard]] Result<Bytes> HpkeSeal(const Bytes32& public_key, ByteSpan info, ByteSpan aad,
                                     ByteSpan plaintext, Rng& rng);

/// Opens what HpkeSeal made with the same `info` and `aad`.
///
/// Shapes:   box.size() - kHpkeOverhead bytes.
/// Cost:     one X25519 operation, about 55 us.
/// Security: the result is a secret in plain Bytes: the caller wipes it (SecureWipe). Nothing of it exists after a
///           failure.
/// Errors:   kProtocolViolation when the box is too short or too long, its encapsulated key is of small order, or it does not
///           authenticate under this key, `info` and `aad`; the last never says which of them differs.
/// Source:   RFC 9180 section 6.1, OpenBase.
[[nodiscard]] Result<Bytes> HpkeOpen(const HpkeKey& key, ByteSpan info, ByteSpan aad, ByteSpan box);

}  // namespace mpcstats
