#include "mpcstats/crypto/aead.h"

#include <gtest/gtest.h>

#include <set>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

Secret<Bytes32> SecretOf(const char* hex) { return Secret<Bytes32>(HexArray<32>(hex)); }

constexpr const char* kZeroKey = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: test cases 13, 14 and 16.
TEST(Aead, MatchesThePublishedVectors) {
  AeadKey zero(SecretOf(kZeroKey));
  EXPECT_EQ(ToHex(zero.SealWithNonce({}, {}, {})), std::string(24, '0') + "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(ToHex(zero.SealWithNonce({}, {}, Bytes(16))),
            std::string(24, '0') + "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  AeadKey key(SecretOf(kKey));
  const Bytes sealed = key.SealWithNonce(
      HexArray<12>("cafebabefacedbaddecaf888"), *FromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
      *FromHex(
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b1"
          "6aedf5aa0de657ba637b39"));
  EXPECT_EQ(ToHex(sealed),
            "cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48"
            "590dbb3d"
            "a7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

class SealedRow : public testing::Test {
 protected:
  [[nodiscard]] Bytes Seal(ByteSpan plaintext) { return *key_.Seal(rng_, aad_, plaintext); }

  SeededRng rng_{3};
  AeadKey key_{SecretOf(kKey)};
  Bytes aad_ = {1, 2, 3};
};

TEST_F(SealedRow, OpensToWhatWasSealedForEveryLength) {
  for (std::size_t size : {0, 1, 15, 16, 17, 100, 100000}) {
    Bytes plaintext(size);
    rng_.Fill(plaintext);
    const Bytes sealed = Seal(plaintext);
    EXPECT_EQ(sealed.size(), size + AeadKey::kOverhead);
    EXPECT_EQ(key_.Open(aad_, sealed), plaintext);
  }
}

TEST_F(SealedRow, HasANonceOfItsOwn) {
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) {
    const Bytes sealed = Seal(aad_);
    seen.insert(Bytes(sealed.begin(), sealed.begin() + 12));
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST_F(SealedRow, RefusesEverySingleFlippedBit) {
  const Bytes sealed = Seal(Bytes{9, 8, 7});
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const auto opened = key_.Open(aad_, changed);
    ASSERT_FALSE(opened.has_value()) << bit;
    EXPECT_EQ(opened.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(key_.Open(aad_, sealed).has_value()) << "a refusal left the key unusable";
}

TEST_F(SealedRow, RefusesEveryTruncation) {
  const Bytes sealed = Seal(Bytes{9, 8, 7});
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(key_.Open(aad_, ByteSpan(sealed).first(size)).has_value()) << size;
  }
}

TEST_F(SealedRow, RefusesLengthsThatNoRowHas) {
  const UnreadBytes long_bytes((std::size_t{1} << 30) + AeadKey::kOverhead + 1);
  for (const auto& opened : {key_.Open(aad_, long_bytes.span()), key_.Open(long_bytes.span(), Seal(aad_))}) {
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().message().find("impossible length"), std::string::npos);
  }
}

TEST_F(SealedRow, RefusesAnotherAadOrKey) {
  const Bytes sealed = Seal(Bytes{9});
  EXPECT_FALSE(key_.Open({}, sealed).has_value());
  EXPECT_FALSE(key_.Open(Bytes{1, 2}, sealed).has_value());
  AeadKey other(SecretOf(kZeroKey));
  EXPECT_FALSE(other.Open(aad_, sealed).has_value());
}

TEST_F(SealedRow, IsRefusedAfterTheLimitWhileOpeningGoesOn) {
  AeadKey key(SecretOf(kKey), 2);
  const auto first = key.Seal(rng_, {}, aad_);
  EXPECT_TRUE(first.has_value());
  EXPECT_TRUE(key.Seal(rng_, {}, aad_).has_value());
  const auto third = key.Seal(rng_, {}, aad_);
  ASSERT_FALSE(third.has_value());
  EXPECT_EQ(third.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(key.Open({}, *first), aad_);
}

}  // namespace
}  // namespace mpcstats
