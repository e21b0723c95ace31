// RootStore: the certificate authorities that a notary trusts, named by one hash.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {

/// Immutable once made; shared by all sessions and threads.
class RootStore {
 public:
  /// The certificates of a PEM text, each a self-signed authority; other text between them is skipped.
  /// Errors:   kInvalidArgument when there is none, one does not parse, or one is no authority.
  [[nodiscard]] static Result<RootStore> FromPem(std::string_view pem);
  /// The same from a file, for example /etc/ssl/certs/ca-certificates.crt.
  [[nodiscard]] static Result<RootStore> FromFile(const std::string& path);

  /// SHA-256("mpcstats/v1/roots" | the sorted SHA-256 hashes of the certificates): the order in the file and
  /// duplicates do not matter.
  [[nodiscard]] const Bytes32& id() const { return id_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] X509_STORE* store() const { return store_.get(); }

 private:
  RootStore() = default;

  std::unique_ptr<X509_STORE, OpenSslDeleter<X509_STORE_free>> store_;
  Bytes32 id_{};
  std::size_t size_ = 0;
};

}  // namespace mpcstats
