#include "mpcstats/crypto/ed25519.h"

#include <openssl/err.h>

#include <algorithm>
#include <span>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

using MdContextPtr = std::unique_ptr<EVP_MD_CTX, OpenSslDeleter<EVP_MD_CTX_free>>;

// y of the two pairs of points of order 8, little-endian; those of order 1, 4 and 2 have y = 1, 0 and p - 1.
constexpr std::array<Bytes32, 2> kOrderEight = {{
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
}};

// True for the y of a point of small order and for every y that is not below p = 2^255 - 19.
bool IsWeakPoint(const Bytes32& encoded) {
  Bytes32 y = encoded;
  y[31] &= 0x7f;  // the sign of x
  const std::span<const std::uint8_t> middle(y.data() + 1, 30);
  const auto all = [&](std::uint8_t byte) { return std::ranges::count(middle, byte) == 30; };
  if (y[31] == 0 && all(0) && y[0] <= 1) return true;
  if (y[31] == 0x7f && all(0xff) && y[0] >= 0xec) return true;
  return std::ranges::find(kOrderEight, y) != kOrderEight.end();
}

}  // namespace

SigningKey SigningKey::Generate(Rng& rng) {
  Bytes32 seed;
  rng.Fill(seed);
  Secret<Bytes32> secret(seed);
  SecureWipe(seed.data(), seed.size());
  return FromSeed(secret);
}

SigningKey SigningKey::FromSeed(const Secret<Bytes32>& seed) {
  return seed.With(SecretAccess("Ed25519 key from its seed"), [](const Bytes32& raw) {
    PkeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
    Bytes32 public_key;
    std::size_t size = public_key.size();
    CHECK(key && EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) == 1 && size == 32);
    return SigningKey(std::move(key), Secret<Bytes32>(raw), public_key);
  });
}

Signature SigningKey::Sign(ByteSpan message) const { return SignEd25519(key_.get(), message); }

Signature SignEd25519(EVP_PKEY* key, ByteSpan message) {
  const MdContextPtr context(EVP_MD_CTX_new());
  Signature signature;
  std::size_t size = signature.size();
  CHECK(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
  CHECK(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
        size == signature.size());
  return signature;
}

bool VerifySignature(const Bytes32& public_key, ByteSpan message, const Signature& signature) {
  if (IsWeakPoint(public_key)) return false;
  // OpenSSL refuses S not below the group order itself.
  const PkeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const MdContextPtr context(EVP_MD_CTX_new());
  CHECK(key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  const bool valid = EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                      message.size()) == 1;
  // A public key that is no point leaves a reason behind, which a later TLS call would take for its own.
  if (!valid) ERR_clear_error();
  return valid;
}

}  // namespace mpcstats
