#include "mpcstats/circuit/aes.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>
#include <utility>

#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {
namespace {

/// AES-128 of one block; `in` is the key and the plaintext.
Bytes LibcryptoAes(ByteSpan in) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  Bytes out(32);
  int size = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, in.data(), nullptr), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &size, in.data() + 16, 16), 1);
  EXPECT_EQ(size, 16);
  out.resize(16);
  return out;
}

Circuit MakeSbox() {
  CircuitBuilder builder;
  builder.AddOutput(AesSbox(builder, builder.AddInput(8)));
  return std::move(builder).Finish();
}

/// FIPS 197, section 5.1.1: the inverse in GF(2^8), then the affine map.
std::uint8_t ReferenceSbox(unsigned x) {
  const auto times = [](unsigned a, unsigned b) {
    unsigned product = 0;
    for (unsigned k = 0; k < 8; ++k) product ^= ((b >> k) & 1u) != 0 ? a << k : 0u;
    for (unsigned k = 15; k >= 8; --k) product ^= ((product >> k) & 1u) != 0 ? 0x11bu << (k - 8) : 0u;
    return product;
  };
  unsigned inverse = 0;
  for (unsigned y = 1; y < 256; ++y) {
    if (times(x, y) == 1) inverse = y;
  }
  unsigned out = 0x63;
  for (unsigned k = 0; k < 5; ++k) out ^= (inverse << k | inverse >> (8 - k)) & 0xffu;
  return static_cast<std::uint8_t>(out);
}

TEST(AesSbox, MatchesTheStandardOnAllBytes) {
  EXPECT_EQ(ReferenceSbox(0x53), 0xed);  // the example of FIPS 197
  const Circuit circuit = MakeSbox();
  for (unsigned x = 0; x < 256; ++x) {
    ASSERT_EQ(EvaluateBytes(circuit, Bytes{static_cast<std::uint8_t>(x)}).value(), Bytes{ReferenceSbox(x)})
        << x;
  }
}

TEST(AesSbox, KeepsItsGateCounts) {
  const Circuit circuit = MakeSbox();
  EXPECT_EQ(circuit.and_count(), 32u);
  EXPECT_EQ(circuit.and_depth(), 5u);
  EXPECT_EQ(circuit.gates().size(), 120u);  // 84 XOR and the 4 complements of the affine constant
}

TEST(Aes128, MatchesFips197AppendixC1) {
  EXPECT_EQ(
      EvaluateHex(MakeAes128Circuit(), "000102030405060708090a0b0c0d0e0f00112233445566778899aabbccddeeff"),
      "69c4e0d86a7b0430d8cdb78070b4c55a");
}

TEST(Aes128, MatchesSp80038aEcb) {
  const Circuit circuit = MakeAes128Circuit();
  const std::string key = "2b7e151628aed2a6abf7158809cf4f3c";
  EXPECT_EQ(EvaluateHex(circuit, key + "6bc1bee22e409f96e93d7e117393172a"),
            "3ad77bb40d7a3660a89ecaf32466ef97");
  EXPECT_EQ(EvaluateHex(circuit, key + "ae2d8a571e03ac9c9eb76fac45af8e51"),
            "f5d3d58503b9699de785895a96fdbaaf");
  EXPECT_EQ(EvaluateHex(circuit, key + "30c81c46a35ce411e5fbc1191a0a52ef"),
            "43b1cd7f598ece23881b00e3ed030688");
  EXPECT_EQ(EvaluateHex(circuit, key + "f69f2445df4f9b17ad2b417be66c3710"),
            "7b0c785e27e8ad3f8223207104725dd4");
}

TEST(Aes128, MatchesSp80038aCtr) {
  EXPECT_EQ(
      EvaluateHex(MakeAes128Circuit(), "2b7e151628aed2a6abf7158809cf4f3cf0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
      "ec8cdf7398607cb0f2d21675ea9ea1e4");
}

TEST(Aes128, MatchesLibcryptoOnRandomKeys) { ExpectMatches(MakeAes128Circuit(), 10000, 1, LibcryptoAes); }

// Round keys by the expansion, then a block in two steps.
Circuit MakeSplitAes() {
  CircuitBuilder builder;
  const Aes128RoundKeys keys = Aes128ExpandKey(builder, builder.AddInput(128));
  const Wires block = builder.AddInput(128);
  const Aes128Prefix prefix = Aes128EncryptPrefix(builder, keys, WireSpan(block).first(120));
  builder.AddOutput(Aes128EncryptLast(builder, keys, prefix, WireSpan(block).last(8)));
  return std::move(builder).Finish();
}

TEST(Aes128, InTwoStepsMatchesLibcryptoOnRandomKeys) {
  const Circuit circuit = MakeSplitAes();
  EXPECT_EQ(circuit.and_count(), 1280u + 5120u);
  ExpectMatches(circuit, 10000, 2, LibcryptoAes);
}

TEST(Aes128, OnePrefixServesEveryLastByte) {
  const Circuit first = MakeAes128PrefixCircuit();
  const Circuit last = MakeAes128LastCircuit();
  EXPECT_EQ(first.and_count(), 864u);
  EXPECT_EQ(last.and_count(), 4256u);
  CircuitBuilder builder;
  for (const Wires& key : Aes128ExpandKey(builder, builder.AddInput(128))) builder.AddOutput(key);
  const Circuit expand = std::move(builder).Finish();
  Bytes key_and_block(32);
  SeededRng(3).Fill(key_and_block);
  const Bytes keys = *EvaluateBytes(expand, ByteSpan(key_and_block).first(16));
  const Bytes prefix = *EvaluateBytes(first, Joined(keys, ByteSpan(key_and_block).subspan(16, 15)));
  for (unsigned byte = 0; byte < 256; ++byte) {
    key_and_block.back() = static_cast<std::uint8_t>(byte);
    ASSERT_EQ(*EvaluateBytes(last, Joined(Joined(keys, prefix), Bytes{key_and_block.back()})),
              LibcryptoAes(key_and_block))
        << byte;
  }
}

TEST(Aes128, ExpandsTheKeyOfFips197AppendixA1) {
  CircuitBuilder builder;
  const Aes128RoundKeys keys = Aes128ExpandKey(builder, builder.AddInput(128));
  for (const Wires& key : keys) builder.AddOutput(key);
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(circuit.and_count(), 1280u);
  EXPECT_EQ(circuit.and_depth(), 50u);
  const std::string expanded = EvaluateHex(circuit, "2b7e151628aed2a6abf7158809cf4f3c");
  EXPECT_EQ(expanded.substr(32, 32), "a0fafe1788542cb123a339392a6c7605");
  EXPECT_EQ(expanded.substr(320), "d014f9a8c9ee2589e13f0cc8b6630ca6");
  EXPECT_EQ(EvaluateHex(MakeAes128RoundsCircuit(), expanded + "6bc1bee22e409f96e93d7e117393172a"),
            "3ad77bb40d7a3660a89ecaf32466ef97");
}

TEST(Aes128, KeepsItsGateCounts) {
  EXPECT_EQ(MakeAes128Circuit().and_count(), 6400u);
  EXPECT_EQ(MakeAes128Circuit().and_depth(), 50u);
  EXPECT_EQ(MakeAes128RoundsCircuit().and_count(), 5120u);
  EXPECT_EQ(MakeAes128RoundsCircuit().and_depth(), 50u);
}

TEST(Aes128DeathTest, StopsOnBrokenShapes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires bits = builder.AddInput(127);
  EXPECT_DEATH(static_cast<void>(AesSbox(builder, bits)), "8");
  EXPECT_DEATH(static_cast<void>(Aes128ExpandKey(builder, bits)), "kBlockBits");
  EXPECT_DEATH(static_cast<void>(Aes128Encrypt(builder, Aes128RoundKeys(), bits)), "kBlockBits");
  EXPECT_DEATH(static_cast<void>(Aes128EncryptPrefix(builder, Aes128RoundKeys(), bits)), "kBlockBits");
  EXPECT_DEATH(static_cast<void>(Aes128EncryptLast(builder, Aes128RoundKeys(), {}, bits)), "kWordBits");
}

}  // namespace
}  // namespace mpcstats
