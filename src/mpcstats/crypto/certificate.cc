#include "mpcstats/crypto/certificate.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/key_file.h"

namespace mpcstats {
namespace {

constexpr long kHour = 3600;
constexpr std::size_t kMaxFileBytes = 64 * 1024;

// Positive, not zero and at most 20 octets: RFC 5280 section 4.1.2.2.
bool SetRandomSerial(X509* certificate) {
  std::array<unsigned char, 16> serial;
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
  return ASN1_STRING_set(X509_get_serialNumber(certificate), serial.data(),
                         static_cast<int>(serial.size())) == 1;
}

}  // namespace

Result<CertificatePtr> DraftCertificate(EVP_PKEY* key, const char* subject, long seconds) {
  CertificatePtr certificate(X509_new());
  X509* const raw = certificate.get();
  const auto* common_name = reinterpret_cast<const unsigned char*>(subject);
  const bool filled = raw != nullptr && X509_set_version(raw, X509_VERSION_3) == 1 && SetRandomSerial(raw) &&
                      X509_gmtime_adj(X509_getm_notBefore(raw), -kHour) != nullptr &&
                      X509_gmtime_adj(X509_getm_notAfter(raw), seconds) != nullptr &&
                      X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC, common_name,
                                                 -1, -1, 0) == 1 &&
                      X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1 &&
                      X509_set_pubkey(raw, key) == 1;
  if (!filled) return Fail(ErrorCode::kInternal, "OpenSSL could not fill a certificate");
  return certificate;
}

Status SavePem(const std::string& path, EVP_PKEY* key, std::span<X509* const> certificates,
               std::string_view what) {
  const BioPtr memory(BIO_new(BIO_s_mem()));  // OpenSSL wipes its buffer
  bool written =
      memory && PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  for (X509* certificate : certificates) {
    written = written && PEM_write_bio_X509(memory.get(), certificate) == 1;
  }
  const std::uint8_t* content = nullptr;
  const long size = written ? BIO_get_mem_data(memory.get(), &content) : 0;
  if (size <= 0) return Fail(ErrorCode::kInternal, fmt::format("OpenSSL could not encode the {}", what));
  return WriteSecretFile(path, {content, static_cast<std::size_t>(size)}, what);
}

Result<PemContent> LoadPem(const std::string& path, std::size_t count, std::string_view what) {
  ASSIGN_OR_RETURN(Bytes content, ReadSecretFile(path, kMaxFileBytes, what));
  // Without this callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  PemContent parsed;
  {
    const BioPtr memory(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    CHECK(memory);
    parsed.key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
    for (std::size_t i = 0; i < count; ++i) {
      parsed.certificates.emplace_back(PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr));
    }
  }
  SecureWipe(content.data(), content.size());
  bool complete = parsed.key && EVP_PKEY_get_base_id(parsed.key.get()) == EVP_PKEY_ED25519;
  for (const CertificatePtr& certificate : parsed.certificates) complete = complete && certificate;
  if (complete && X509_check_private_key(parsed.certificates.front().get(), parsed.key.get()) == 1)
    return parsed;
  ERR_clear_error();
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is no {}: it does not hold an Ed25519 key followed by its certificate{}", path,
                          what, count > 1 ? " and that of its issuer" : ""));
}

}  // namespace mpcstats
