// Provers and verifiers that deviate, one way each.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/builder.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/testing.h"

namespace mpcstats {
namespace {

void FlipBit(Bytes& bytes, std::size_t bit) { bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8)); }

/// An AES block under a committed key; nothing but its S-boxes holds the key down until the assertion at the end.
template <ZkRole Zk>
Status AesProgram(Zk& zk, const typename Zk::Witness& key, ByteSpan block, ByteSpan ciphertext) {
  ASSIGN_OR_RETURN(const auto bits, zk.Commit(key));
  ASSIGN_OR_RETURN(const auto round_keys, zk.AesExpandKey(bits));
  ASSIGN_OR_RETURN(const auto out, zk.AesEncrypt(round_keys, zk.Constant(block)));
  return zk.AssertEqual(out, ciphertext);
}

// Zeros for key and block: every S-box of the first round inverts zero.
const Bytes& ZeroBlock() {
  static const Bytes block(16, 0);
  return block;
}
Bytes ZeroCiphertext() { return *FromHex("66e94bd4ef8a2c3b884cfa59ca342b2e"); }
constexpr std::size_t kAesCorrelations = 128 + 320 + 1280 + kZkMaskBits;

Result<ZkOpened> RunAes(ZkPair& pair, const ZkTampering& tampering) {
  return RunRound(
      pair,
      [](ZkProver& zk) { return AesProgram(zk, ProverWitness{ZeroBlock()}, ZeroBlock(), ZeroCiphertext()); },
      [](ZkVerifier& zk) { return AesProgram(zk, PublicWitness{16}, ZeroBlock(), ZeroCiphertext()); },
      tampering);
}

void ExpectCaught(const Result<ZkOpened>& result) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCheatingDetected);
}

TEST(ZkCheat, HonestAesOfZerosPasses) {
  ZkPair pair = MakeZkPair(kAesCorrelations, 1);
  EXPECT_TRUE(RunAes(pair, {}));
}

// Each bit of key, of key schedule and of block, among them the inverses of zero.
TEST(ZkCheat, EveryFlippedWitnessBitOfAesIsCaught) {
  for (std::size_t bit = 0; bit < 128 + 320 + 1280; ++bit) {
    ZkPair pair = MakeZkPair(kAesCorrelations, bit);
    ExpectCaught(RunAes(pair, {.commitments = [bit](Bytes& message) { FlipBit(message, bit); }}));
  }
}

/// 8-bit addition of two committed bytes, the sum opened and asserted.
template <ZkRole Zk>
Status SumProgram(Zk& zk, const typename Zk::Witness& terms, const Circuit& circuit, ByteSpan sum) {
  ASSIGN_OR_RETURN(const auto in, zk.Commit(terms));
  ASSIGN_OR_RETURN(const auto out, zk.EvaluateCircuit(circuit, in));
  RETURN_IF_ERROR(zk.Open(in));
  return zk.AssertEqual(out, sum);
}

const Circuit& Adder() {
  static const Circuit circuit = [] {
    CircuitBuilder builder;
    const Wires a = builder.AddInput(8);
    const Wires b = builder.AddInput(8);
    builder.AddOutput(Add(builder, a, b));
    return std::move(builder).Finish();
  }();
  return circuit;
}

Result<ZkOpened> RunSum(ZkPair& pair, const ZkTampering& tampering, std::uint8_t claimed = 0x5a + 0x17) {
  static const Bytes terms = {0x5a, 0x17};
  static const Bytes sum = {0x5a + 0x17};
  return RunRound(
      pair, [](ZkProver& zk) { return SumProgram(zk, ProverWitness{terms}, Adder(), sum); },
      [&](ZkVerifier& zk) { return SumProgram(zk, PublicWitness{2}, Adder(), Bytes{claimed}); }, tampering);
}

std::size_t SumCorrelations() { return 16 + Adder().and_count() + kZkMaskBits; }

TEST(ZkCheat, EveryFlippedBitOfCommitmentsAndOpeningsIsCaught) {
  const std::size_t bits = 16 + Adder().and_count() + 16;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    ZkPair pair = MakeZkPair(SumCorrelations(), bit);
    ExpectCaught(RunSum(pair, {.commitments = [bit](Bytes& message) { FlipBit(message, bit); }}));
  }
}

TEST(ZkCheat, EveryFlippedBitOfAProofIsCaught) {
  for (std::size_t bit = 0; bit < 8 * kZkProofBytes; ++bit) {
    ZkPair pair = MakeZkPair(SumCorrelations(), bit);
    ExpectCaught(RunSum(pair, {.proof = [bit](Bytes& proof) { FlipBit(proof, bit); }}));
  }
}

TEST(ZkCheat, AnotherSumIsNotProved) {
  for (unsigned claimed = 0; claimed < 256; ++claimed) {
    ZkPair pair = MakeZkPair(SumCorrelations(), claimed);
    const auto result = RunSum(pair, {}, static_cast<std::uint8_t>(claimed));
    EXPECT_EQ(result.has_value(), claimed == 0x5a + 0x17);
  }
}

/// One AND gate that is lied about: the prover flips the commitment of c = a & b and the verifier is told that c is 1.
/// MACs stay, so the hash holds and nothing but the check of the product stands in the way: it is off by chi * Delta^2.
Result<ZkOpened> LieAboutAnAnd(ZkPair& pair, const std::function<void(ByteSpan, Bytes&)>& mend) {
  static const Bytes one = {1};
  Bytes challenge_seen;
  const auto program = [](auto& zk, const auto& witness, ByteSpan product) -> Status {
    ASSIGN_OR_RETURN(const auto x, zk.Commit(witness));
    ASSIGN_OR_RETURN(const auto c, zk.And(zk.Slice(x, 0, 1), zk.Slice(x, 1, 1)));
    return zk.AssertEqual(c, product);
  };
  return RunRound(
      pair, [&](ZkProver& zk) { return program(zk, ProverWitness{one}, Bytes{0}); },
      [&](ZkVerifier& zk) { return program(zk, PublicWitness{1}, Bytes{1}); },
      {.commitments = [](Bytes& message) { FlipBit(message, 8); },
       .challenge = [&](Bytes& challenge) { challenge_seen = challenge; },
       .proof = [&](Bytes& proof) { mend(challenge_seen, proof); }});
}

TEST(ZkCheat, LieAboutAnAndGateIsCaught) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ZkPair pair = MakeZkPair(9 + kZkMaskBits, seed);
    ExpectCaught(LieAboutAnAnd(pair, [](ByteSpan, Bytes&) {}));
  }
}

// Delta is all that keeps the prover honest: the same lie of one who knows it passes.
TEST(ZkCheat, WhoKnowsDeltaCanLie) {
  SeededRng same(3);
  const Gf2_128 delta = RandomElement(same);  // as MakeZkPair draws it
  ZkPair pair = MakeZkPair(9 + kZkMaskBits, 3);
  EXPECT_TRUE(LieAboutAnAnd(pair, [&](ByteSpan challenge, Bytes& proof) {
    // U + chi * Delta^2; chi is the weight of the first check.
    (Gf2_128::Load(proof.data()) + Gf2_128::Load(challenge.data()) * delta.Square()).Store(proof.data());
  }));
}

TEST(ZkCheat, ProofForAnotherChallengeIsCaught) {
  ZkPair pair = MakeZkPair(SumCorrelations(), 4);
  ExpectCaught(RunSum(pair, {.challenge = [](Bytes& challenge) { challenge[15] ^= 1; }}));
}

TEST(ZkCheat, ProofOfAnEarlierRoundIsCaught) {
  ZkPair pair = MakeZkPair(2 * SumCorrelations(), 5);
  Bytes old;
  ASSERT_TRUE(RunSum(pair, {.proof = [&](Bytes& proof) { old = proof; }}));
  ExpectCaught(RunSum(pair, {.proof = [&](Bytes& proof) { proof = old; }}));
}

// The same keys under another session id: the hash alone tells them apart.
TEST(ZkCheat, ProofOfAnotherSessionIsCaught) {
  ZkPair ours = MakeZkPair(SumCorrelations(), 6, 1);
  ZkPair theirs = MakeZkPair(SumCorrelations(), 6, 2);
  Bytes proof;
  ASSERT_TRUE(RunSum(theirs, {.proof = [&](Bytes& made) { proof = made; }}));
  ExpectCaught(RunSum(ours, {.proof = [&](Bytes& made) { made = proof; }}));
}

TEST(ZkCheat, ProofWithOtherCorrelationsIsCaught) {
  ZkPair pair = MakeZkPair(SumCorrelations(), 7);
  ZkPair other = MakeZkPair(SumCorrelations(), 8);
  pair.prover = std::move(other.prover);
  ExpectCaught(RunSum(pair, {}));
}

TEST(ZkCheat, OneFailureEndsTheVerifiersSession) {
  ZkPair pair = MakeZkPair(2 * SumCorrelations(), 9);
  ExpectCaught(RunSum(pair, {.proof = [](Bytes& proof) { proof[0] ^= 1; }}));
  const auto again = RunSum(pair, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kInvalidArgument);
}

TEST(ZkCheat, DeltaZeroIsRefused) {
  SeededRng rng(10);
  DealtCorrelations dealt = DealCorrelations(10, Gf2_128(), rng);
  const auto verifier = ZkVerifier::Create(TestSession(1), std::move(dealt.verifier));
  ASSERT_FALSE(verifier);
  EXPECT_EQ(verifier.error().code(), ErrorCode::kInvalidArgument);
}

TEST(ZkCheat, CorrelationsOfAnotherDeltaAreRefused) {
  SeededRng rng(11);
  ZkPair pair = MakeZkPair(10, 11);
  EXPECT_FALSE(pair.verifier.Add(DealCorrelations(10, RandomElement(rng) + Gf2_128::One(), rng).verifier));
  ProverCorrelations odd{Buffer<std::uint8_t>(3), Buffer<Gf2_128>(4)};
  EXPECT_FALSE(pair.prover.Add(std::move(odd)));
  EXPECT_FALSE(ZkProver::Create(TestSession(1), {Buffer<std::uint8_t>(3), Buffer<Gf2_128>(4)}));
}

// A false proof would hand the verifier hashes to test guesses of the witness against.
TEST(ZkCheat, ProverProvesNothingWhenItsValuesDoNotSatisfyTheProgram) {
  ZkPair pair = MakeZkPair(8 + kZkMaskBits, 12);
  const Bytes value = {0x21};
  const auto bits = pair.prover.Commit(ProverWitness{value});
  const Status status = pair.prover.AssertEqual(*bits, Bytes{0x20});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(pair.prover.TakeCommitments());
  EXPECT_FALSE(pair.prover.Prove(Bytes(kZkChallengeBytes)));
  EXPECT_FALSE(pair.prover.Commit(ProverWitness{value}));
  EXPECT_FALSE(pair.prover.Open(*bits));
}

TEST(ZkCheat, CommitmentsOfAnotherLengthAreRefused) {
  const auto run = [](const std::function<void(Bytes&)>& change) {
    ZkPair pair = MakeZkPair(SumCorrelations(), 13);
    return RunSum(pair, {.commitments = change});
  };
  for (const auto& change : std::vector<std::function<void(Bytes&)>>{
           [](Bytes& message) { message.pop_back(); }, [](Bytes& message) { message.clear(); },
           [](Bytes& message) { message.push_back(0); }}) {
    const auto result = run(change);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kProtocolViolation);
  }
  ASSERT_NE((16 + Adder().and_count() + 16) % 8, 0u);
  const auto padded = run([](Bytes& message) { message.back() |= 0x80; });
  ASSERT_FALSE(padded);
  EXPECT_EQ(padded.error().code(), ErrorCode::kProtocolViolation);
}

TEST(ZkCheat, MessagesOfAnotherLengthAreRefused) {
  for (const std::size_t size : {std::size_t{0}, kZkProofBytes - 1, kZkProofBytes + 1}) {
    ZkPair pair = MakeZkPair(SumCorrelations(), 14);
    const auto result = RunSum(pair, {.proof = [size](Bytes& proof) { proof.resize(size); }});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kProtocolViolation);
  }
  for (const std::size_t size : {std::size_t{0}, kZkChallengeBytes - 1, kZkChallengeBytes + 1}) {
    ZkPair pair = MakeZkPair(SumCorrelations(), 15);
    EXPECT_FALSE(RunSum(pair, {.challenge = [size](Bytes& challenge) { challenge.resize(size); }}));
  }
}

TEST(ZkCheat, OrderOfARoundIsEnforced) {
  ZkPair pair = MakeZkPair(200, 16);
  const Bytes value = {0x77};
  EXPECT_FALSE(pair.verifier.Check(Bytes(kZkProofBytes)));
  ASSERT_TRUE(pair.prover.Commit(ProverWitness{value}));
  // Before the commitments have left.
  EXPECT_FALSE(pair.prover.Prove(Bytes(kZkChallengeBytes)));
  ASSERT_TRUE(pair.verifier.Receive(*pair.prover.TakeCommitments()));
  // A second message while the first is not used up.
  ZkPair second = MakeZkPair(200, 16);
  ASSERT_TRUE(second.verifier.Receive(Bytes{1}));
  EXPECT_FALSE(second.verifier.Receive(Bytes{1}));
  const auto bits = pair.verifier.Commit(PublicWitness{1});
  ASSERT_TRUE(bits);
  ASSERT_TRUE(pair.verifier.Challenge(pair.rng));
  // After the challenge the round takes nothing.
  EXPECT_FALSE(pair.verifier.Challenge(pair.rng));
  EXPECT_FALSE(pair.verifier.Receive(Bytes{}));
  EXPECT_FALSE(pair.verifier.Commit(PublicWitness{0}));
  EXPECT_FALSE(pair.verifier.AssertZero(*bits));
  EXPECT_FALSE(pair.verifier.Open(*bits));
}

TEST(ZkCheat, EitherEndStopsWhenCorrelationsRunOut) {
  const Bytes terms = {1, 2};
  ZkPair pair = MakeZkPair(15, 17);
  const auto bits = pair.prover.Commit(ProverWitness{terms});
  ASSERT_FALSE(bits);
  EXPECT_EQ(bits.error().code(), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(pair.verifier.Receive(Bytes(2)));
  const auto keys = pair.verifier.Commit(PublicWitness{2});
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code(), ErrorCode::kResourceExhausted);
  // Enough for the program, too few for the mask.
  ZkPair short_of_mask = MakeZkPair(SumCorrelations() - 1, 18);
  EXPECT_FALSE(RunSum(short_of_mask, {}));
}

// Lengths are those of the public sizes, and what the commitments show of a constant witness is noise.
TEST(ZkCheat, MessagesTellNothingButSizes) {
  std::size_t ones = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Bytes terms(2, seed % 2 == 0 ? 0x00 : 0xff);
    const Bytes sum = {static_cast<std::uint8_t>(terms[0] + terms[1])};
    ZkPair pair = MakeZkPair(SumCorrelations(), seed);
    const auto result = RunRound(
        pair, [&](ZkProver& zk) { return SumProgram(zk, ProverWitness{terms}, Adder(), sum); },
        [&](ZkVerifier& zk) { return SumProgram(zk, PublicWitness{2}, Adder(), sum); },
        {.commitments =
             [&](Bytes& message) {
               EXPECT_EQ(message.size(), (16 + Adder().and_count() + 16 + 7) / 8);
               ones +=
                   static_cast<std::size_t>(__builtin_popcount(message[0]) + __builtin_popcount(message[1]));
             },
         .proof = [](Bytes& proof) { EXPECT_EQ(proof.size(), kZkProofBytes); }});
    EXPECT_TRUE(result);
  }
  // 6,400 fair bits: five standard deviations of 40.
  EXPECT_NEAR(static_cast<double>(ones), 3200, 200);
}

}  // namespace
}  // namespace mpcstats
