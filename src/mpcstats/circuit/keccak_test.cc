#include "mpcstats/circuit/keccak.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {
namespace {

constexpr std::size_t kRate = 136;  // of SHA3-256

Bytes LibcryptoSha3(ByteSpan message) {
  Bytes digest(32);
  EXPECT_EQ(EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha3_256(), nullptr), 1);
  return digest;
}

Bytes Padded(ByteSpan message) {
  Bytes out(message.begin(), message.end());
  out.resize((message.size() / kRate + 1) * kRate, 0);
  out[message.size()] ^= 0x06;
  out.back() ^= 0x80;
  return out;
}

/// SHA3-256 of messages of one length, with the circuit as permutation.
std::vector<Bytes> Sha3(const Circuit& permutation, const std::vector<Bytes>& messages) {
  std::vector<Bytes> states(messages.size(), Bytes(200, 0));
  const std::size_t padded_size = messages.empty() ? 0 : Padded(messages[0]).size();
  for (std::size_t at = 0; at < padded_size; at += kRate) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Bytes padded = Padded(messages[i]);
      for (std::size_t k = 0; k < kRate; ++k) states[i][k] ^= padded[at + k];
    }
    states = EvaluateBatch(permutation, states).value();
  }
  for (Bytes& state : states) state.resize(32);
  return states;
}

TEST(Keccak, MatchesTheStandardOnTheZeroState) {
  // The known answer of the Keccak team for the permutation of the zero state, first lanes.
  const std::string out = EvaluateHex(MakeKeccakF1600Circuit(), std::string(400, '0'));
  EXPECT_EQ(out.substr(0, 32), "e7dde140798f25f18a47c033f9ccd584");
}

TEST(Keccak, GivesSha3OfTheEmptyMessageAndOfAbc) {
  const Circuit circuit = MakeKeccakF1600Circuit();
  EXPECT_EQ(ToHex(Sha3(circuit, {Bytes()})[0]),
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  EXPECT_EQ(ToHex(Sha3(circuit, {Bytes{'a', 'b', 'c'}})[0]),
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
}

TEST(Keccak, MatchesLibcryptoOnRandomMessages) {
  const Circuit circuit = MakeKeccakF1600Circuit();
  SeededRng rng(1);
  std::vector<Bytes> messages(10000, Bytes(100));
  for (Bytes& message : messages) rng.Fill(message);
  const std::vector<Bytes> digests = Sha3(circuit, messages);
  for (std::size_t i = 0; i < messages.size(); ++i) ASSERT_EQ(digests[i], LibcryptoSha3(messages[i])) << i;
}

TEST(Keccak, MatchesLibcryptoOverSeveralBlocks) {
  const Circuit circuit = MakeKeccakF1600Circuit();
  SeededRng rng(2);
  for (const std::size_t size : {135u, 136u, 137u, 500u}) {
    std::vector<Bytes> messages(64, Bytes(size));
    for (Bytes& message : messages) rng.Fill(message);
    const std::vector<Bytes> digests = Sha3(circuit, messages);
    for (std::size_t i = 0; i < messages.size(); ++i) ASSERT_EQ(digests[i], LibcryptoSha3(messages[i])) << i;
  }
}

TEST(Keccak, KeepsItsGateCounts) {
  const Circuit circuit = MakeKeccakF1600Circuit();
  EXPECT_EQ(circuit.and_count(), 38400u);
  EXPECT_EQ(circuit.and_depth(), 24u);
}

TEST(KeccakDeathTest, StopsOnAWrongWidth) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires bits = builder.AddInput(1599);
  EXPECT_DEATH(static_cast<void>(KeccakF1600(builder, bits)), "25");
}

}  // namespace
}  // namespace mpcstats
