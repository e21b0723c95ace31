#include "mpcstats/crypto/tls_leaf.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

#include "mpcstats/crypto/certificate.h"

namespace mpcstats {
namespace {

constexpr long kDay = 24L * 3600;
constexpr const char* kFileName = "TLS leaf file";

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpenSslDeleter<X509_EXTENSION_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpenSslDeleter<GENERAL_NAMES_free>>;
using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, OpenSslDeleter<GENERAL_NAME_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, OpenSslDeleter<ASN1_OCTET_STRING_free>>;

std::unexpected<Error> OpenSslFailed(const char* what) {
  ERR_clear_error();
  return Fail(ErrorCode::kInternal, fmt::format("OpenSSL could not {}", what));
}

// `value` is one of ours: nothing from outside goes through OpenSSL's little configuration language.
bool AddExtension(X509* certificate, int nid, const char* value) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool IsLabel(std::string_view label) {
  const auto letter_digit_hyphen = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, letter_digit_hyphen);
}

// RFC 1123 section 2.1; no wildcard and no final point.
bool IsHostName(std::string_view host) {
  if (host.size() > 253) return false;
  while (true) {
    const std::size_t point = host.find('.');
    if (!IsLabel(host.substr(0, point))) return false;
    if (point == std::string_view::npos) return true;
    host.remove_prefix(point + 1);
  }
}

GeneralNamePtr NameOf(const std::string& host) {
  GeneralNamePtr name(GENERAL_NAME_new());
  if (!name) return nullptr;
  if (OctetsPtr address(a2i_IPADDRESS(host.c_str())); address) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
    return name;
  }
  ERR_clear_error();
  OctetsPtr text(ASN1_IA5STRING_new());
  if (!text || ASN1_STRING_set(text.get(), host.data(), static_cast<int>(host.size())) != 1) return nullptr;
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, text.release());
  return name;
}

bool AddHosts(X509* certificate, std::span<const std::string> hosts) {
  if (hosts.empty()) return true;
  const GeneralNamesPtr names(GENERAL_NAMES_new());
  if (!names) return false;
  for (const std::string& host : hosts) {
    GeneralNamePtr name = NameOf(host);
    if (!name || sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) return false;
    (void)name.release();  // the list owns it now
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

Status CheckHosts(std::span<const std::string> hosts) {
  for (const std::string& host : hosts) {
    const OctetsPtr address(a2i_IPADDRESS(host.c_str()));
    ERR_clear_error();
    // a2i_IPADDRESS stops at a zero byte.
    if (host.find('\0') == std::string::npos && (address || IsHostName(host))) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is neither a host name nor an IP address; give one like "
                            "\"stats.example.org\" or \"192.0.2.7\", without a port",
                            host));
  }
  return {};
}

std::optional<TlsLeaf::Time> TimeOf(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&broken_down));
}

}  // namespace

bool IsLeafOf(X509* leaf, const X509* identity) {
  const std::uint32_t flags = X509_get_extension_flags(leaf);
  constexpr std::uint32_t kBad = EXFLAG_CA | EXFLAG_INVALID | EXFLAG_CRITICAL;
  // Without the extension X509_get_key_usage says that everything is allowed.
  const bool end_certificate = (flags & EXFLAG_BCONS) != 0 && (flags & kBad) == 0 &&
                               (X509_get_key_usage(leaf) & KU_KEY_CERT_SIGN) == 0;
  EVP_PKEY* const key = X509_get0_pubkey(identity);
  const bool signed_by = end_certificate && key != nullptr && X509_verify(leaf, key) == 1;
  if (!signed_by) ERR_clear_error();
  return signed_by;
}

Result<TlsLeaf> TlsLeaf::Build(PkeyPtr key, CertificatePtr certificate, CertificatePtr identity_certificate) {
  TlsLeaf leaf;
  ASSIGN_OR_RETURN(leaf.identity_fingerprint_, FingerprintOf(identity_certificate.get()));
  const auto not_before = TimeOf(X509_get0_notBefore(certificate.get()));
  const auto not_after = TimeOf(X509_get0_notAfter(certificate.get()));
  if (!not_before || !not_after) return OpenSslFailed("read the dates of a certificate");
  leaf.not_before_ = *not_before;
  leaf.not_after_ = *not_after;
  leaf.key_ = std::move(key);
  leaf.certificate_ = std::move(certificate);
  leaf.identity_certificate_ = std::move(identity_certificate);
  return leaf;
}

Result<TlsLeaf> TlsLeaf::Create(const Identity& identity, std::span<const std::string> hosts, int days) {
  if (days < 1 || days > kMaxDays) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a TLS leaf lives 1 to {} days, not {}", kMaxDays, days));
  }
  RETURN_IF_ERROR(CheckHosts(hosts));
  PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return OpenSslFailed("make an Ed25519 key");
  ASSIGN_OR_RETURN(CertificatePtr certificate, DraftCertificate(key.get(), "mpcstats leaf", days * kDay));
  X509* const raw = certificate.get();
  CertificatePtr issuer(X509_dup(identity.certificate()));
  const bool made = issuer && X509_set_issuer_name(raw, X509_get_subject_name(issuer.get())) == 1 &&
                    AddExtension(raw, NID_basic_constraints, "critical,CA:FALSE") &&
                    AddExtension(raw, NID_key_usage, "critical,digitalSignature") &&
                    AddExtension(raw, NID_ext_key_usage, "serverAuth,clientAuth") && AddHosts(raw, hosts) &&
                    X509_sign(raw, identity.key(SecretAccess("leaf certificate")), nullptr) > 0;
  if (!made) return OpenSslFailed("make a leaf certificate");
  return Build(std::move(key), std::move(certificate), std::move(issuer));
}

bool TlsLeaf::NeedsRenewal(Time now) const {
  return now < not_before_ || (not_after_ - now) * 3 < not_after_ - not_before_;
}

Status TlsLeaf::Save(const std::string& path) const {
  X509* const certificates[] = {certificate_.get(), identity_certificate_.get()};
  return SavePem(path, key_.get(), certificates, kFileName);
}

Result<TlsLeaf> TlsLeaf::Load(const std::string& path) {
  ASSIGN_OR_RETURN(PemContent content, LoadPem(path, 2, kFileName));
  if (!IsLeafOf(content.certificates[0].get(), content.certificates[1].get())) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is no {}: its second certificate did not sign the first as a leaf; delete it and "
                    "a new one is made",
                    path, kFileName));
  }
  return Build(std::move(content.key), std::move(content.certificates[0]),
               std::move(content.certificates[1]));
}

}  // namespace mpcstats
