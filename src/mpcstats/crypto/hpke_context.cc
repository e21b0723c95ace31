#include "mpcstats/crypto/hpke_context.h"

#include <openssl/err.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/hkdf.h"

namespace mpcstats {
namespace {

using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, OpenSslDeleter<EVP_CIPHER_CTX_free>>;

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;  // lengths are int in OpenSSL

// suite_id of RFC 9180 sections 4.1 and 5.1 with the identifiers of section 7.
constexpr std::string_view kKemSuite("KEM\x00\x20", 5);
constexpr std::string_view kSuite("HPKE\x00\x20\x00\x01\x00\x01", 10);

const EVP_CIPHER* Cipher() {
  static EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  return kCipher;
}

int Length(ByteSpan bytes) { return static_cast<int>(bytes.size()); }

// HMAC of the parts in a row; the row may hold a secret.
Secret<Bytes32> Mac(ByteSpan key, std::initializer_list<ByteSpan> parts) {
  std::size_t size = 0;
  for (const ByteSpan part : parts) size += part.size();
  Bytes row;
  row.reserve(size);  // so that growing leaves no copy behind
  for (const ByteSpan part : parts) row.insert(row.end(), part.begin(), part.end());
  Bytes32 mac = HmacSha256(key, row);
  SecureWipe(row.data(), row.size());
  Secret<Bytes32> result(mac);
  SecureWipe(mac.data(), mac.size());
  return result;
}

// LabeledExtract(salt, label, ikm) = HMAC(salt, "HPKE-v1" | suite_id | label | ikm)
Secret<Bytes32> Extract(std::string_view suite, ByteSpan salt, std::string_view label, ByteSpan ikm) {
  return Mac(salt, {AsBytes("HPKE-v1"), AsBytes(suite), AsBytes(label), ikm});
}

// LabeledExpand(prk, label, info, L) for L of at most 32, when HKDF-Expand is one HMAC:
// HMAC(prk, L as 2 bytes | "HPKE-v1" | suite_id | label | info | 0x01), of which the first L bytes count.
Secret<Bytes32> Expand(std::string_view suite, const Secret<Bytes32>& prk, std::string_view label,
                       ByteSpan info, std::uint8_t length) {
  CHECK(length <= 32);
  const std::array<std::uint8_t, 2> length_bytes = {0, length};
  const std::uint8_t counter = 1;
  return prk.With(SecretAccess("HPKE key derivation"), [&](const Bytes32& key) {
    return Mac(key, {length_bytes, AsBytes("HPKE-v1"), AsBytes(suite), AsBytes(label), info, {&counter, 1}});
  });
}

template <std::size_t kSize>
Secret<std::array<std::uint8_t, kSize>> First(const Secret<Bytes32>& secret) {
  return secret.With(SecretAccess("HPKE key derivation"), [](const Bytes32& raw) {
    std::array<std::uint8_t, kSize> first;
    std::copy_n(raw.begin(), kSize, first.begin());
    Secret<std::array<std::uint8_t, kSize>> result(first);
    SecureWipe(first.data(), kSize);
    return result;
  });
}

// The X25519 function; nothing when the result is zero, as it is for a point of small order (RFC 9180 section 7.1.4).
std::optional<Secret<Bytes32>> DiffieHellman(EVP_PKEY* key, const Bytes32& public_key) {
  const PkeyPtr peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, public_key.data(), public_key.size()));
  const PkeyContextPtr context(EVP_PKEY_CTX_new(key, nullptr));
  CHECK(peer && context && EVP_PKEY_derive_init(context.get()) == 1 &&
        EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) == 1);
  Bytes32 shared{};
  std::size_t size = shared.size();
  const bool derived = EVP_PKEY_derive(context.get(), shared.data(), &size) == 1;
  if (!derived) ERR_clear_error();
  const bool zero = std::ranges::all_of(shared, [](std::uint8_t byte) { return byte == 0; });
  if (!derived || zero) return std::nullopt;
  Secret<Bytes32> secret(shared);
  SecureWipe(shared.data(), shared.size());
  return secret;
}

}  // namespace

HpkeContext::HpkeContext(const Secret<Bytes32>& dh, const Bytes32& encapsulated, const Bytes32& public_key,
                         ByteSpan info) {
  constexpr SecretAccess kAccess("HPKE key schedule");
  // Section 4.1, ExtractAndExpand with kem_context = enc | pkR.
  const Secret<Bytes32> eae_prk =
      dh.With(kAccess, [](const Bytes32& raw) { return Extract(kKemSuite, {}, "eae_prk", raw); });
  std::array<std::uint8_t, 64> kem_context;
  std::ranges::copy(encapsulated, kem_context.begin());
  std::ranges::copy(public_key, kem_context.begin() + 32);
  const Secret<Bytes32> shared_secret = Expand(kKemSuite, eae_prk, "shared_secret", kem_context, 32);

  // Section 5.1, KeySchedule with mode_base = 0, and psk and psk_id empty; these two hashes are public.
  static const Secret<Bytes32> kPskIdHash = Extract(kSuite, {}, "psk_id_hash", {});
  std::array<std::uint8_t, 65> schedule_context{};
  kPskIdHash.With(kAccess, [&](const Bytes32& raw) { std::ranges::copy(raw, schedule_context.begin() + 1); });
  Extract(kSuite, {}, "info_hash", info).With(kAccess, [&](const Bytes32& raw) {
    std::ranges::copy(raw, schedule_context.begin() + 33);
  });
  const Secret<Bytes32> secret =
      shared_secret.With(kAccess, [](const Bytes32& raw) { return Extract(kSuite, raw, "secret", {}); });
  key_ = First<16>(Expand(kSuite, secret, "key", schedule_context, 16));
  base_nonce_ = First<12>(Expand(kSuite, secret, "base_nonce", schedule_context, 12));
}

Result<HpkeContext::Sender> HpkeContext::Send(const Bytes32& public_key, ByteSpan info,
                                              const Secret<Bytes32>& ephemeral) {
  const HpkeKey key = ephemeral.With(SecretAccess("HPKE ephemeral key"), [](const Bytes32& raw) {
    return HpkeKey::FromSecret(Secret<Bytes32>(raw));
  });
  const auto dh = DiffieHellman(key.key(SecretAccess("HPKE encapsulation")), public_key);
  if (!dh) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "the public key to seal to is a point of small order, which anybody could open; ask for another");
  }
  return Sender{key.PublicKey(), HpkeContext(*dh, key.PublicKey(), public_key, info)};
}

Result<HpkeContext> HpkeContext::Receive(const HpkeKey& key, const Bytes32& encapsulated, ByteSpan info) {
  const auto dh = DiffieHellman(key.key(SecretAccess("HPKE decapsulation")), encapsulated);
  if (!dh) {
    return Fail(ErrorCode::kProtocolViolation, "the encapsulated key of a box is a point of small order");
  }
  return HpkeContext(*dh, encapsulated, key.PublicKey(), info);
}

HpkeContext::Nonce HpkeContext::NextNonce() const {
  // base_nonce xor the sequence number as 12 big-endian bytes
  return base_nonce_.With(SecretAccess("HPKE nonce"), [&](Nonce nonce) {
    for (unsigned i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<std::uint8_t>(sequence_ >> (8 * i));
    return nonce;
  });
}

void HpkeContext::Seal(ByteSpan aad, ByteSpan plaintext, MutableByteSpan sealed) {
  CHECK(sealed.size() == plaintext.size() + kTagBytes && plaintext.size() <= kMaxBytes &&
        aad.size() <= kMaxBytes);
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  const Nonce nonce = NextNonce();
  key_.With(SecretAccess("HPKE seal"), [&](const Key& key) {
    CHECK(context && EVP_EncryptInit_ex(context.get(), Cipher(), nullptr, key.data(), nonce.data()) == 1);
  });
  int written = 0;
  if (!aad.empty()) CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, aad.data(), Length(aad)) == 1);
  if (!plaintext.empty()) {
    CHECK(EVP_EncryptUpdate(context.get(), sealed.data(), &written, plaintext.data(), Length(plaintext)) ==
          1);
  }
  std::uint8_t* const tag = sealed.data() + plaintext.size();
  CHECK(EVP_EncryptFinal_ex(context.get(), tag, &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
  ++sequence_;
}

bool HpkeContext::Open(ByteSpan aad, ByteSpan sealed, MutableByteSpan plaintext) {
  CHECK(sealed.size() == plaintext.size() + kTagBytes && plaintext.size() <= kMaxBytes &&
        aad.size() <= kMaxBytes);
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  const Nonce nonce = NextNonce();
  key_.With(SecretAccess("HPKE open"), [&](const Key& key) {
    CHECK(context && EVP_DecryptInit_ex(context.get(), Cipher(), nullptr, key.data(), nonce.data()) == 1);
  });
  int written = 0;
  const ByteSpan body = sealed.first(plaintext.size());
  std::array<std::uint8_t, kTagBytes> tag;
  std::ranges::copy(sealed.last(kTagBytes), tag.begin());
  if (!aad.empty()) CHECK(EVP_DecryptUpdate(context.get(), nullptr, &written, aad.data(), Length(aad)) == 1);
  if (!body.empty()) {
    CHECK(EVP_DecryptUpdate(context.get(), plaintext.data(), &written, body.data(), Length(body)) == 1);
  }
  std::uint8_t nothing = 0;
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), &nothing, &written) != 1) {
    SecureWipe(plaintext.data(), plaintext.size());
    return false;
  }
  ++sequence_;
  return true;
}

}  // namespace mpcstats
