#include "mpcstats/crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "mpcstats/base/check.h"

namespace mpcstats {

namespace {
OSSL_PARAM Octets(const char* name, ByteSpan bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}
}  // namespace

void Hkdf(ByteSpan key, ByteSpan salt, ByteSpan info, MutableByteSpan out) {
  static EVP_KDF* const kKdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kKdf);
  CHECK(context != nullptr);
  char digest[] = "SHA256";
  OSSL_PARAM params[5];
  std::size_t count = 0;
  params[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
  params[count++] = Octets(OSSL_KDF_PARAM_KEY, key);
  // OpenSSL 3.0 refuses an empty octet string here; leaving it out means the same.
  if (!salt.empty()) params[count++] = Octets(OSSL_KDF_PARAM_SALT, salt);
  if (!info.empty()) params[count++] = Octets(OSSL_KDF_PARAM_INFO, info);
  params[count] = OSSL_PARAM_construct_end();
  CHECK(EVP_KDF_derive(context, out.data(), out.size(), params) == 1);
  EVP_KDF_CTX_free(context);
}

Bytes32 HmacSha256(ByteSpan key, ByteSpan message) {
  Bytes32 mac;
  unsigned size = 0;
  static const std::uint8_t kNothing = 0;
  CHECK(HMAC(EVP_sha256(), key.empty() ? &kNothing : key.data(), static_cast<int>(key.size()), message.data(),
             message.size(), mac.data(), &size) != nullptr);
  CHECK(size == 32);
  return mac;
}

}  // namespace mpcstats
