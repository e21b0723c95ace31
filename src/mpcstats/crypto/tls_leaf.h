// TlsLeaf: a short-lived TLS key under a party's identity. Peers pin the identity, so a leaf is renewed at will.
//
//   ASSIGN_OR_RETURN(TlsLeaf leaf, TlsLeaf::Create(identity, hosts));
//   if (leaf.NeedsRenewal(now)) ...
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {

/// A fresh Ed25519 key, a certificate for it that the identity's key signed, and the identity's certificate. Move-only.
class TlsLeaf {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr int kDefaultDays = 30;
  static constexpr int kMaxDays = 365;

  /// Valid from one hour ago for `days` days from now (1 to kMaxDays).
  ///
  /// Shapes:   `hosts` are host names or IP addresses, which become the subject alternative names; none is allowed, as
  ///           peers that pin do not look at them.
  /// Security: CA:FALSE, so that the leaf's key can sign handshakes and no certificate.
  /// Errors:   kInvalidArgument for a host that is neither or for `days` out of range; kInternal.
  [[nodiscard]] static Result<TlsLeaf> Create(const Identity& identity, std::span<const std::string> hosts,
                                              int days = kDefaultDays);

  /// Writes key, certificate and identity certificate as PEM (WriteSecretFile).
  [[nodiscard]] Status Save(const std::string& path) const;
  /// Reads what Save wrote. A leaf out of date loads: NeedsRenewal says so.
  /// Errors:   those of ReadSecretFile; kInvalidArgument when it does not hold a key, its certificate and the
  ///           certificate of the identity that signed it.
  [[nodiscard]] static Result<TlsLeaf> Load(const std::string& path);

  [[nodiscard]] Time NotBefore() const { return not_before_; }
  [[nodiscard]] Time NotAfter() const { return not_after_; }
  /// True when less than a third of the validity is left at `now`, or `now` is before it.
  [[nodiscard]] bool NeedsRenewal(Time now) const;

  /// Fingerprint of the identity that signed the leaf: what peers pin.
  [[nodiscard]] const Bytes32& IdentityFingerprint() const { return identity_fingerprint_; }

  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] X509* identity_certificate() const { return identity_certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key(SecretAccess) const { return key_.get(); }

 private:
  TlsLeaf() = default;
  static Result<TlsLeaf> Build(PkeyPtr key, CertificatePtr certificate, CertificatePtr identity_certificate);

  PkeyPtr key_;
  CertificatePtr certificate_;
  CertificatePtr identity_certificate_;
  Bytes32 identity_fingerprint_{};
  Time not_before_;
  Time not_after_;
};

/// True when `leaf` is an end certificate: it says CA:FALSE, may sign no certificate and has no critical extension that
/// is not understood; and the key of `identity` signed it. Dates are not looked at.
[[nodiscard]] bool IsLeafOf(X509* leaf, const X509* identity);

}  // namespace mpcstats
