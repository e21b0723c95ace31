// ServerFlight: ServerHello to ServerHelloDone, checked; the same for the client and for the notary that watches it.
#pragma once

#include <optional>
#include <vector>

#include "mpcstats/zktls/tls/handshake.h"
#include "mpcstats/zktls/tls/server_certificate.h"

namespace mpcstats {

/// What a full flight says, all of it checked.
struct TlsServerFacts {
  TlsSuite suite = TlsSuite::kEcdheEcdsaAes128GcmSha256;
  Bytes32 client_random{};
  Bytes32 server_random{};
  EcPoint server_point{};
  Bytes32 spki_hash{};
  Bytes32 chain_hash{};
};

/// Takes the server's messages in their only order: ServerHello, Certificate, ServerKeyExchange, ServerHelloDone.
/// Certificates are checked when they come and the key exchange's signature before anybody uses its point.
class TlsServerFlight {
 public:
  /// `policy` must outlive the flight's last Take.
  TlsServerFlight(const Bytes32& client_random, const TlsPolicy& policy) : policy_(&policy) {
    facts_.client_random = client_random;
  }
  [[nodiscard]] TlsStatus Take(const TlsHandshakeMessage& message);
  [[nodiscard]] bool greeted() const { return step_ > 0; }
  [[nodiscard]] bool done() const { return step_ == 4; }
  /// Only once done().
  [[nodiscard]] const TlsServerFacts& facts() const;

 private:
  TlsStatus TakeKeyExchange(ByteSpan body);

  const TlsPolicy* policy_;
  std::size_t step_ = 0;
  TlsServerFacts facts_;
  std::optional<TlsServerIdentity> identity_;
};

}  // namespace mpcstats
