#include "mpcstats/circuit/sha256.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <utility>

#include "mpcstats/circuit/circuit_testing.h"
#include "mpcstats/circuit/hmac.h"

namespace mpcstats {
namespace {

Bytes LibcryptoSha256(ByteSpan message) {
  Bytes digest(32);
  EXPECT_EQ(EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha256(), nullptr), 1);
  return digest;
}

Bytes LibcryptoHmac(ByteSpan key, ByteSpan message) {
  Bytes tag(32);
  EXPECT_NE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
                 tag.data(), nullptr),
            nullptr);
  return tag;
}

constexpr std::string_view kInitialState = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19";

TEST(Sha256, MatchesTheStandardOnAbc) {
  const std::string digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(EvaluateHex(MakeSha256Circuit(3), "616263"), digest);
  const std::string block = "61626380" + std::string(118, '0') + "18";
  ASSERT_EQ(block.size(), 128u);
  EXPECT_EQ(EvaluateHex(MakeSha256CompressCircuit(), std::string(kInitialState) + block), digest);
}

TEST(Sha256, MatchesTheStandardOnTwoBlocks) {
  const std::string_view text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT_EQ(EvaluateHex(MakeSha256Circuit(text.size()), ToHex(AsBytes(text))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, FoldsTheEmptyMessageToAConstant) {
  CircuitBuilder builder;
  builder.AddInput(1);
  const Wires digest = Sha256(builder, {});
  for (const Wire wire : digest) EXPECT_TRUE(wire.is_constant());
  builder.AddOutput(digest);
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 0u);
  EXPECT_EQ(EvaluateHex(circuit, "00"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, MatchesLibcryptoOnRandomBlocks) {
  ExpectMatches(MakeSha256Circuit(40), 10000, 1, LibcryptoSha256);
}

TEST(Sha256, CompressesRandomBlocksAsLibcrypto) {
  // A message of 64 bytes: its block from the initial state, then the padding block; the first must agree for
  // the second to. Secret state and block in both compressions.
  const Circuit circuit = MakeSha256CompressCircuit();
  SeededRng rng(2);
  std::vector<Bytes> messages(10000, Bytes(64));
  std::vector<Bytes> inputs;
  for (Bytes& message : messages) {
    rng.Fill(message);
    inputs.push_back(Joined(*FromHex(kInitialState), message));
  }
  const auto states = EvaluateBatch(circuit, inputs);
  ASSERT_TRUE(states.has_value());
  Bytes padding(64, 0);
  padding[0] = 0x80;
  padding[62] = 0x02;
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = Joined((*states)[i], padding);
  const auto digests = EvaluateBatch(circuit, inputs);
  ASSERT_TRUE(digests.has_value());
  for (std::size_t i = 0; i < inputs.size(); ++i) ASSERT_EQ((*digests)[i], LibcryptoSha256(messages[i])) << i;
}

TEST(Sha256, MatchesLibcryptoAroundTheBlockBorders) {
  for (const std::size_t size : {1u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 128u}) {
    ExpectMatches(MakeSha256Circuit(size), 64, size, LibcryptoSha256);
  }
}

TEST(Sha256, KeepsItsGateCounts) {
  const Circuit circuit = MakeSha256CompressCircuit();
  EXPECT_EQ(circuit.and_count(), 22271u);
  EXPECT_EQ(circuit.and_depth(), 1607u);
  EXPECT_EQ(MakeSha256Circuit(8).and_count(), 20426u);
  EXPECT_EQ(MakeSha256Circuit(24).and_count(), 20802u);
  EXPECT_EQ(MakeSha256Circuit(55).and_count(), 21653u);
}

Bytes CountingBytes(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

TEST(Sha256, IsCheaperForAPublicBlock) {
  CircuitBuilder builder;
  Sha256State state;
  for (Wires& word : state) word = builder.AddInput(32);
  // How many gates a known block saves depends on its bits.
  const Bytes block = CountingBytes(64);
  builder.AddOutput(Sha256Digest(Sha256Compress(builder, state, CircuitBuilder::Constant(block))));
  EXPECT_EQ(std::move(builder).Finish().and_count(), 15904u);
}

TEST(Sha256DeathTest, StopsOnBrokenShapes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires bits = builder.AddInput(511);
  EXPECT_DEATH(static_cast<void>(Sha256Compress(builder, Sha256InitialState(), bits)), "size");
  EXPECT_DEATH(static_cast<void>(Sha256(builder, bits)), "size");
  EXPECT_DEATH(static_cast<void>(Sha256Continue(builder, Sha256InitialState(), 63, {})), "prefix_bytes");
  EXPECT_DEATH(static_cast<void>(MakeSha256Circuit(0)), "width");
}

TEST(Hmac, MatchesRfc4231) {
  std::string key_hex;  // test case 1: twenty bytes 0x0b
  for (int i = 0; i < 20; ++i) key_hex += "0b";
  EXPECT_EQ(EvaluateHex(MakeHmacSha256Circuit(20, 8), key_hex + ToHex(AsBytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const std::string_view question = "what do ya want for nothing?";
  EXPECT_EQ(EvaluateHex(MakeHmacSha256Circuit(4, question.size()),
                        ToHex(AsBytes("Jefe")) + ToHex(AsBytes(question))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, MatchesLibcryptoOnRandomKeys) {
  ExpectMatches(MakeHmacSha256Circuit(32, 45), 10000, 4,
                [](ByteSpan in) { return LibcryptoHmac(in.first(32), in.subspan(32)); });
}

TEST(Hmac, HashesKeysOfMoreThanABlock) {
  for (const std::size_t size : {63u, 64u, 65u, 131u}) {
    ExpectMatches(MakeHmacSha256Circuit(size, 20), 64, size,
                  [size](ByteSpan in) { return LibcryptoHmac(in.first(size), in.subspan(size)); });
  }
}

std::size_t KeySetupAndCount(std::size_t key_bytes) {
  CircuitBuilder builder;
  const HmacSha256Key key = HmacSha256SetKey(builder, builder.AddInput(8 * key_bytes));
  builder.AddOutput(Sha256Digest(key.inner));
  builder.AddOutput(Sha256Digest(key.outer));
  return std::move(builder).Finish().and_count();
}

TEST(Hmac, KeepsItsGateCounts) {
  EXPECT_EQ(KeySetupAndCount(32), 42634u);
  EXPECT_EQ(KeySetupAndCount(48), 43210u);
  EXPECT_EQ(MakeHmacSha256Circuit(32, 32).and_count(), 85358u);
  EXPECT_EQ(MakeHmacSha256Circuit(32, 32).and_depth(), 4779u);
}

TEST(Hmac, OuterHashOfAPublicInnerDigestIsCheaper) {
  CircuitBuilder builder;
  HmacSha256Key key;
  for (Wires& word : key.inner) word = builder.AddInput(32);
  for (Wires& word : key.outer) word = builder.AddInput(32);
  builder.AddOutput(HmacSha256Outer(builder, key, CircuitBuilder::Constant(CountingBytes(32))));
  EXPECT_EQ(std::move(builder).Finish().and_count(), 15891u);
}

TEST(HmacDeathTest, StopsOnBrokenShapes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires bits = builder.AddInput(255);
  EXPECT_DEATH(static_cast<void>(HmacSha256SetKey(builder, bits)), "size");
  EXPECT_DEATH(static_cast<void>(HmacSha256Outer(builder, HmacSha256Key(), bits)), "256");
}

}  // namespace
}  // namespace mpcstats
