#include "mpcstats/zktls/tls/ghash.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

std::string HashHex(const std::string& key, const std::string& aad, const std::string& ciphertext) {
  return ToHex(PublicGhash(HexArray<16>(key)).Hash(*FromHex(aad), *FromHex(ciphertext)));
}

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, cases 1, 2, 3 and 4 (NIST's examples as well).
TEST(PublicGhash, AgreesWithTheVectorsOfItsAuthors) {
  EXPECT_EQ(HashHex("66e94bd4ef8a2c3b884cfa59ca342b2e", "", ""), "00000000000000000000000000000000");
  EXPECT_EQ(HashHex("66e94bd4ef8a2c3b884cfa59ca342b2e", "", "0388dace60b6a392f328c2b971b2fe78"),
            "f38cbb1ad69223dcc3457ae5b6b0f885");
  EXPECT_EQ(HashHex("b83b533708bf535d0aa6e52980d53b78", "",
                    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"),
            "7f1b32b81b820d02614f8895ac1d4eac");
  EXPECT_EQ(HashHex("b83b533708bf535d0aa6e52980d53b78", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"),
            "698e57f70e6ecc7fd9463b7260a9ae5f");
}

TEST(PublicGhash, DependsOnEachBitAndOnBothLengths) {
  const std::string key = "b83b533708bf535d0aa6e52980d53b78";
  const Bytes text(33, 7);
  const PublicGhash ghash(HexArray<16>(key));
  const GcmBlock right = ghash.Hash({}, text);
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    Bytes other = text;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_NE(ghash.Hash({}, other), right);
  }
  Bytes longer = text;
  longer.push_back(0);
  EXPECT_NE(ghash.Hash({}, longer), right);
  EXPECT_NE(ghash.Hash(text, {}), right);
}

}  // namespace
}  // namespace mpcstats
