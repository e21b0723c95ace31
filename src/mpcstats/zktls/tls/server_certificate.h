// Who the server is: its chain to a root, its name, its signature over the key exchange (RFC 5280, 6125, 5246).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/zktls/tls/handshake.h"
#include "mpcstats/zktls/tls/protocol.h"
#include "mpcstats/zktls/tls/root_store.h"

namespace mpcstats {

using TlsTime = std::chrono::system_clock::time_point;

/// Whom a session is with, and what counts as proof of it.
struct TlsPolicy {
  std::string host;                  ///< as CheckTlsHost takes it
  const RootStore* roots = nullptr;  ///< must outlive what is made with it
  TlsTime now;                       ///< the verifier's own clock
};

/// A host that can be attested: a DNS name of letters, digits and hyphens in lower case, labels of 1 to 63 characters,
/// at most 253; an internationalized name in its xn-- form. No IP address, no trailing dot, no wildcard.
/// Errors:   kInvalidArgument with what to write instead.
[[nodiscard]] Status CheckTlsHost(std::string_view host);

struct TlsServerIdentity {
  PkeyPtr key;
  Bytes32 spki_hash{};   ///< SHA-256 of the key's SubjectPublicKeyInfo
  Bytes32 chain_hash{};  ///< SHA-256("mpcstats/v1/chain" | u64 length and DER of each certificate as sent)
};

/// Checks `chain`, as sent, for `policy`.
///
/// Security: a path to a root of the store at `policy.now`, name constraints and path lengths included; purpose TLS
///           server, with digitalSignature when key usage is given; the host in a DNS subject alternative name, where a
///           wildcard stands for one whole label; never the common name. Keys: P-256 or P-384, RSA of 2,048 to 8,192
///           bits; no signature by SHA-1 or MD5. Revocation is not looked up.
/// Errors:   the alert for it and a sentence that says what does not hold.
[[nodiscard]] TlsResult<TlsServerIdentity> CheckTlsCertificates(const std::vector<Bytes>& chain,
                                                                const TlsPolicy& policy);

/// Checks that `key` signed client random, server random and parameters (RFC 5246 section 7.4.3, RFC 8422 5.4) with a
/// scheme that fits key and suite.
[[nodiscard]] TlsStatus CheckTlsKeyExchangeSignature(EVP_PKEY* key, TlsSuite suite,
                                                     const Bytes32& client_random,
                                                     const Bytes32& server_random,
                                                     const TlsServerKeyExchange& exchange);

}  // namespace mpcstats
