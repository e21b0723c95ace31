#include "mpcstats/crypto/sha256.h"

#include <openssl/evp.h>

#include "mpcstats/base/check.h"

namespace mpcstats {

namespace {
// Fetched once: a fetch at every use costs more than hashing a short message.
const EVP_MD* Digest() {
  static EVP_MD* const kDigest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kDigest;
}
}  // namespace

Bytes32 Sha256(ByteSpan data) {
  Bytes32 digest;
  unsigned size = 0;
  CHECK(EVP_Digest(data.data(), data.size(), digest.data(), &size, Digest(), nullptr) == 1 && size == 32);
  return digest;
}

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream(std::string_view tag) : state_(std::make_unique<State>()) {
  CHECK(state_->context != nullptr && EVP_DigestInit_ex(state_->context, Digest(), nullptr) == 1);
  AddString(tag);
}
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

Sha256Stream& Sha256Stream::Add(ByteSpan data) {
  CHECK(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1);
  return *this;
}

Sha256Stream& Sha256Stream::AddU64(std::uint64_t value) {
  std::uint8_t bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return Add(bytes);
}

Sha256Stream& Sha256Stream::AddString(std::string_view text) {
  AddU64(text.size());
  return Add(AsBytes(text));
}

Bytes32 Sha256Stream::Finish() {
  Bytes32 digest;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1 && size == 32);
  return digest;
}

}  // namespace mpcstats
