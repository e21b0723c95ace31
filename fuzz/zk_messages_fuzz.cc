// Every message between prover and verifier, honest but for what the input does to it: each end refuses it with a clear
// error or, when nothing changed, goes on; and no changed message proves anything. The input is changed_message.h's.
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "changed_message.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/ot/base_ot.h"
#include "mpcstats/zktls/vole/testing.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/role.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{1};
constexpr std::size_t kCount = 200;

// What an end says is the same in every run, so it is made once; a run makes the end that gets the changed message, and no other: these
// are hundreds of products in the group, or thousands of hashes.
OtSender MakeOtSender() {
  SeededRng rng(1);
  return OtSender::Create(kSession, rng);
}
OtReceiver MakeOtReceiver() {
  SeededRng rng(11);
  return OtReceiver::Create(kSession, Secret<OtChoices>(OtChoices{0x5a}), rng);
}

void FuzzTransfers(const ChangedMessage& change) {
  static const Bytes kHello = MakeOtSender().message();
  static const Bytes kPoints = MakeOtReceiver().message();
  if (change.message() == 0) {
    if (const auto keys = MakeOtReceiver().Finish(change.Of(0, kHello)); !keys) CheckRefusal(keys.error());
  } else {
    if (const auto pairs = MakeOtSender().Finish(change.Of(1, kPoints)); !pairs) CheckRefusal(pairs.error());
  }
}

// Base transfers as they end.
struct Transferred {
  Transferred() : pairs(kBaseOts), keys(kBaseOts) {
    SeededRng rng(2);
    rng.Fill(digits);
    // A digit of zero would let one wrong correction pass, which is the guess that the bound allows.
    for (std::uint8_t& digit : digits) digit |= 1;
    for (std::size_t i = 0; i < kBaseOts; ++i) {
      for (OtKey& key : pairs[i]) rng.Fill(key);
      keys[i] = pairs[i][1 - ((digits[i / 8] >> (i % 8)) & 1u)];
    }
  }
  [[nodiscard]] VoleReceiver::Created MakeReceiver() const {
    SeededRng rng(21);
    return VoleReceiver::Create(kSession, pairs, rng);
  }
  TreeDigits digits{};
  OtKeyPairs pairs;
  OtKeys keys;
};

void FuzzVole(const ChangedMessage& change) {
  static const Transferred kTransferred;
  static const Bytes kTreesOfReceiver = kTransferred.MakeReceiver().message;
  const TreeDigits& digits = kTransferred.digits;
  SeededRng rng(22);
  const Bytes trees = change.Of(2, kTreesOfReceiver);
  auto sender = VoleSender::Create(kSession, Secret<TreeDigits>(digits), kTransferred.keys, trees);
  if (!sender) return CheckRefusal(sender.error());
  VoleReceiver::Created created = kTransferred.MakeReceiver();
  const Bytes honest_corrections = *created.receiver.Extend(kCount);
  const Bytes corrections = change.Of(3, honest_corrections);
  const auto challenge = sender->Extend(kCount, corrections, rng);
  if (!challenge) return CheckRefusal(challenge.error());
  const Bytes asked = change.Of(4, *challenge);
  const auto response = created.receiver.Respond(asked);
  if (!response) return CheckRefusal(response.error());
  const auto verified = sender->Verify(response->message);
  if (!verified) return CheckRefusal(verified.error());
  CHECK(corrections == honest_corrections && asked == *challenge);
  const Gf2_128 delta = Gf2_128::Load(digits.data());
  for (std::size_t i = 0; i < kCount; ++i) {
    CHECK(response->correlations.macs[i] == verified->keys[i] + delta.Times(response->correlations.bits[i]));
  }
}

template <ZkRole Zk>
Status Program(Zk& zk, const typename Zk::Witness& witness) {
  ASSIGN_OR_RETURN(const auto x, zk.Commit(witness));
  ASSIGN_OR_RETURN(const auto y, zk.And(zk.Slice(x, 0, 16), zk.Slice(x, 5, 16)));
  RETURN_IF_ERROR(zk.Open(zk.Slice(y, 0, 11)));
  return zk.AssertEqual(zk.Xor(x, zk.Not(x)), Bytes(3, 0xff));
}

void FuzzProof(const ChangedMessage& change) {
  SeededRng rng(3);
  DealtCorrelations dealt = DealCorrelations(kCount, RandomElement(rng), rng);
  ZkProver prover = *ZkProver::Create(kSession, std::move(dealt.prover));
  ZkVerifier verifier = *ZkVerifier::Create(kSession, std::move(dealt.verifier));
  const Bytes secret = {0x12, 0xff, 0x80};
  CHECK(Program(prover, ProverWitness{secret}));
  const Bytes honest_commitments = *prover.TakeCommitments();
  const Bytes commitments = change.Of(5, honest_commitments);
  if (const Status received = verifier.Receive(commitments); !received) return CheckRefusal(received.error());
  if (const Status run = Program(verifier, PublicWitness{3}); !run) return CheckRefusal(run.error());
  const auto challenge = verifier.Challenge(rng);
  if (!challenge) return CheckRefusal(challenge.error());
  const Bytes asked = change.Of(6, *challenge);
  const auto honest_proof = prover.Prove(asked);
  if (!honest_proof) return CheckRefusal(honest_proof.error());
  const Bytes proof = change.Of(7, *honest_proof);
  const auto opened = verifier.Check(proof);
  if (!opened) return CheckRefusal(opened.error());
  CHECK(commitments == honest_commitments && asked == *challenge && proof == *honest_proof);
}

void Run(ByteSpan input) {
  const ChangedMessage change(input, 8);
  if (change.none()) {
    // Most short inputs are this: once for each message is enough.
    static std::array<bool, 8> done{};
    if (std::exchange(done[change.message()], true)) return;
  }
  if (change.message() < 2) return FuzzTransfers(change);
  if (change.message() < 5) return FuzzVole(change);
  FuzzProof(change);
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
