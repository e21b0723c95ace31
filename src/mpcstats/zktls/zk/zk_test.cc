// Programs that hold are proved: values, costs, rounds.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck.h>

#include <cstdint>
#include <vector>

#include "mpcstats/circuit/builder.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/circuit/sha256.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/testing.h"

namespace mpcstats {
namespace {

/// The outputs of `circuit` on committed inputs are `outputs`, and are opened as well.
template <ZkRole Zk>
Status CircuitProgram(Zk& zk, const typename Zk::Witness& witness, const Circuit& circuit, ByteSpan outputs) {
  ASSIGN_OR_RETURN(const auto committed, zk.Commit(witness));
  ASSIGN_OR_RETURN(const auto out, zk.EvaluateCircuit(circuit, zk.Slice(committed, 0, circuit.input_bits())));
  ASSIGN_OR_RETURN(const OpenId id, zk.Open(out));
  EXPECT_EQ(id.index, 0u);
  return zk.AssertEqual(out, outputs);
}

template <ZkRole Zk>
Status AesProgram(Zk& zk, const typename Zk::Witness& key, ByteSpan blocks, ByteSpan ciphertext) {
  ASSIGN_OR_RETURN(const auto bits, zk.Commit(key));
  ASSIGN_OR_RETURN(const auto round_keys, zk.AesExpandKey(bits));
  ASSIGN_OR_RETURN(const auto out, zk.AesEncrypt(round_keys, zk.Constant(blocks)));
  return zk.AssertEqual(out, ciphertext);
}

Bytes AesEcb(ByteSpan key, ByteSpan blocks) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, key.data(), nullptr);
  EVP_CIPHER_CTX_set_padding(context, 0);
  Bytes out(blocks.size() + 16);
  int written = 0;
  EXPECT_EQ(EVP_EncryptUpdate(context, out.data(), &written, blocks.data(), static_cast<int>(blocks.size())),
            1);
  EVP_CIPHER_CTX_free(context);
  out.resize(blocks.size());
  return out;
}

/// Any gates over the inputs and each other, constants included.
Circuit RandomCircuit(SeededRng& rng) {
  CircuitBuilder builder;
  const std::size_t inputs = 1 + rng.Word() % 40;
  Wires wires = builder.AddInput(inputs);
  wires.push_back(CircuitBuilder::Constant(true));
  const std::size_t gates = rng.Word() % 300;
  for (std::size_t i = 0; i < gates; ++i) {
    const Wire a = wires[rng.Word() % wires.size()];
    const Wire b = wires[rng.Word() % wires.size()];
    switch (rng.Word() % 4) {
      case 0: wires.push_back(builder.Xor(a, b)); break;
      case 1: wires.push_back(CircuitBuilder::Not(a)); break;
      default: wires.push_back(builder.And(a, b)); break;
    }
  }
  Wires outputs;
  const std::size_t count = 1 + rng.Word() % 70;
  for (std::size_t i = 0; i < count; ++i) outputs.push_back(wires[rng.Word() % wires.size()]);
  builder.AddOutput(outputs);
  return std::move(builder).Finish();
}

TEST(Zk, RandomCircuitsAreProvedAndOpened) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    SeededRng rng(seed);
    const Circuit circuit = RandomCircuit(rng);
    Bytes input((circuit.input_bits() + 7) / 8);
    rng.Fill(input);
    if (circuit.input_bits() % 8 != 0)
      input.back() &= static_cast<std::uint8_t>((1u << (circuit.input_bits() % 8)) - 1);
    const Bytes outputs = *EvaluateBytes(circuit, input);
    ZkMeter meter;
    RC_ASSERT(CircuitProgram(meter, PublicWitness{input.size()}, circuit, outputs).has_value());
    RC_ASSERT(meter.cost().checks == circuit.and_count());
    RC_ASSERT(meter.cost().witness_bits == 8 * input.size() + circuit.and_count());
    ZkPair pair = MakeZkPair(meter.cost().Correlations(), seed);
    const auto opened = RunRound(
        pair, [&](ZkProver& zk) { return CircuitProgram(zk, ProverWitness{input}, circuit, outputs); },
        [&](ZkVerifier& zk) { return CircuitProgram(zk, PublicWitness{input.size()}, circuit, outputs); },
        {.commitments = [&](Bytes& message) {
          RC_ASSERT(message.size() == meter.cost().CommitmentBytes());
        }});
    RC_ASSERT(opened.has_value());
    const ByteSpan value = (*opened)[OpenId{0}];
    RC_ASSERT(Bytes(value.begin(), value.end()) == outputs);
    RC_ASSERT(pair.prover.remaining() == 0u && pair.verifier.remaining() == 0u);
  }));
}

TEST(Zk, AesOfRandomKeysIsThatOfOpenssl) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRng rng(seed);
    Bytes key(16);
    Bytes blocks(16 * (seed % 4));
    rng.Fill(key);
    rng.Fill(blocks);
    if (seed == 5) key = Bytes(16, 0), blocks = Bytes(16, 0x63);
    const Bytes ciphertext = AesEcb(key, blocks);
    ZkPair pair = MakeZkPair(128 + 320 + 80 * blocks.size() + kZkMaskBits, seed);
    const auto done = RunRound(
        pair, [&](ZkProver& zk) { return AesProgram(zk, ProverWitness{key}, blocks, ciphertext); },
        [&](ZkVerifier& zk) { return AesProgram(zk, PublicWitness{16}, blocks, ciphertext); });
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_EQ(pair.prover.remaining(), 0u);
  }
}

// FIPS 197, appendix B.
TEST(Zk, AesVectorOfFips197) {
  const Bytes key = *FromHex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes block = *FromHex("3243f6a8885a308d313198a2e0370734");
  const Bytes ciphertext = *FromHex("3925841d02dc09fbdc118597196a0b32");
  ZkPair pair = MakeZkPair(128 + 320 + 1280 + kZkMaskBits, 1);
  EXPECT_TRUE(RunRound(
      pair, [&](ZkProver& zk) { return AesProgram(zk, ProverWitness{key}, block, ciphertext); },
      [&](ZkVerifier& zk) { return AesProgram(zk, PublicWitness{16}, block, ciphertext); }));
}

TEST(Zk, Sha256OfAWitnessIsProved) {
  Bytes message(55);
  SeededRng(7).Fill(message);
  const Circuit circuit = MakeSha256Circuit(message.size());
  const Bytes32 digest = Sha256(message);
  ZkPair pair = MakeZkPair(8 * message.size() + circuit.and_count() + kZkMaskBits, 7);
  const auto opened = RunRound(
      pair, [&](ZkProver& zk) { return CircuitProgram(zk, ProverWitness{message}, circuit, digest); },
      [&](ZkVerifier& zk) { return CircuitProgram(zk, PublicWitness{55}, circuit, digest); });
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(ToHex((*opened)[OpenId{0}]), ToHex(digest));
}

/// Every operation once, on values a test can compute.
template <ZkRole Zk>
Status MixedProgram(Zk& zk, const typename Zk::Witness& a_witness, const typename Zk::Witness& b_witness,
                    ByteSpan a, ByteSpan b) {
  ASSIGN_OR_RETURN(const auto x, zk.Commit(a_witness));
  ASSIGN_OR_RETURN(const auto y, zk.Commit(b_witness));
  Bytes sum(a.size());
  Bytes product(a.size());
  Bytes complement(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum[i] = a[i] ^ b[i];
    product[i] = a[i] & b[i];
    complement[i] = static_cast<std::uint8_t>(~a[i]);
  }
  ASSIGN_OR_RETURN(const auto both, zk.And(x, y));
  RETURN_IF_ERROR(zk.AssertEqual(zk.Xor(x, y), sum));
  RETURN_IF_ERROR(zk.AssertEqual(both, product));
  RETURN_IF_ERROR(zk.AssertEqual(zk.Not(x), complement));
  RETURN_IF_ERROR(zk.AssertZero(zk.XorPublic(x, a)));
  RETURN_IF_ERROR(zk.AssertZero(zk.Xor(zk.Constant(a), x)));
  RETURN_IF_ERROR(zk.AssertEqual(zk.Repeat(true, 8), Bytes{0xff}));
  RETURN_IF_ERROR(zk.AssertEqual(zk.Slice(x, 8, 8), a.subspan(1, 1)));
  RETURN_IF_ERROR(zk.AssertEqual(zk.Slice(x, 3, 4), Bytes{static_cast<std::uint8_t>((a[0] >> 3) & 15)}));
  Bytes joined(a.begin(), a.end());
  joined.insert(joined.end(), b.begin(), b.end());
  RETURN_IF_ERROR(zk.AssertEqual(zk.Concat({x, y}), joined));
  ASSIGN_OR_RETURN(const OpenId first, zk.Open(zk.Slice(x, 1, 3)));
  ASSIGN_OR_RETURN(const OpenId second, zk.Open(y));
  EXPECT_EQ(first.index + 1, second.index);
  return {};
}

TEST(Zk, EveryOperationInSeveralRoundsOfOneSession) {
  ZkPair pair = MakeZkPair(3 * (3 * 24 + kZkMaskBits), 11);
  SeededRng rng(12);
  for (int round = 0; round < 3; ++round) {
    Bytes a(3);
    Bytes b(3);
    rng.Fill(a);
    rng.Fill(b);
    const auto opened = RunRound(
        pair, [&](ZkProver& zk) { return MixedProgram(zk, ProverWitness{a}, ProverWitness{b}, a, b); },
        [&](ZkVerifier& zk) { return MixedProgram(zk, PublicWitness{3}, PublicWitness{3}, a, b); });
    ASSERT_TRUE(opened) << opened.error().message();
    ASSERT_EQ(opened->size(), 2u);
    EXPECT_EQ((*opened)[OpenId{0}][0], (a[0] >> 1) & 7);
    EXPECT_EQ(ToHex((*opened)[OpenId{1}]), ToHex(b));
  }
}

TEST(Zk, CommitmentsMayLeaveInPieces) {
  ZkPair pair = MakeZkPair(16 + 3 + kZkMaskBits, 13);
  const Bytes a = {0x5a};
  const auto x = pair.prover.Commit(ProverWitness{a});
  const auto y = pair.prover.And(pair.prover.Slice(*x, 0, 3), pair.prover.Slice(*x, 1, 3));
  const Bytes first = *pair.prover.TakeCommitments();
  const auto z = pair.prover.Commit(ProverWitness{a});
  const Bytes second = *pair.prover.TakeCommitments();
  EXPECT_EQ(first.size(), 2u);
  EXPECT_EQ(second.size(), 1u);
  ASSERT_TRUE(pair.prover.AssertZero(pair.prover.Xor(*x, *z)));
  ASSERT_TRUE(pair.verifier.Receive(first));
  const auto vx = pair.verifier.Commit(PublicWitness{1});
  ASSERT_TRUE(pair.verifier.And(pair.verifier.Slice(*vx, 0, 3), pair.verifier.Slice(*vx, 1, 3)));
  ASSERT_TRUE(pair.verifier.Receive(second));
  const auto vz = pair.verifier.Commit(PublicWitness{1});
  ASSERT_TRUE(pair.verifier.AssertZero(pair.verifier.Xor(*vx, *vz)));
  const Bytes challenge = *pair.verifier.Challenge(pair.rng);
  EXPECT_TRUE(pair.verifier.Check(*pair.prover.Prove(challenge)));
}

TEST(Zk, CorrelationsMayBeAddedInTheMiddle) {
  SeededRng rng(14);
  const Gf2_128 delta = RandomElement(rng);
  DealtCorrelations first = DealCorrelations(100, delta, rng);
  DealtCorrelations second = DealCorrelations(kZkMaskBits, delta, rng);
  ZkPair pair{*ZkProver::Create(TestSession(1), std::move(first.prover)),
              *ZkVerifier::Create(TestSession(1), std::move(first.verifier)), std::move(rng)};
  const Bytes a = {1, 2, 3};
  const auto program = [&](auto& zk, const auto& witness) -> Status {
    ASSIGN_OR_RETURN(const auto x, zk.Commit(witness));
    ASSIGN_OR_RETURN(const auto y, zk.And(x, x));
    return zk.AssertEqual(y, a);
  };
  const auto done = RunRound(
      pair,
      [&](ZkProver& zk) -> Status {
        RETURN_IF_ERROR(program(zk, ProverWitness{a}));
        return zk.Add(std::move(second.prover));
      },
      [&](ZkVerifier& zk) -> Status {
        RETURN_IF_ERROR(program(zk, PublicWitness{3}));
        return zk.Add(std::move(second.verifier));
      });
  EXPECT_TRUE(done) << done.error().message();
  EXPECT_EQ(pair.prover.remaining(), 100u - 48u);
}

}  // namespace
}  // namespace mpcstats
