// Identity: the key by which a party is known to the others. They pin its fingerprint; no authority is asked.
//
//   ASSIGN_OR_RETURN(Identity identity, Identity::Create());
//   fmt::print("{}\n", ToHex(identity.Fingerprint()));
#pragma once

#include <string>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/ed25519.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {

/// An Ed25519 key pair and a self-signed certificate that carries it into TLS. Move-only; the key is never
/// printed.
class Identity {
 public:
  /// A fresh key; the certificate has a random serial and is valid from one hour ago for one year.
  [[nodiscard]] static Result<Identity> Create();

  /// Writes key and certificate as PEM, readable by the owner alone (mode 0600); replaces `path` in one step.
  /// Errors:   kInvalidArgument with the system's reason when the file cannot be written.
  [[nodiscard]] Status Save(const std::string& path) const;

  /// Reads what Save wrote.
  /// Errors:   kNotFound when there is no such file; kInvalidArgument when it is not a regular file, when
  /// group or
  ///           others may read it, or when it does not hold an Ed25519 key with its certificate.
  [[nodiscard]] static Result<Identity> Load(const std::string& path);

  /// SHA-256 of the public key as DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). Public.
  [[nodiscard]] const Bytes32& Fingerprint() const { return fingerprint_; }

  /// The raw Ed25519 public key, for VerifySignature; FingerprintOfKey of it is Fingerprint().
  [[nodiscard]] const Bytes32& PublicKey() const { return public_key_; }

  /// Signs as this party.
  ///
  /// Security: `message` starts with its own type tag; it is never bytes that somebody else chose whole, since
  ///           the same key signs TLS handshakes and leaf certificates.
  /// Cost:     see SigningKey::Sign; any number of threads may sign at once.
  [[nodiscard]] Signature Sign(ByteSpan message) const;

  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key(SecretAccess) const { return key_.get(); }

 private:
  Identity(PkeyPtr key, CertificatePtr certificate, const Bytes32& fingerprint, const Bytes32& public_key)
      : key_(std::move(key)),
        certificate_(std::move(certificate)),
        fingerprint_(fingerprint),
        public_key_(public_key) {}
  static Result<Identity> Build(PkeyPtr key, CertificatePtr certificate);

  PkeyPtr key_;
  CertificatePtr certificate_;
  Bytes32 fingerprint_;
  Bytes32 public_key_;
};

/// The fingerprint of the key in `certificate`.
[[nodiscard]] Result<Bytes32> FingerprintOf(const X509* certificate);

/// The fingerprint of the identity whose raw Ed25519 public key this is: SHA-256 of the key as DER
/// SubjectPublicKeyInfo (RFC 8410 section 4).
[[nodiscard]] Bytes32 FingerprintOfKey(const Bytes32& raw_public_key);

}  // namespace mpcstats
