// What making an X.509 certificate and keeping it in a PEM file have in common for identities and leaves.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {

/// A version 3 certificate for `key` with a random serial, valid from one hour ago until `seconds` from now, and
/// without a signature. Issuer and subject are both the common name `subject`.
/// Errors:   kInternal.
[[nodiscard]] Result<CertificatePtr> DraftCertificate(EVP_PKEY* key, const char* subject, long seconds);

struct PemContent {
  PkeyPtr key;
  std::vector<CertificatePtr> certificates;
};

/// Writes the key and then the certificates (WriteSecretFile).
[[nodiscard]] Status SavePem(const std::string& path, EVP_PKEY* key, std::span<X509* const> certificates,
                             std::string_view what);

/// Reads an Ed25519 key and `count` certificates, of which the first is the key's.
/// Errors:   those of ReadSecretFile, and kInvalidArgument when the file holds something else.
[[nodiscard]] Result<PemContent> LoadPem(const std::string& path, std::size_t count, std::string_view what);

}  // namespace mpcstats
