// What HTTP shows by TLS: certificates under a pinned identity, or one of a public authority.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "mpcstats/base/error.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/crypto/tls_leaf.h"
#include "mpcstats/net/tls_context.h"

namespace mpcstats {

/// The server's side; shared by servers and their connections.
class HttpServerTls {
 public:
  using Ptr = std::shared_ptr<const HttpServerTls>;

  /// For clients that pin the identity. TLS 1.3 as of MakeTlsContext.
  /// Errors:   kInternal.
  [[nodiscard]] static Result<Ptr> FromIdentity(const Identity& identity);
  [[nodiscard]] static Result<Ptr> FromLeaf(const TlsLeaf& leaf);

  /// For browsers: PEM files of a public authority, the certificate first, then its chain. TLS 1.2 (ECDHE with
  /// AEAD ciphers) and 1.3.
  /// Errors:   kInvalidArgument that names the file that is missing, malformed or not of the same key.
  [[nodiscard]] static Result<Ptr> FromFiles(const std::string& certificate_file,
                                             const std::string& key_file);

  /// A server's end over the non-blocking `fd`, which stays the caller's. Only when `clients.accepted` names
  /// identities is the client asked for a certificate; it need not have one, and one that is not accepted makes it
  /// anonymous: `clients.outcome` says so after the handshake. `clients` must outlive the connection.
  /// Errors:   kInternal.
  [[nodiscard]] Result<SslPtr> Accept(int fd, PinCheck& clients) const;

 private:
  explicit HttpServerTls(SslContextPtr context) : context_(std::move(context)) {}
  static Result<Ptr> Finish(Result<SslContextPtr> context);
  SslContextPtr context_;
};

/// The client's side; shared by clients.
class HttpClientTls {
 public:
  using Ptr = std::shared_ptr<const HttpClientTls>;

  /// Shows no certificate.
  /// Errors:   kInternal.
  [[nodiscard]] static Result<Ptr> Anonymous();
  /// Takes whatever certificate a server shows, also one of a public authority (TLS 1.2 and 1.3), and shows none.
  /// Security: keeps listeners out and proves nothing about who answers. Only for content that is checked by its own
  ///           hash or signatures.
  /// Errors:   kInternal.
  [[nodiscard]] static Result<Ptr> Unverified();
  /// Proves an identity to servers that ask for one.
  [[nodiscard]] static Result<Ptr> FromIdentity(const Identity& identity);
  [[nodiscard]] static Result<Ptr> FromLeaf(const TlsLeaf& leaf);

  /// A client's end over the non-blocking `fd`, which stays the caller's. The handshake fails unless the server
  /// proves one of `servers.accepted`; `servers` must outlive the connection.
  /// Errors:   kInternal.
  [[nodiscard]] Result<SslPtr> Connect(int fd, PinCheck& servers) const;

 private:
  HttpClientTls(SslContextPtr context, bool anonymous)
      : context_(std::move(context)), anonymous_(anonymous) {}
  static Result<Ptr> Finish(Result<SslContextPtr> context, bool anonymous);
  SslContextPtr context_;
  bool anonymous_;
};

}  // namespace mpcstats
