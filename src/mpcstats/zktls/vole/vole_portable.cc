// The leaves of a tree through OpenSSL's AES, one key after the other.
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/zktls/vole/vole_kernels.h"

namespace mpcstats {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpenSslDeleter<EVP_CIPHER_CTX_free>>;

void Stretch(const std::uint8_t* seeds, std::uint64_t first, std::size_t blocks, std::uint64_t* sum,
             std::uint64_t* planes, std::size_t stride) {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  const CipherContext context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr && EVP_EncryptInit_ex(context.get(), kCipher, nullptr, nullptr, nullptr) == 1);
  const std::size_t words = 2 * blocks;
  Buffer<std::uint64_t> numbers(words);
  for (std::size_t i = 0; i < blocks; ++i) numbers[2 * i] = first + i;
  Buffer<std::uint64_t> stream(words);
  std::fill_n(sum, words, 0);
  for (std::size_t j = 0; j < kTreeDepth; ++j) std::fill_n(planes + j * stride, words, 0);
  for (std::size_t y = 0; y < kTreeLeaves; ++y) {
    int written = 0;
    CHECK(EVP_EncryptInit_ex(context.get(), nullptr, nullptr, seeds + 16 * y, nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
          EVP_EncryptUpdate(context.get(), reinterpret_cast<std::uint8_t*>(stream.data()), &written,
                            reinterpret_cast<const std::uint8_t*>(numbers.data()),
                            static_cast<int>(16 * blocks)) == 1);
    CHECK(written == static_cast<int>(16 * blocks));
    for (std::size_t w = 0; w < words; ++w) sum[w] ^= stream[w];
    for (std::size_t j = 0; j < kTreeDepth; ++j) {
      if (((y >> j) & 1u) == 0) continue;
      for (std::size_t w = 0; w < words; ++w) planes[j * stride + w] ^= stream[w];
    }
  }
}

}  // namespace

extern const VoleKernels kPortableVole;
const VoleKernels kPortableVole = {"portable", Stretch};

}  // namespace mpcstats
