// Both ends of a session over dealt correlations, with every message in the open so that a test can change it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/vole/testing.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/role.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {

struct ZkPair {
  ZkProver prover;
  ZkVerifier verifier;
  SeededRng rng;
};

inline Bytes32 TestSession(std::uint8_t id) {
  Bytes32 session{};
  session[0] = id;
  return session;
}

inline ZkPair MakeZkPair(std::size_t count, std::uint64_t seed, std::uint8_t session = 1) {
  SeededRng rng(seed);
  const Gf2_128 delta = RandomElement(rng);
  DealtCorrelations dealt = DealCorrelations(count, delta, rng);
  return {*ZkProver::Create(TestSession(session), std::move(dealt.prover)),
          *ZkVerifier::Create(TestSession(session), std::move(dealt.verifier)), std::move(rng)};
}

/// What may be changed on the way.
struct ZkTampering {
  std::function<void(Bytes&)> commitments = [](Bytes&) {};
  std::function<void(Bytes&)> challenge = [](Bytes&) {};
  std::function<void(Bytes&)> proof = [](Bytes&) {};
};

/// One round: `prove` and `verify` run the program at their ends.
inline Result<ZkOpened> RunRound(ZkPair& pair, const std::function<Status(ZkProver&)>& prove,
                                 const std::function<Status(ZkVerifier&)>& verify,
                                 const ZkTampering& tampering = {}) {
  RETURN_IF_ERROR(prove(pair.prover));
  ASSIGN_OR_RETURN(Bytes commitments, pair.prover.TakeCommitments());
  tampering.commitments(commitments);
  RETURN_IF_ERROR(pair.verifier.Receive(commitments));
  RETURN_IF_ERROR(verify(pair.verifier));
  ASSIGN_OR_RETURN(Bytes challenge, pair.verifier.Challenge(pair.rng));
  tampering.challenge(challenge);
  ASSIGN_OR_RETURN(Bytes proof, pair.prover.Prove(challenge));
  tampering.proof(proof);
  return pair.verifier.Check(proof);
}

}  // namespace mpcstats
