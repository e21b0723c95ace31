// Ed25519 signatures (RFC 8032), deterministic, through OpenSSL.
//
//   const SigningKey key = SigningKey::Generate(rng);
//   const Signature signature = key.Sign(message);
//   CHECK(VerifySignature(key.PublicKey(), message, signature));
//
// A message starts with its own ASCII type tag ("mpcstats/v1/..."), so that a signature given for one purpose is none
// for another.
#pragma once

#include <array>
#include <cstdint>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {

/// R | S of RFC 8032 section 5.1.6.
using Signature = std::array<std::uint8_t, 64>;

/// A private key that signs. Move-only; any number of threads may sign at once.
class SigningKey {
 public:
  /// A fresh key: a seed of 32 bytes from `rng`.
  [[nodiscard]] static SigningKey Generate(Rng& rng);
  /// The key of RFC 8032 section 5.1.5 whose private key is `seed`; every seed is one.
  [[nodiscard]] static SigningKey FromSeed(const Secret<Bytes32>& seed);

  [[nodiscard]] const Bytes32& PublicKey() const { return public_key_; }

  /// Cost:     about 35 us, and two passes of SHA-512 over the message.
  [[nodiscard]] Signature Sign(ByteSpan message) const;

  /// The seed, for a caller that keeps the key in a file.
  [[nodiscard]] const Secret<Bytes32>& seed() const { return seed_; }

 private:
  SigningKey(PkeyPtr key, Secret<Bytes32> seed, const Bytes32& public_key)
      : key_(std::move(key)), seed_(std::move(seed)), public_key_(public_key) {}

  PkeyPtr key_;
  Secret<Bytes32> seed_;
  Bytes32 public_key_;
};

/// True when `signature` is the key holder's signature of exactly `message`.
///
/// Cost:     about 100 us, and one pass of SHA-512 over the message.
/// Security: refuses what could be a signature of several messages or under several keys: S not below the group order,
///           a public key that is not in canonical form, and one of small order. Not constant time: all is public.
/// Source:   RFC 8032 section 5.1.7 (cofactorless); small order as in Chalkias, Garillot and Nikolaenko, "Taming the
///           many EdDSAs", eprint 2020/1244, section 2.
[[nodiscard]] bool VerifySignature(const Bytes32& public_key, ByteSpan message, const Signature& signature);

/// The signature by an EVP_PKEY that holds an Ed25519 private key. For the owners of such a key in this folder.
[[nodiscard]] Signature SignEd25519(EVP_PKEY* key, ByteSpan message);

}  // namespace mpcstats
