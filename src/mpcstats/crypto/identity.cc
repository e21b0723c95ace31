#include "mpcstats/crypto/identity.h"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "mpcstats/crypto/certificate.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

constexpr long kYear = 365L * 24 * 3600;
constexpr const char* kFileName = "identity file";

std::unexpected<Error> OpenSslFailed(const char* what) {
  return Fail(ErrorCode::kInternal, fmt::format("OpenSSL could not {}", what));
}

}  // namespace

Result<Bytes32> FingerprintOf(const X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (size <= 0) return OpenSslFailed("encode the public key");
  const Bytes32 fingerprint = Sha256({encoded, static_cast<std::size_t>(size)});
  OPENSSL_free(encoded);
  return fingerprint;
}

Bytes32 FingerprintOfKey(const Bytes32& raw_public_key) {
  // SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }: RFC 8410 sections 3 and 4.
  static constexpr std::array<std::uint8_t, 12> kPrefix = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                           0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  Bytes encoded(kPrefix.begin(), kPrefix.end());
  encoded.insert(encoded.end(), raw_public_key.begin(), raw_public_key.end());
  return Sha256(encoded);
}

Result<Identity> Identity::Build(PkeyPtr key, CertificatePtr certificate) {
  ASSIGN_OR_RETURN(const Bytes32 fingerprint, FingerprintOf(certificate.get()));
  Bytes32 public_key;
  std::size_t size = public_key.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1 || size != public_key.size()) {
    return OpenSslFailed("give the public key");
  }
  return Identity(std::move(key), std::move(certificate), fingerprint, public_key);
}

Result<Identity> Identity::Create() {
  PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return OpenSslFailed("make an Ed25519 key");
  ASSIGN_OR_RETURN(CertificatePtr certificate, DraftCertificate(key.get(), "mpcstats party", kYear));
  // Ed25519 hashes by itself, hence no digest.
  if (X509_sign(certificate.get(), key.get(), nullptr) <= 0) {
    return OpenSslFailed("make a self-signed certificate");
  }
  return Build(std::move(key), std::move(certificate));
}

Signature Identity::Sign(ByteSpan message) const { return SignEd25519(key_.get(), message); }

Status Identity::Save(const std::string& path) const {
  X509* const certificates[] = {certificate_.get()};
  return SavePem(path, key_.get(), certificates, kFileName);
}

Result<Identity> Identity::Load(const std::string& path) {
  ASSIGN_OR_RETURN(PemContent content, LoadPem(path, 1, kFileName));
  return Build(std::move(content.key), std::move(content.certificates.front()));
}

}  // namespace mpcstats
