// Every message between prover and verifier, honest but for what the input does to it: each end refuses it with a clear
// error or, when nothing changed, goes on; and no changed message proves anything.
//
// The input: which message (one byte), how its length is changed (one byte), where the change starts (two bytes), and
// the bytes that are xored into it there.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

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

class Change {
 public:
  explicit Change(ByteSpan input) {
    if (input.size() < 4) return;
    message_ = input[0];
    length_ = input[1];
    at_ = input[2] | std::size_t{input[3]} << 8;
    bytes_ = input.subspan(4);
  }
  [[nodiscard]] unsigned message() const { return message_ % 8; }
  [[nodiscard]] Bytes Of(Bytes honest) const {
    // Mostly the right length: the others are refused before anything is read.
    if (length_ >= 0xf0) honest.resize(honest.size() - std::min<std::size_t>(honest.size(), length_ - 0xefu));
    if (length_ >= 0xe0 && length_ < 0xf0) honest.resize(honest.size() + length_ - 0xdfu);
    for (std::size_t i = 0; i < bytes_.size() && at_ + i < honest.size(); ++i) honest[at_ + i] ^= bytes_[i];
    return honest;
  }

 private:
  unsigned message_ = 0;
  unsigned length_ = 0;
  std::size_t at_ = 0;
  ByteSpan bytes_;
};

void CheckError(const Error& error) {
  CHECK(error.code() == ErrorCode::kProtocolViolation || error.code() == ErrorCode::kCheatingDetected);
  CHECK(!error.message().empty() && error.message().size() < 256);
}

void FuzzTransfers(const Change& change) {
  SeededRng rng(1);
  OtSender sender = OtSender::Create(kSession, rng);
  OtReceiver receiver = OtReceiver::Create(kSession, Secret<OtChoices>(OtChoices{0x5a}), rng);
  const Bytes hello = change.message() == 0 ? change.Of(sender.message()) : sender.message();
  const Bytes points = change.message() == 1 ? change.Of(receiver.message()) : receiver.message();
  if (const auto pairs = std::move(sender).Finish(points); !pairs) CheckError(pairs.error());
  if (const auto keys = std::move(receiver).Finish(hello); !keys) CheckError(keys.error());
}

void FuzzVole(const Change& change) {
  SeededRng rng(2);
  TreeDigits digits;
  rng.Fill(digits);
  // A digit of zero would let one wrong correction pass, which is the guess that the bound allows.
  for (std::uint8_t& digit : digits) digit |= 1;
  OtKeyPairs pairs(kBaseOts);
  OtKeys keys(kBaseOts);
  for (std::size_t i = 0; i < kBaseOts; ++i) {
    for (OtKey& key : pairs[i]) rng.Fill(key);
    keys[i] = pairs[i][1 - ((digits[i / 8] >> (i % 8)) & 1u)];
  }
  VoleReceiver::Created created = VoleReceiver::Create(kSession, pairs, rng);
  const Bytes trees = change.message() == 2 ? change.Of(created.message) : created.message;
  auto sender = VoleSender::Create(kSession, Secret<TreeDigits>(digits), keys, trees);
  if (!sender) return CheckError(sender.error());
  const Bytes honest_corrections = *created.receiver.Extend(kCount);
  const Bytes corrections = change.message() == 3 ? change.Of(honest_corrections) : honest_corrections;
  const auto challenge = sender->Extend(kCount, corrections, rng);
  if (!challenge) return CheckError(challenge.error());
  const Bytes asked = change.message() == 4 ? change.Of(*challenge) : *challenge;
  const auto response = created.receiver.Respond(asked);
  if (!response) return CheckError(response.error());
  const auto verified = sender->Verify(response->message);
  if (!verified) return CheckError(verified.error());
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

void FuzzProof(const Change& change) {
  SeededRng rng(3);
  DealtCorrelations dealt = DealCorrelations(kCount, RandomElement(rng), rng);
  ZkProver prover = *ZkProver::Create(kSession, std::move(dealt.prover));
  ZkVerifier verifier = *ZkVerifier::Create(kSession, std::move(dealt.verifier));
  const Bytes secret = {0x12, 0xff, 0x80};
  CHECK(Program(prover, ProverWitness{secret}));
  const Bytes honest_commitments = *prover.TakeCommitments();
  const Bytes commitments = change.message() == 5 ? change.Of(honest_commitments) : honest_commitments;
  if (const Status received = verifier.Receive(commitments); !received) return CheckError(received.error());
  if (const Status run = Program(verifier, PublicWitness{3}); !run) return CheckError(run.error());
  const auto challenge = verifier.Challenge(rng);
  if (!challenge) return CheckError(challenge.error());
  const Bytes asked = change.message() == 6 ? change.Of(*challenge) : *challenge;
  const auto honest_proof = prover.Prove(asked);
  if (!honest_proof) return CheckError(honest_proof.error());
  const Bytes proof = change.message() == 7 ? change.Of(*honest_proof) : *honest_proof;
  const auto opened = verifier.Check(proof);
  if (!opened) return CheckError(opened.error());
  CHECK(commitments == honest_commitments && asked == *challenge && proof == *honest_proof);
}

void Run(ByteSpan input) {
  const Change change(input);
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
