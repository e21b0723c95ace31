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

namespace mpcstats {

using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;

/// The keys that may stand at the other end of a connection, and which one did.
struct PinCheck {
  enum class Outcome { kNotSeen, kAccepted, kOtherKey, kOutOfDate };
  std::vector<Bytes32> accepted;  ///< fingerprints as of Identity::Fingerprint()
  Outcome outcome = Outcome::kNotSeen;
  std::size_t matched = 0;  ///< index into `accepted` when the outcome is kAccepted
};

/// A context for both roles.
///
/// Security: TLS 1.3 only (RFC 8446) with AES-GCM, X25519 or P-256 and Ed25519 signatures; both ends must
/// show a
///           certificate, of which only the key's fingerprint and the validity count: names and issuers say
///           nothing. No tickets, no resumption, no early data, so that each connection has fresh keys.
/// Errors:   kInternal.
[[nodiscard]] Result<SslContextPtr> MakeTlsContext(const Identity& identity);

/// A connection over the non-blocking socket `fd`, which stays the caller's. `pins` must outlive it. Writing
/// to a closed connection gives an error and never SIGPIPE. Errors:   kInternal.
[[nodiscard]] Result<SslPtr> MakeTls(SSL_CTX* context, int fd, PinCheck& pins);

/// The sentence for a failed call on `ssl`: `outcome` is what SSL_get_error said and `peer` a name like
/// "party 2". A lost connection is kUnavailable, everything else kProtocolViolation. Empties OpenSSL's error
/// queue.
[[nodiscard]] Error TlsError(SSL* ssl, int outcome, const PinCheck& pins, const std::string& peer);

}  // namespace mpcstats
