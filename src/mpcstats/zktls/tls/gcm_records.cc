#include "mpcstats/zktls/tls/gcm_records.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/tls/record.h"

namespace mpcstats {
namespace {

using GcmNonce = std::array<std::uint8_t, 12>;

// salt | explicit nonce: RFC 5288 section 3.
GcmNonce NonceOf(const std::array<std::uint8_t, 4>& salt, ByteSpan explicit_nonce) {
  GcmNonce nonce;
  std::ranges::copy(salt, nonce.begin());
  std::ranges::copy(explicit_nonce, nonce.begin() + 4);
  return nonce;
}

int Length(std::size_t size) { return static_cast<int>(size); }

}  // namespace

struct GcmRecords::State {
  EVP_CIPHER_CTX* sealer = EVP_CIPHER_CTX_new();
  EVP_CIPHER_CTX* opener = EVP_CIPHER_CTX_new();
  Secret<std::array<std::uint8_t, 4>> seal_salt;
  Secret<std::array<std::uint8_t, 4>> open_salt;
  std::uint64_t next_sequence = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {  // OpenSSL wipes the key schedules
    EVP_CIPHER_CTX_free(sealer);
    EVP_CIPHER_CTX_free(opener);
  }
};

GcmRecords::GcmRecords(const Secret<TlsKeyBlock>& keys, TlsSide side) : state_(std::make_unique<State>()) {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  CHECK(state_->sealer != nullptr && state_->opener != nullptr);
  keys.With(SecretAccess("AES-128-GCM key schedules of a TLS session"), [&](const TlsKeyBlock& block) {
    const bool client = side == TlsSide::kClient;
    const auto& seal_key = client ? block.client_key : block.server_key;
    const auto& open_key = client ? block.server_key : block.client_key;
    state_->seal_salt = Secret(client ? block.client_iv : block.server_iv);
    state_->open_salt = Secret(client ? block.server_iv : block.client_iv);
    CHECK(EVP_EncryptInit_ex(state_->sealer, kCipher, nullptr, seal_key.data(), nullptr) == 1);
    CHECK(EVP_DecryptInit_ex(state_->opener, kCipher, nullptr, open_key.data(), nullptr) == 1);
  });
}

GcmRecords::~GcmRecords() = default;

Result<Bytes> GcmRecords::Seal(TlsContent type, std::uint64_t sequence, ByteSpan plaintext) {
  if (sequence != state_->next_sequence || plaintext.size() > kTlsMaxPlaintext) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("record {} of {} bytes cannot be sealed: the next one is {}, of at most {}",
                            sequence, plaintext.size(), state_->next_sequence, kTlsMaxPlaintext));
  }
  ++state_->next_sequence;
  Bytes fragment(kTlsGcmOverhead + plaintext.size());
  for (std::size_t i = 0; i < kTlsNonceBytes; ++i) {
    fragment[i] = static_cast<std::uint8_t>(sequence >> (8 * (kTlsNonceBytes - 1 - i)));
  }
  const auto aad = TlsAdditionalData(sequence, type, plaintext.size());
  EVP_CIPHER_CTX* const context = state_->sealer;
  std::uint8_t* const body = fragment.data() + kTlsNonceBytes;
  int written = 0;
  state_->seal_salt.With(SecretAccess("nonce of a TLS record"), [&](const auto& salt) {
    const GcmNonce nonce = NonceOf(salt, ByteSpan(fragment).first(kTlsNonceBytes));
    CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1);
  });
  CHECK(EVP_EncryptUpdate(context, nullptr, &written, aad.data(), Length(aad.size())) == 1);
  if (!plaintext.empty()) {
    CHECK(EVP_EncryptUpdate(context, body, &written, plaintext.data(), Length(plaintext.size())) == 1);
  }
  std::uint8_t* const tag = body + plaintext.size();
  CHECK(EVP_EncryptFinal_ex(context, tag, &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTlsTagBytes, tag) == 1);
  return fragment;
}

Result<std::optional<Buffer<std::uint8_t>>> GcmRecords::Open(TlsContent type, std::uint64_t sequence,
                                                             ByteSpan fragment) {
  if (fragment.size() < kTlsGcmOverhead || fragment.size() > kTlsMaxPlaintext + kTlsGcmOverhead) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("a protected record of {} bytes has no room for nonce and tag, or is too long",
                            fragment.size()));
  }
  const std::size_t size = fragment.size() - kTlsGcmOverhead;
  const ByteSpan body = fragment.subspan(kTlsNonceBytes, size);
  std::array<std::uint8_t, kTlsTagBytes> tag;
  std::ranges::copy(fragment.last(kTlsTagBytes), tag.begin());
  const auto aad = TlsAdditionalData(sequence, type, size);
  EVP_CIPHER_CTX* const context = state_->opener;
  Buffer<std::uint8_t> plaintext(size);
  int written = 0;
  state_->open_salt.With(SecretAccess("nonce of a TLS record"), [&](const auto& salt) {
    const GcmNonce nonce = NonceOf(salt, fragment.first(kTlsNonceBytes));
    CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1);
  });
  CHECK(EVP_DecryptUpdate(context, nullptr, &written, aad.data(), Length(aad.size())) == 1);
  if (size > 0) CHECK(EVP_DecryptUpdate(context, plaintext.data(), &written, body.data(), Length(size)) == 1);
  std::uint8_t nothing = 0;
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTlsTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, &nothing, &written) != 1) {
    return Fail(ErrorCode::kCheatingDetected, fmt::format("record {} does not authenticate", sequence));
  }
  return plaintext;
}

}  // namespace mpcstats
