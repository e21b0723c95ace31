// Authorities and server certificates for the tests of this folder, good ones and bad ones.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/zktls/tls/server_certificate.h"

namespace mpcstats {

/// kAuthority is one more key on P-256, for roots.
enum class TestKey { kP256, kP384, kRsa2048, kRsa1024, kEd25519, kSecp256k1, kAuthority };

inline PkeyPtr MakeTestKey(TestKey kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case TestKey::kP256:
    case TestKey::kAuthority: key = EVP_EC_gen("P-256"); break;
    case TestKey::kP384: key = EVP_EC_gen("P-384"); break;
    case TestKey::kSecp256k1: key = EVP_EC_gen("secp256k1"); break;
    case TestKey::kRsa2048: key = EVP_RSA_gen(2048); break;
    case TestKey::kRsa1024: key = EVP_RSA_gen(1024); break;
    case TestKey::kEd25519: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"); break;
  }
  CHECK(key != nullptr);
  return PkeyPtr(key);
}

/// RSA keys take long to make: one of a kind for all tests.
inline EVP_PKEY* SharedTestKey(TestKey kind) {
  static PkeyPtr keys[7];
  PkeyPtr& key = keys[static_cast<std::size_t>(kind)];
  if (!key) key = MakeTestKey(kind);
  return key.get();
}

struct TestCertificateOptions {
  TestKey key = TestKey::kP256;
  std::string san = "DNS:example.test";  ///< as openssl's configuration has it; empty for none
  std::string common_name = "somebody";
  long from_seconds = -3600;  ///< from now
  long to_seconds = 86400;
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage = "serverAuth";
  std::string basic_constraints = "critical,CA:FALSE";
  std::string name_constraints{};
  const EVP_MD* digest = EVP_sha256();
};

struct TestCertificate {
  CertificatePtr certificate;
  EVP_PKEY* key = nullptr;  ///< shared

  [[nodiscard]] Bytes Der() const {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    CHECK(size > 0);
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
  }
  [[nodiscard]] std::string Pem() const {
    const BioPtr memory(BIO_new(BIO_s_mem()));
    CHECK(PEM_write_bio_X509(memory.get(), certificate.get()) == 1);
    const char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
};

/// A certificate under `issuer`, or of its own when that is null.
inline TestCertificate IssueTestCertificate(const TestCertificate* issuer,
                                            const TestCertificateOptions& options) {
  TestCertificate made{CertificatePtr(X509_new()), SharedTestKey(options.key)};
  X509* const raw = made.certificate.get();
  static long serial = 1000;
  CHECK(X509_set_version(raw, X509_VERSION_3) == 1);
  CHECK(ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial) == 1);
  CHECK(X509_gmtime_adj(X509_getm_notBefore(raw), options.from_seconds) != nullptr);
  CHECK(X509_gmtime_adj(X509_getm_notAfter(raw), options.to_seconds) != nullptr);
  CHECK(X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1,
                                   -1, 0) == 1);
  X509* const parent = issuer == nullptr ? raw : issuer->certificate.get();
  CHECK(X509_set_issuer_name(raw, X509_get_subject_name(parent)) == 1);
  CHECK(X509_set_pubkey(raw, made.key) == 1);
  X509V3_CTX context;
  X509V3_set_ctx(&context, parent, raw, nullptr, nullptr, 0);
  const auto extend = [&](int nid, const std::string& value) {
    if (value.empty()) return;
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    CHECK(extension != nullptr);
    CHECK(X509_add_ext(raw, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, options.basic_constraints);
  extend(NID_key_usage, options.key_usage);
  extend(NID_ext_key_usage, options.extended_key_usage);
  extend(NID_subject_alt_name, options.san);
  extend(NID_name_constraints, options.name_constraints);
  extend(NID_subject_key_identifier, "hash");
  if (issuer != nullptr) extend(NID_authority_key_identifier, "keyid");
  EVP_PKEY* const signer = issuer == nullptr ? made.key : issuer->key;
  CHECK(X509_sign(raw, signer, options.digest) > 0);
  // As it comes over the wire: OpenSSL remembers what it parsed.
  const Bytes der = made.Der();
  const unsigned char* at = der.data();
  made.certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  CHECK(made.certificate);
  return made;
}

inline TestCertificateOptions TestAuthority() {
  return {.key = TestKey::kAuthority,
          .san = "",
          .common_name = "Test Authority",
          .key_usage = "critical,keyCertSign,cRLSign",
          .extended_key_usage = "",
          .basic_constraints = "critical,CA:TRUE"};
}

inline RootStore RootsOf(const TestCertificate& root) {
  Result<RootStore> roots = RootStore::FromPem(root.Pem());
  CHECK(roots.has_value());
  return std::move(*roots);
}

/// One authority for most tests, and its store.
inline const TestCertificate& TestRoot() {
  static const TestCertificate kRoot = IssueTestCertificate(nullptr, TestAuthority());
  return kRoot;
}
inline const RootStore& TestRoots() {
  static const RootStore kRoots = RootsOf(TestRoot());
  return kRoots;
}

inline TlsPolicy TestPolicy(std::string host = "example.test") {
  return {.host = std::move(host), .roots = &TestRoots(), .now = std::chrono::system_clock::now()};
}

}  // namespace mpcstats
