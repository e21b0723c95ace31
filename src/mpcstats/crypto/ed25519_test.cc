#include "mpcstats/crypto/ed25519.h"

#include <gtest/gtest.h>

#include <thread>
#include <type_traits>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

static_assert(!std::is_copy_constructible_v<SigningKey>);

struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032 section 7.1, TEST 1, 2, 3 and SHA(abc).
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
     "454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
     "3dca179c138ac17ad9bef1177331a704"},
};

SigningKey KeyOf(const Vector& vector) {
  return SigningKey::FromSeed(Secret<Bytes32>(HexArray<32>(vector.seed)));
}

TEST(Ed25519, SignsAsRfc8032) {
  for (const Vector& vector : kVectors) {
    const SigningKey key = KeyOf(vector);
    EXPECT_EQ(ToHex(key.PublicKey()), vector.public_key);
    EXPECT_EQ(ToHex(key.Sign(*FromHex(vector.message))), vector.signature);
  }
}

TEST(Ed25519, VerifiesTheSignaturesOfRfc8032) {
  for (const Vector& vector : kVectors) {
    EXPECT_TRUE(VerifySignature(HexArray<32>(vector.public_key), *FromHex(vector.message),
                                HexArray<64>(vector.signature)));
  }
}

TEST(Ed25519, GeneratesItsSeedFromTheRng) {
  SeededRng rng(1);
  const SigningKey a = SigningKey::Generate(rng);
  const SigningKey b = SigningKey::Generate(rng);
  EXPECT_NE(a.PublicKey(), b.PublicKey());
  EXPECT_EQ(SigningKey::FromSeed(a.seed()).PublicKey(), a.PublicKey());
}

TEST(Ed25519, SignsFromManyThreadsAtOnce) {
  const SigningKey key = KeyOf(kVectors[2]);
  const Signature expected = HexArray<64>(kVectors[2].signature);
  std::array<bool, 4> same{};
  {
    std::vector<std::jthread> threads;
    for (bool& mine : same) {
      threads.emplace_back([&key, &expected, &mine] {
        mine = true;
        for (int i = 0; i < 50; ++i) mine = mine && key.Sign(*FromHex("af82")) == expected;
      });
    }
  }
  for (bool mine : same) EXPECT_TRUE(mine);
}

TEST(Ed25519, RefusesEverySingleFlippedBit) {
  const SigningKey key = KeyOf(kVectors[1]);
  const Bytes message = *FromHex("72");
  const Signature signature = key.Sign(message);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature changed = signature;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(VerifySignature(key.PublicKey(), message, changed)) << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Bytes32 changed = key.PublicKey();
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(VerifySignature(changed, message, signature)) << bit;
  }
}

TEST(Ed25519, RefusesAnotherMessage) {
  const SigningKey key = KeyOf(kVectors[1]);
  const Signature signature = key.Sign(AsBytes("mpcstats/v1/close"));
  EXPECT_FALSE(VerifySignature(key.PublicKey(), AsBytes("mpcstats/v1/closed"), signature));
  EXPECT_FALSE(VerifySignature(key.PublicKey(), AsBytes("mpcstats/v1/clos"), signature));
  EXPECT_FALSE(VerifySignature(key.PublicKey(), {}, signature));
}

TEST(Ed25519, RefusesTheSecondFormOfASignature) {
  // S + L verifies as S does in an implementation that does not look: L = 2^252 + 27742317777372353535851937790883648493.
  const Bytes32 order = HexArray<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const SigningKey key = KeyOf(kVectors[0]);
  Signature signature = key.Sign({});
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature[32 + i] + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0u);
  EXPECT_FALSE(VerifySignature(key.PublicKey(), {}, signature));
}

// With R and the key both the neutral element and S = 0, the equation S B = R + h A holds for every message.
constexpr const char* kNeutral = "0100000000000000000000000000000000000000000000000000000000000000";

bool OpenSslVerifies(const Bytes32& public_key, ByteSpan message, const Signature& signature) {
  const PkeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), 32));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key.get()), 1);
  const int valid = EVP_DigestVerify(context, signature.data(), 64, message.data(), message.size());
  EVP_MD_CTX_free(context);
  return valid == 1;
}

TEST(Ed25519, RefusesAKeyUnderWhichOneSignatureFitsEveryMessage) {
  Signature signature{};
  signature[0] = 1;
  const Bytes32 key = HexArray<32>(kNeutral);
  ASSERT_TRUE(OpenSslVerifies(key, AsBytes("any"), signature)) << "the check would not be needed";
  EXPECT_FALSE(VerifySignature(key, AsBytes("any"), signature));
}

TEST(Ed25519, RefusesAllPointsOfSmallOrder) {
  // With S = 0 and R = -h A, which takes at most 8 values, some message fits for any A of small order.
  const char* const points[] = {
      kNeutral,
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
      // y = p and y = p + 1: the same points, not in canonical form
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  Signature signature{};
  signature[0] = 1;  // R is the neutral element: it fits when h is a multiple of the key's order
  for (const char* point : points) {
    const Bytes32 key = HexArray<32>(point);
    unsigned fitting = 0;
    for (std::uint8_t i = 0; i < 100; ++i) {
      const Bytes message = {i};
      if (OpenSslVerifies(key, message, signature)) ++fitting;
      EXPECT_FALSE(VerifySignature(key, message, signature)) << point;
    }
    EXPECT_GT(fitting, 0u) << point << " is not of small order, so this test shows nothing";
  }
}

}  // namespace
}  // namespace mpcstats
