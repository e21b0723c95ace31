#include "mpcstats/service/notary_keyring.h"

#include <gtest/gtest.h>

#include "mpcstats/attestation/attestation.h"

namespace mpcstats {
namespace {

constexpr UnixSeconds kDay = 86'400;
constexpr UnixSeconds kStart = 1'700'000'000;

struct Ring {
  explicit Ring(unsigned days = 90) : ring(NotaryKeyring::Create(store, identity, days, kStart).value()) {}
  std::shared_ptr<NotaryStore> store = NotaryStore::Open(":memory:").value();
  std::shared_ptr<const Identity> identity = std::make_shared<const Identity>(std::move(*Identity::Create()));
  std::unique_ptr<NotaryKeyring> ring;
  Bytes32 KeyAt(UnixSeconds now) { return ring->Current(now)->first->PublicKey(); }
};

TEST(NotaryKeyring, MakesItsFirstKeyAtOnceAndFindsItAgain) {
  Ring made;
  const Bytes32 first = made.KeyAt(kStart);
  EXPECT_EQ(made.ring->List().sequence, 1u);
  EXPECT_EQ(made.ring->List().identity, made.identity->PublicKey());
  EXPECT_TRUE(DecodeNotaryKeys(EncodeNotaryKeys(made.ring->List())).has_value());
  const auto again = NotaryKeyring::Create(made.store, made.identity, 90, kStart + kDay).value();
  EXPECT_EQ(again->Current(kStart + kDay)->first->PublicKey(), first);
  EXPECT_EQ(again->List().sequence, 1u);
}

TEST(NotaryKeyring, ListsTheSuccessorBeforeItSigns) {
  Ring made;
  const Bytes32 first = made.KeyAt(kStart);
  ASSERT_TRUE(made.ring->Rotate(kStart + 59 * kDay));
  EXPECT_EQ(made.ring->List().keys.size(), 1u);
  ASSERT_TRUE(made.ring->Rotate(kStart + 60 * kDay));
  EXPECT_EQ(made.ring->List().keys.size(), 2u);
  EXPECT_EQ(made.KeyAt(kStart + 61 * kDay), first);
  EXPECT_NE(made.KeyAt(kStart + 80 * kDay), first);
  // Nothing more to do until the successor is old.
  ASSERT_TRUE(made.ring->Rotate(kStart + 80 * kDay));
  EXPECT_EQ(made.ring->List().sequence, 2u);
}

TEST(NotaryKeyring, SignsForYears) {
  Ring made(30);
  for (UnixSeconds day = 0; day < 800; ++day) {
    ASSERT_TRUE(made.ring->Rotate(kStart + day * kDay));
    ASSERT_TRUE(made.ring->Current(kStart + day * kDay).has_value()) << day;
  }
  EXPECT_LE(made.ring->List().keys.size(), kMostNotaryKeys / 2);
}

TEST(NotaryKeyring, ARevokedKeySignsNoMore) {
  Ring made;
  const Bytes32 first = made.KeyAt(kStart);
  ASSERT_TRUE(made.ring->Revoke(NotaryKeyId(first), kStart + 5));
  EXPECT_NE(made.KeyAt(kStart + 5), first);
  EXPECT_TRUE(RevokedKeys(std::vector{made.ring->List()}).contains(NotaryKeyId(first)));
  // Once is enough.
  ASSERT_TRUE(made.ring->Revoke(NotaryKeyId(first), kStart + 9));
  EXPECT_EQ(made.ring->List().sequence, 2u);
}

TEST(NotaryKeyring, DoesNotRevokeAKeyThatItNeverHad) {
  Ring made;
  EXPECT_EQ(made.ring->Revoke(Bytes32{1}, kStart).error().code(), ErrorCode::kNotFound);
}

TEST(NotaryKeyring, DoesNotSignWhenItSleptThroughItsRotation) {
  Ring made;
  EXPECT_EQ(made.ring->Current(kStart + 91 * kDay).error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(made.ring->Rotate(kStart + 91 * kDay));
  EXPECT_TRUE(made.ring->Current(kStart + 91 * kDay).has_value());
}

TEST(NotaryKeyring, RefusesTheDatabaseOfAnotherIdentity) {
  Ring made;
  const auto other = std::make_shared<const Identity>(std::move(*Identity::Create()));
  EXPECT_EQ(NotaryKeyring::Create(made.store, other, 90, kStart).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mpcstats
