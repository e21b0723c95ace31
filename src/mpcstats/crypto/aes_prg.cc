#include "mpcstats/crypto/aes_prg.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {

struct AesPrg::State {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~State() { EVP_CIPHER_CTX_free(context); }  // OpenSSL wipes the key schedule
};

AesPrg::AesPrg(std::span<const std::uint8_t, kKeyBytes> key) : state_(std::make_unique<State>()) {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
  CHECK(state_->context != nullptr &&
        EVP_EncryptInit_ex(state_->context, kCipher, nullptr, key.data(), nullptr) == 1);
}
AesPrg::AesPrg(AesPrg&&) noexcept = default;
AesPrg& AesPrg::operator=(AesPrg&&) noexcept = default;
AesPrg::~AesPrg() = default;

void AesPrg::Generate(StreamId stream, MutableByteSpan out) const {
  if (out.empty()) return;
  CHECK(out.size() <= (std::size_t{1} << 36));
  std::uint8_t block[16] = {};
  std::memcpy(block, &stream.high, 8);
  std::memcpy(block + 8, &stream.low, 4);
  CHECK(EVP_EncryptInit_ex(state_->context, nullptr, nullptr, nullptr, block) == 1);
  std::memset(out.data(), 0, out.size());
  for (std::size_t done = 0; done < out.size();) {
    const int piece = static_cast<int>(std::min<std::size_t>(out.size() - done, std::size_t{1} << 30));
    int written = 0;
    CHECK(EVP_EncryptUpdate(state_->context, out.data() + done, &written, out.data() + done, piece) == 1);
    CHECK(written == piece);
    done += static_cast<std::size_t>(piece);
  }
}

namespace {
AesPrg PrgOf(ByteSpan seed) {
  const Bytes32 digest = Sha256(seed);
  return AesPrg(std::span<const std::uint8_t, 16>(digest.data(), 16));
}
}  // namespace

SeededRng::SeededRng(std::uint64_t seed)
    : prg_(PrgOf({reinterpret_cast<const std::uint8_t*>(&seed), sizeof(seed)})) {}
SeededRng::SeededRng(ByteSpan seed) : prg_(PrgOf(seed)) {}

void SeededRng::Fill(MutableByteSpan out) { prg_.Generate(StreamId{calls_++, 0}, out); }

}  // namespace mpcstats
