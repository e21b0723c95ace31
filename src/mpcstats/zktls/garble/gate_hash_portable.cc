// The hash of labels through OpenSSL's AES, one key after the other.
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "mpcstats/base/check.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/zktls/garble/gate_hash.h"

namespace mpcstats {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpenSslDeleter<EVP_CIPHER_CTX_free>>;

void Hash(const std::uint8_t* start, std::uint64_t first, std::size_t gates, std::size_t versions,
          std::uint64_t* labels) {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  const CipherContext context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr && EVP_EncryptInit_ex(context.get(), kCipher, nullptr, nullptr, nullptr) == 1);
  CHECK(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 && (versions == 1 || versions == 2));
  std::uint64_t in[4];
  std::uint64_t out[4];
  for (std::size_t g = 0; g < gates; ++g) {
    for (std::size_t side = 0; side < 2; ++side) {
      std::uint64_t key[2];
      std::memcpy(key, start, sizeof(key));
      key[0] ^= 2 * (first + g) + side;
      for (std::size_t v = 0; v < versions; ++v) {
        const std::uint64_t* label = labels + 4 * versions * g + 4 * v + 2 * side;
        in[2 * v] = label[1];
        in[2 * v + 1] = label[0] ^ label[1];
      }
      int written = 0;
      CHECK(EVP_EncryptInit_ex(context.get(), nullptr, nullptr, reinterpret_cast<const std::uint8_t*>(key),
                               nullptr) == 1 &&
            EVP_EncryptUpdate(context.get(), reinterpret_cast<std::uint8_t*>(out), &written,
                              reinterpret_cast<const std::uint8_t*>(in),
                              static_cast<int>(16 * versions)) == 1);
      CHECK(written == static_cast<int>(16 * versions));
      for (std::size_t v = 0; v < versions; ++v) {
        std::uint64_t* label = labels + 4 * versions * g + 4 * v + 2 * side;
        label[0] = out[2 * v] ^ in[2 * v];
        label[1] = out[2 * v + 1] ^ in[2 * v + 1];
      }
    }
  }
  SecureWipe(in, sizeof(in));
  SecureWipe(out, sizeof(out));
}

}  // namespace

extern const GateHashKernels kPortableGateHash;
const GateHashKernels kPortableGateHash = {"portable", Hash};

}  // namespace mpcstats
