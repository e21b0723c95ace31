#include "mpcstats/zktls/tls/p256.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

EcPoint Point(const std::string& x, const std::string& y) { return HexArray<65>("04" + x + y); }

std::string SharedHex(const EcKey& key, const EcPoint& peer) {
  const auto shared = key.SharedX(peer);
  if (!shared) return shared.error().message();
  return shared->With(SecretAccess("test"), [](const Bytes32& x) { return ToHex(x); });
}

Result<EcKey> KeyOf(const std::string& hex) { return EcKey::FromScalar(Secret(HexArray<32>(hex))); }

// NIST CAVP, ECC CDH primitive (SP 800-56A section 5.7.1.2), P-256, counts 0 and 1.
struct Vector {
  std::string peer_x, peer_y, scalar, x, y, shared;
};
const Vector kVectors[] = {
    {"700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287",
     "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
     "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
     "ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230",
     "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141",
     "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"},
    {"809f04289c64348c01515eb03d5ce7ac1a8cb9498f5caa50197e58d43a86a7ae",
     "b29d84e811197f25eba8f5194092cb6ff440e26d4421011372461f579271cda3",
     "38f65d6dce47676044d58ce5139582d568f64bb16098d179dbab07741dd5caf5",
     "119f2f047902782ab0c9e27a54aff5eb9b964829ca99c06b02ddba95b0a3f6d0",
     "8f52b726664cac366fc98ac7a012b2682cbd962e5acb544671d41b9445704d1d",
     "057d636096cb80b67a8c038c890e887d1adfa4195e9b3ce241c8a778c59cda67"},
};

TEST(P256, AgreesWithTheVectorsOfNist) {
  for (const Vector& v : kVectors) {
    const auto key = KeyOf(v.scalar);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->point(), Point(v.x, v.y));
    EXPECT_EQ(SharedHex(*key, Point(v.peer_x, v.peer_y)), v.shared);
  }
}

TEST(P256, GivesBothEndsTheSameSecret) {
  SeededRng rng(11);
  for (int i = 0; i < 20; ++i) {
    const EcKey a = EcKey::Generate(rng);
    const EcKey b = EcKey::Generate(rng);
    EXPECT_NE(a.point(), b.point());
    EXPECT_EQ(SharedHex(a, b.point()), SharedHex(b, a.point()));
    EXPECT_TRUE(ParseEcPoint(a.point()).has_value());
  }
}

TEST(P256, RefusesScalarsOutsideTheGroup) {
  const std::string zero(64, '0');
  const std::string order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
  EXPECT_FALSE(KeyOf(zero).has_value());
  EXPECT_FALSE(KeyOf(order).has_value());
  EXPECT_FALSE(KeyOf(std::string(64, 'f')).has_value());
  EXPECT_TRUE(KeyOf("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550").has_value());
}

TEST(P256, DrawsAgainWhenTheScalarIsOutsideTheGroup) {
  class Draws final : public Rng {
   public:
    void Fill(MutableByteSpan out) override {
      const std::uint8_t byte = count++ == 0 ? 0xff : count == 2 ? 0 : 1;
      for (std::uint8_t& b : out) b = byte;
    }
    int count = 0;
  } rng;
  const EcKey key = EcKey::Generate(rng);
  EXPECT_EQ(rng.count, 3);
  EXPECT_EQ(
      key.point(),
      KeyOf(std::string("01010101010101010101010101010101") + "01010101010101010101010101010101")->point());
}

TEST(P256, RefusesPointsThatAreNotOfTheCurve) {
  const Vector& v = kVectors[0];
  const auto refused = [](const std::string& hex) {
    const auto point = ParseEcPoint(*FromHex(hex));
    return point ? std::string("taken") : point.error().message();
  };
  EXPECT_EQ(refused("04" + v.peer_x + v.peer_y), "taken");
  EXPECT_THAT(refused("04" + v.peer_y + v.peer_x), HasSubstr("not a point of the curve"));
  EXPECT_THAT(refused("04" + v.peer_x + std::string(64, 'f')), HasSubstr("not a point of the curve"));
  EXPECT_THAT(refused("04" + std::string(128, '0')), HasSubstr("not a point of the curve"));
  EXPECT_THAT(refused("02" + v.peer_x), HasSubstr("has 33 bytes and starts with 02"));
  EXPECT_THAT(refused("06" + v.peer_x + v.peer_y), HasSubstr("starts with 06"));
  EXPECT_THAT(refused("00"), HasSubstr("has 1 bytes and starts with 00"));
  EXPECT_THAT(refused(""), HasSubstr("has 0 bytes"));
  EXPECT_THAT(refused("04" + v.peer_x + v.peer_y + "00"), HasSubstr("has 66 bytes"));
  // x = 1 with a y of another point.
  EXPECT_THAT(refused("04" + std::string(63, '0') + "1" + v.peer_y), HasSubstr("not a point of the curve"));
}

TEST(P256, RefusesToMultiplyAPointOffTheCurve) {
  SeededRng rng(12);
  EcPoint point = Point(kVectors[0].peer_x, kVectors[0].peer_y);
  point[64] ^= 1;
  EXPECT_THAT(SharedHex(EcKey::Generate(rng), point), HasSubstr("not a point of the curve"));
}

TEST(P256, SharedPointsAndSumsAgreeWithEachOther) {
  // (a + b) * Q has the coordinates of a * Q + b * Q, whichever way it is come by.
  SeededRng rng(12);
  for (int i = 0; i < 10; ++i) {
    const EcKey server = EcKey::Generate(rng);
    const EcKey a = EcKey::Generate(rng);
    const EcKey b = EcKey::Generate(rng);
    const auto point = [&](const EcKey& key) {
      return key.SharedPoint(server.point())->With(SecretAccess("test"), [](const EcCoordinates& c) {
        return Point(ToHex(c.x), ToHex(c.y));
      });
    };
    const EcPoint sum = *AddEcPoints(point(a), point(b));
    EXPECT_EQ(sum, server.SharedPoint(*AddEcPoints(a.point(), b.point()))
                       ->With(SecretAccess("test"),
                              [](const EcCoordinates& c) { return Point(ToHex(c.x), ToHex(c.y)); }));
    EXPECT_EQ(SharedHex(a, server.point()), ToHex(ByteSpan(point(a)).subspan(1, 32)));
  }
}

TEST(P256, RefusesSumsThatAreInfinityOrOfNoPoints) {
  // The last scalar of the group is -1.
  const auto one = KeyOf("0000000000000000000000000000000000000000000000000000000000000001");
  const auto minus_one = KeyOf("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550");
  ASSERT_TRUE(one && minus_one);
  EXPECT_EQ(AddEcPoints(one->point(), minus_one->point()).error().code(), ErrorCode::kProtocolViolation);
  EXPECT_TRUE(AddEcPoints(one->point(), one->point()));
  EcPoint off = one->point();
  off[64] ^= 1;
  EXPECT_EQ(AddEcPoints(one->point(), off).error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(AddEcPoints(off, one->point()).error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(one->SharedPoint(off).error().code(), ErrorCode::kProtocolViolation);
}

}  // namespace
}  // namespace mpcstats
