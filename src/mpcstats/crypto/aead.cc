#include "mpcstats/crypto/aead.h"

#include <openssl/evp.h>

#include <algorithm>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

int Length(ByteSpan bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

// A context for each direction: each keeps the key schedule, so that a row only sets a nonce.
struct AeadKey::State {
  EVP_CIPHER_CTX* sealer = EVP_CIPHER_CTX_new();
  EVP_CIPHER_CTX* opener = EVP_CIPHER_CTX_new();
  std::uint64_t seals_left = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {  // OpenSSL wipes the key schedules
    EVP_CIPHER_CTX_free(sealer);
    EVP_CIPHER_CTX_free(opener);
  }
};

AeadKey::AeadKey(const Secret<Bytes32>& key, std::uint64_t max_seals) : state_(std::make_unique<State>()) {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  state_->seals_left = std::min(max_seals, kMaxSeals);
  CHECK(state_->sealer != nullptr && state_->opener != nullptr);
  key.With(SecretAccess("AES-256-GCM key schedule"), [&](const Bytes32& raw) {
    CHECK(EVP_EncryptInit_ex(state_->sealer, kCipher, nullptr, raw.data(), nullptr) == 1);
    CHECK(EVP_DecryptInit_ex(state_->opener, kCipher, nullptr, raw.data(), nullptr) == 1);
  });
}
AeadKey::AeadKey(AeadKey&&) noexcept = default;
AeadKey& AeadKey::operator=(AeadKey&&) noexcept = default;
AeadKey::~AeadKey() = default;

Result<Bytes> AeadKey::Seal(Rng& rng, ByteSpan aad, ByteSpan plaintext) {
  if (state_->seals_left == 0) {
    return Fail(ErrorCode::kResourceExhausted,
                "this storage key has sealed as many rows as is safe; make a new key");
  }
  --state_->seals_left;
  Nonce nonce;
  rng.Fill(nonce);
  return SealWithNonce(nonce, aad, plaintext);
}

Bytes AeadKey::SealWithNonce(const Nonce& nonce, ByteSpan aad, ByteSpan plaintext) {
  CHECK(aad.size() <= kMaxBytes && plaintext.size() <= kMaxBytes);
  EVP_CIPHER_CTX* const context = state_->sealer;
  Bytes sealed(kOverhead + plaintext.size());
  std::ranges::copy(nonce, sealed.begin());
  std::uint8_t* const body = sealed.data() + kNonceBytes;
  int written = 0;
  CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1);
  if (!aad.empty()) CHECK(EVP_EncryptUpdate(context, nullptr, &written, aad.data(), Length(aad)) == 1);
  if (!plaintext.empty()) {
    CHECK(EVP_EncryptUpdate(context, body, &written, plaintext.data(), Length(plaintext)) == 1);
  }
  std::uint8_t* const tag = body + plaintext.size();
  CHECK(EVP_EncryptFinal_ex(context, tag, &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
  return sealed;
}

Result<Bytes> AeadKey::Open(ByteSpan aad, ByteSpan sealed) {
  if (sealed.size() < kOverhead || sealed.size() - kOverhead > kMaxBytes || aad.size() > kMaxBytes) {
    return Fail(ErrorCode::kInvalidArgument, "a sealed row has an impossible length");
  }
  EVP_CIPHER_CTX* const context = state_->opener;
  const ByteSpan body = sealed.subspan(kNonceBytes, sealed.size() - kOverhead);
  std::array<std::uint8_t, kTagBytes> tag;
  std::ranges::copy(sealed.last(kTagBytes), tag.begin());
  Bytes plaintext(body.size());
  int written = 0;
  CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, sealed.data()) == 1);
  if (!aad.empty()) CHECK(EVP_DecryptUpdate(context, nullptr, &written, aad.data(), Length(aad)) == 1);
  if (!body.empty()) {
    CHECK(EVP_DecryptUpdate(context, plaintext.data(), &written, body.data(), Length(body)) == 1);
  }
  std::uint8_t nothing = 0;
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, &nothing, &written) != 1) {
    SecureWipe(plaintext.data(), plaintext.size());
    return Fail(ErrorCode::kInvalidArgument,
                "a sealed row does not open: it was changed, moved or sealed under another key");
  }
  return plaintext;
}

}  // namespace mpcstats
