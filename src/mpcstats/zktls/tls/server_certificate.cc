#include "mpcstats/zktls/tls/server_certificate.h"

#include <fmt/core.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr int kMaxDepth = 8;

void FreeStack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using StackPtr = std::unique_ptr<STACK_OF(X509), OpenSslDeleter<FreeStack>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, OpenSslDeleter<X509_STORE_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpenSslDeleter<EVP_MD_CTX_free>>;

bool IsLabel(std::string_view label) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, plain) && label.front() != '-' &&
         label.back() != '-';
}

Result<CertificatePtr> ParseDer(ByteSpan der) {
  const unsigned char* at = der.data();
  CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != der.data() + der.size()) {
    ERR_clear_error();
    return Fail(ErrorCode::kProtocolViolation, "is not an X.509 certificate");
  }
  return certificate;
}

TlsAlert AlertOf(int reason) {
  switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return TlsAlert::kCertificateExpired;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return TlsAlert::kUnknownCa;
    case X509_V_ERR_INVALID_PURPOSE: return TlsAlert::kUnsupportedCertificate;
    default: return TlsAlert::kBadCertificate;
  }
}

TlsStatus CheckKey(EVP_PKEY* key) {
  const int id = key == nullptr ? 0 : EVP_PKEY_get_base_id(key);
  if (id == EVP_PKEY_EC) {
    char group[32] = {};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
        (std::string_view(group) == SN_X9_62_prime256v1 || std::string_view(group) == SN_secp384r1)) {
      return {};
    }
    ERR_clear_error();
    return TlsFail(TlsAlert::kUnsupportedCertificate,
                   "the server's certificate has a key on another curve than P-256 and P-384");
  }
  if (id == EVP_PKEY_RSA) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits >= kMinRsaBits && bits <= kMaxRsaBits) return {};
    return TlsFail(TlsAlert::kInsufficientSecurity,
                   fmt::format("the server's certificate has an RSA key of {} bits where {} to {} are taken",
                               bits, kMinRsaBits, kMaxRsaBits));
  }
  return TlsFail(TlsAlert::kUnsupportedCertificate,
                 "the server's certificate has a key that is neither RSA nor ECDSA");
}

TlsStatus CheckPath(X509* end, STACK_OF(X509) * others, const TlsPolicy& policy) {
  const StoreContextPtr context(X509_STORE_CTX_new());
  CHECK(context && X509_STORE_CTX_init(context.get(), policy.roots->store(), end, others) == 1);
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  // Level 2: no SHA-1 or MD5 in the path, no RSA below 2,048 bits. Strict: what RFC 5280 says of authorities.
  X509_VERIFY_PARAM_set_auth_level(param, 2);
  CHECK(X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_TRUSTED_FIRST) == 1);
  CHECK(X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) == 1);
  X509_VERIFY_PARAM_set_depth(param, kMaxDepth);
  X509_VERIFY_PARAM_set_time(param, std::chrono::system_clock::to_time_t(policy.now));
  X509_VERIFY_PARAM_set_hostflags(param,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  CHECK(X509_VERIFY_PARAM_set1_host(param, policy.host.data(), policy.host.size()) == 1);
  const bool holds = X509_verify_cert(context.get()) == 1;
  const int reason = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (holds && reason == X509_V_OK) return {};
  return TlsFail(
      AlertOf(reason),
      fmt::format("the server's certificate does not hold for {}: {} (at depth {})", policy.host,
                  X509_verify_cert_error_string(reason), X509_STORE_CTX_get_error_depth(context.get())));
}

// What X509_PURPOSE_SSL_SERVER lets pass and ECDHE needs: a key that may sign, for servers, in an end certificate.
TlsStatus CheckUse(X509* end) {
  const std::uint32_t flags = X509_get_extension_flags(end);
  const auto refuse = [](std::string_view what) {
    return TlsFail(TlsAlert::kUnsupportedCertificate, fmt::format("the server's certificate {}", what));
  };
  if ((flags & EXFLAG_INVALID) != 0) return refuse("has extensions that do not parse");
  if ((flags & EXFLAG_CA) != 0) return refuse("is that of an authority where one of a server was expected");
  if ((flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(end) & KU_DIGITAL_SIGNATURE) == 0) {
    return refuse("does not allow its key to sign, which ECDHE needs");
  }
  if ((flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(end) & XKU_SSL_SERVER) == 0) {
    return refuse("is not for TLS servers");
  }
  return {};
}

Bytes32 SpkiHash(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  CHECK(size > 0);
  const Bytes32 hash = Sha256({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

struct SchemeRule {
  TlsSignature scheme;
  TlsSuite suite;
  int key;
  const char* digest;
  bool pss;
};

constexpr SchemeRule kSchemes[] = {
    {TlsSignature::kEcdsaP256Sha256, TlsSuite::kEcdheEcdsaAes128GcmSha256, EVP_PKEY_EC, "SHA256", false},
    {TlsSignature::kEcdsaP384Sha384, TlsSuite::kEcdheEcdsaAes128GcmSha256, EVP_PKEY_EC, "SHA384", false},
    {TlsSignature::kRsaPkcs1Sha256, TlsSuite::kEcdheRsaAes128GcmSha256, EVP_PKEY_RSA, "SHA256", false},
    {TlsSignature::kRsaPssRsaeSha256, TlsSuite::kEcdheRsaAes128GcmSha256, EVP_PKEY_RSA, "SHA256", true},
};

}  // namespace

Status CheckTlsHost(std::string_view host) {
  const auto wrong = [&](std::string_view reason) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no host that can be attested: {}", host, reason));
  };
  if (host.empty() || host.size() > 253) return wrong("a DNS name has 1 to 253 characters");
  std::string_view rest = host;
  std::string_view label;
  for (;;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!IsLabel(label)) {
      return wrong(
          "write a DNS name in lower case, its labels of letters, digits and inner hyphens (xn-- for "
          "others)");
    }
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  // No top-level domain is a number, so what ends with one is an address.
  if (std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; })) {
    return wrong("an IP address has no name in a certificate; use the server's DNS name");
  }
  return {};
}

TlsResult<TlsServerIdentity> CheckTlsCertificates(const std::vector<Bytes>& chain, const TlsPolicy& policy) {
  CHECK(!chain.empty() && policy.roots != nullptr);
  if (const Status host = CheckTlsHost(policy.host); !host) {
    return TlsFail(TlsAlert::kInternalError, host.error().message());
  }
  const StackPtr others(sk_X509_new_null());
  CHECK(others);
  CertificatePtr end;
  Sha256Stream chain_hash("mpcstats/v1/chain");
  for (std::size_t i = 0; i < chain.size(); ++i) {
    Result<CertificatePtr> certificate = ParseDer(chain[i]);
    if (!certificate) {
      return TlsFail(TlsAlert::kBadCertificate,
                     fmt::format("certificate {} of the server {}", i + 1, certificate.error().message()));
    }
    chain_hash.AddU64(chain[i].size()).Add(chain[i]);
    if (i == 0) {
      end = std::move(*certificate);
    } else {
      CHECK(sk_X509_push(others.get(), certificate->release()) > 0);
    }
  }
  EVP_PKEY* const key = X509_get0_pubkey(end.get());
  RETURN_IF_ERROR(CheckKey(key));
  RETURN_IF_ERROR(CheckPath(end.get(), others.get(), policy));
  RETURN_IF_ERROR(CheckUse(end.get()));
  CHECK(EVP_PKEY_up_ref(key) == 1);
  return TlsServerIdentity{
      .key = PkeyPtr(key), .spki_hash = SpkiHash(end.get()), .chain_hash = chain_hash.Finish()};
}

TlsStatus CheckTlsKeyExchangeSignature(EVP_PKEY* key, TlsSuite suite, const Bytes32& client_random,
                                       const Bytes32& server_random, const TlsServerKeyExchange& exchange) {
  const auto* const rule = std::ranges::find(kSchemes, exchange.scheme, &SchemeRule::scheme);
  if (rule == std::end(kSchemes) || rule->suite != suite || rule->key != EVP_PKEY_get_base_id(key)) {
    return TlsFail(
        TlsAlert::kIllegalParameter,
        fmt::format("the server's key exchange has signature scheme {:#06x}, which does not fit its "
                    "certificate's key and cipher suite {:#06x}",
                    static_cast<unsigned>(exchange.scheme), static_cast<unsigned>(suite)));
  }
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // owned by the context
  CHECK(context && EVP_DigestVerifyInit_ex(context.get(), &parameters, rule->digest, nullptr, nullptr, key,
                                           nullptr) == 1);
  if (rule->pss) {
    // RFC 8446 section 4.2.3: MGF1 with the same digest, salt as long as the digest.
    CHECK(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha256()) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  CHECK(EVP_DigestVerifyUpdate(context.get(), client_random.data(), client_random.size()) == 1 &&
        EVP_DigestVerifyUpdate(context.get(), server_random.data(), server_random.size()) == 1 &&
        EVP_DigestVerifyUpdate(context.get(), exchange.params.data(), exchange.params.size()) == 1);
  const int verified =
      EVP_DigestVerifyFinal(context.get(), exchange.signature.data(), exchange.signature.size());
  ERR_clear_error();
  if (verified == 1) return {};
  return TlsFail(
      TlsAlert::kDecryptError,
      "the server's signature over the key exchange does not verify for this session's randoms: the key "
      "exchange is another session's or was changed on the way");
}

}  // namespace mpcstats
