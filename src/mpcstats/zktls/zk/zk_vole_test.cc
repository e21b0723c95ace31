// A proof from the base transfers on: what the notary and the prover run, with no dealer.
#include <gtest/gtest.h>

#include "mpcstats/circuit/sha256.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/testing.h"

namespace mpcstats {
namespace {

/// A key of which the hash is public encrypts a public block; the ciphertext is opened.
template <ZkRole Zk>
Status Program(Zk& zk, const typename Zk::Witness& key, const Circuit& sha, ByteSpan digest, ByteSpan block) {
  ASSIGN_OR_RETURN(const auto bits, zk.Commit(key));
  ASSIGN_OR_RETURN(const auto hashed, zk.EvaluateCircuit(sha, bits));
  RETURN_IF_ERROR(zk.AssertEqual(hashed, digest));
  ASSIGN_OR_RETURN(const auto round_keys, zk.AesExpandKey(bits));
  ASSIGN_OR_RETURN(const auto out, zk.AesEncrypt(round_keys, zk.Constant(block)));
  RETURN_IF_ERROR(zk.Open(out));
  return {};
}

TEST(ZkOverVole, AProofFromTheBaseTransfersOn) {
  const Bytes key = *FromHex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes block = *FromHex("3243f6a8885a308d313198a2e0370734");
  const Bytes32 digest = Sha256(key);
  const Circuit sha = MakeSha256Circuit(16);
  ZkMeter meter;
  ASSERT_TRUE(Program(meter, PublicWitness{16}, sha, digest, block));
  const std::size_t count = meter.cost().Correlations();

  SeededRng prover_rng(1);
  SeededRng verifier_rng(2);
  const Bytes32 session = TestSession(9);
  VoleReceiverSetup prover_setup = VoleReceiverSetup::Create(session, prover_rng);
  VoleSenderSetup verifier_setup = VoleSenderSetup::Create(session, verifier_rng);
  const Bytes hello = prover_setup.message();
  auto created = std::move(prover_setup).Finish(verifier_setup.message(), prover_rng);
  ASSERT_TRUE(created);
  auto sender = std::move(verifier_setup).Finish(hello, created->message);
  ASSERT_TRUE(sender);
  const Bytes corrections = *created->receiver.Extend(count);
  const Bytes vole_challenge = *sender->Extend(count, corrections, verifier_rng);
  auto response = created->receiver.Respond(vole_challenge);
  ASSERT_TRUE(response);
  auto correlations = sender->Verify(response->message);
  ASSERT_TRUE(correlations);

  ZkPair pair{*ZkProver::Create(session, std::move(response->correlations)),
              *ZkVerifier::Create(session, std::move(*correlations)), std::move(verifier_rng)};
  const auto opened = RunRound(
      pair, [&](ZkProver& zk) { return Program(zk, ProverWitness{key}, sha, digest, block); },
      [&](ZkVerifier& zk) { return Program(zk, PublicWitness{16}, sha, digest, block); });
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(ToHex((*opened)[OpenId{0}]), "3925841d02dc09fbdc118597196a0b32");
  EXPECT_EQ(pair.prover.remaining(), 0u);
  EXPECT_EQ(pair.verifier.remaining(), 0u);
}

}  // namespace
}  // namespace mpcstats
