// For tests of the key exchange: both ends with material from a dealer, and a whole exchange.
#pragma once

#include <utility>

#include "mpcstats/zktls/mpctls/key_exchange.h"
#include "mpcstats/zktls/ole/testing.h"

namespace mpcstats {

inline constexpr Bytes32 kKeySession{6};

inline EcToFieldPair DealtMaterial(Rng& rng, const Bytes32& session = kKeySession) {
  const auto [p, n] = DealEcToField(rng);
  return {EcToFieldMaterial(session, EcToFieldEnd::kSender, p),
          EcToFieldMaterial(session, EcToFieldEnd::kReceiver, n)};
}

struct KeyShares {
  NotaryKeyShare notary;
  ProverKeyShare prover;
};

inline KeyShares MakeShares(EcToFieldPair pair, Rng& rng, const Bytes32& session = kKeySession) {
  NotaryKeyShare notary = *NotaryKeyShare::Create(session, std::move(pair.receiver), EcKey::Generate(rng));
  ProverKeyShare prover = *ProverKeyShare::Create(session, std::move(pair.sender), notary.point(), rng);
  return {std::move(notary), std::move(prover)};
}

struct Keys {
  ConvertedNotaryKey notary;
  ConvertedProverKey prover;
};

inline Keys Exchange(KeyShares shares, const EcPoint& server) {
  const EcPoint client = shares.prover.client_point();
  ProverConversion p = *std::move(shares.prover).Start(server);
  NotaryConversion n = *std::move(shares.notary).Start(client, server);
  const Bytes first_p = p.message();
  const Bytes second_p = *p.Answer(n.message());
  const Bytes second_n = *n.Answer(first_p);
  const Bytes third_p = *p.Answer(second_n);
  const Bytes third_n = *n.Answer(second_p);
  ConvertedProverKey prover = *std::move(p).Finish(third_n);
  return {*std::move(n).Finish(third_p), std::move(prover)};
}

inline Bytes32 Raw(const Secret<Bytes32>& secret) {
  return secret.With(SecretAccess("test"), [](const Bytes32& bytes) { return bytes; });
}

inline Bytes Opened(ConvertedNotaryKey key) {
  const Buffer<std::uint8_t> opening = *std::move(key).Open();
  return {opening.span().begin(), opening.span().end()};
}

}  // namespace mpcstats
