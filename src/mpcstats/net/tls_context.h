// The one TLS configuration of mpcstats: TLS 1.3, both ends authenticated by pinned keys, nothing else.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/crypto/tls_leaf.h"

namespace mpcstats {

using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;

/// The keys that may stand at the other end of a connection, and which one did.
struct PinCheck {
  /// kBadLeaf: an accepted key is in the chain, but the end certificate is no leaf under it.
  enum class Outcome { kNotSeen, kAccepted, kOtherKey, kOutOfDate, kBadLeaf };
  std::vector<Bytes32> accepted;  ///< fingerprints as of Identity::Fingerprint()
  Outcome outcome = Outcome::kNotSeen;
  std::size_t matched = 0;  ///< index into `accepted` when the outcome is kAccepted
};

/// Whether the presented certificates stand for an accepted key. The end certificate is taken when
///   (a) its own key is accepted, or
///   (b) the chain is exactly the end certificate and an identity certificate whose key is accepted, and the end
///       certificate is a leaf that this key signed (IsLeafOf).
/// In both the end certificate must be in date; the identity certificate's own dates say nothing, as its key is pinned.
///
/// Shapes:   `chain` is what the peer sent, the end certificate first; nullptr is an empty one.
/// Security: proves nothing alone: that the peer holds the end certificate's key is proved by the handshake.
/// Errors:   kProtocolViolation with the rest of a sentence that starts with the peer's name; `pins.outcome` says which.
[[nodiscard]] Status CheckPinnedChain(X509* end, const STACK_OF(X509) * chain, PinCheck& pins);

/// A context for both roles.
///
/// Security: TLS 1.3 only (RFC 8446) with AES-GCM, X25519 or P-256 and Ed25519 signatures; both ends must
/// show a
///           certificate, of which only the key's fingerprint and the validity count: names and issuers say
///           nothing. No tickets, no resumption, no early data, so that each connection has fresh keys.
/// Errors:   kInternal.
[[nodiscard]] Result<SslContextPtr> MakeTlsContext(const Identity& identity);

/// The same with a leaf's key; the chain sent is the leaf and its identity certificate.
[[nodiscard]] Result<SslContextPtr> MakeTlsContext(const TlsLeaf& leaf);

/// A connection over the non-blocking socket `fd`, which stays the caller's. `pins` must outlive it. Writing
/// to a closed connection gives an error and never SIGPIPE. Errors:   kInternal.
[[nodiscard]] Result<SslPtr> MakeTls(SSL_CTX* context, int fd, PinCheck& pins);

/// The sentence for a failed call on `ssl`: `outcome` is what SSL_get_error said and `peer` a name like
/// "party 2". A lost connection is kUnavailable, everything else kProtocolViolation. Empties OpenSSL's error
/// queue.
[[nodiscard]] Error TlsError(SSL* ssl, int outcome, const PinCheck& pins, const std::string& peer);

}  // namespace mpcstats
