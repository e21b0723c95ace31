#include "mpcstats/crypto/sha256.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/hkdf.h"

namespace mpcstats {
namespace {

TEST(Sha256, MatchesFips180Abc) {
  EXPECT_EQ(ToHex(Sha256(AsBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Stream, SeparatesStringsThatConcatenateAlike) {
  EXPECT_NE(Sha256Stream("t").AddString("ab").AddString("c").Finish(),
            Sha256Stream("t").AddString("a").AddString("bc").Finish());
}

TEST(Sha256Stream, SeparatesTags) {
  EXPECT_NE(Sha256Stream("a").AddU64(1).Finish(), Sha256Stream("b").AddU64(1).Finish());
}

TEST(Hkdf, MatchesRfc5869Case1) {
  const Bytes key(22, 0x0b);
  Bytes out(42);
  Hkdf(key, *FromHex("000102030405060708090a0b0c"), *FromHex("f0f1f2f3f4f5f6f7f8f9"), out);
  EXPECT_EQ(ToHex(out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Hkdf, MatchesRfc5869Case3WithoutSaltAndInfo) {
  const Bytes key(22, 0x0b);
  Bytes out(42);
  Hkdf(key, {}, {}, out);
  EXPECT_EQ(ToHex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hmac, MatchesRfc4231Case2) {
  EXPECT_EQ(ToHex(HmacSha256(AsBytes("Jefe"), AsBytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(AesPrg, MatchesSp80038aCounterMode) {
  // SP 800-38A F.5.1: the counter block f0f1..ff is stream f0..fb with block counter fcfdfeff; our counter starts at
  // zero, so the first block is checked against AES-128 of the block with a zero counter (FIPS-197 key of C.1).
  const Bytes key = *FromHex("000102030405060708090a0b0c0d0e0f");
  AesPrg prg(std::span<const std::uint8_t, 16>(key.data(), 16));
  Bytes out(16);
  prg.Generate(StreamId{0, 0}, out);
  EXPECT_EQ(ToHex(out), "c6a13b37878f5b826f4f8162a1c8d879");
}

TEST(AesPrg, GivesOtherBytesForEachStream) {
  const Bytes key(16, 7);
  AesPrg prg(std::span<const std::uint8_t, 16>(key.data(), 16));
  Bytes a(64), b(64), c(64);
  prg.Generate(StreamId{1, 0}, a);
  prg.Generate(StreamId{1, 1}, b);
  prg.Generate(StreamId{2, 0}, c);
  EXPECT_NE(a, b);
  EXPECT_NE(a, c);
}

TEST(SeededRng, RepeatsUnderTheSameSeedOnly) {
  SeededRng a(1), b(1), c(2);
  const std::uint64_t first = a.Word();
  EXPECT_EQ(first, b.Word());
  EXPECT_NE(first, c.Word());
}

}  // namespace
}  // namespace mpcstats
