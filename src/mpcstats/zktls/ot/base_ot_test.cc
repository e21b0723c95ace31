#include "mpcstats/zktls/ot/base_ot.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>

#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {
namespace {

OtChoices RandomChoices(Rng& rng) {
  OtChoices choices;
  rng.Fill(choices);
  return choices;
}

unsigned ChoiceOf(const OtChoices& choices, std::size_t i) { return (choices[i / 8] >> (i % 8)) & 1u; }

struct Transfers {
  explicit Transfers(std::uint64_t seed, Bytes32 session = {}, Bytes32 receiver_session = {})
      : rng(seed),
        choices(RandomChoices(rng)),
        sender(OtSender::Create(session, rng)),
        receiver(OtReceiver::Create(receiver_session, Secret<OtChoices>(choices), rng)) {}

  SeededRng rng;
  OtChoices choices;
  OtSender sender;
  OtReceiver receiver;
};

TEST(BaseOt, ReceiverGetsTheChosenKeysAndNoOther) {
  Transfers t(1);
  const Bytes to_sender = t.receiver.message();
  const Bytes to_receiver = t.sender.message();
  EXPECT_EQ(to_sender.size(), kOtReceiverBytes);
  EXPECT_EQ(to_receiver.size(), kOtSenderBytes);
  const auto pairs = std::move(t.sender).Finish(to_sender);
  const auto keys = std::move(t.receiver).Finish(to_receiver);
  ASSERT_TRUE(pairs && keys);
  std::set<OtKey> all;
  for (std::size_t i = 0; i < kBaseOts; ++i) {
    EXPECT_EQ((*keys)[i], (*pairs)[i][ChoiceOf(t.choices, i)]);
    all.insert((*pairs)[i].begin(), (*pairs)[i].end());
  }
  EXPECT_EQ(all.size(), 2 * kBaseOts);
}

TEST(BaseOt, SessionsDoNotMix) {
  Bytes32 other{};
  other[0] = 1;
  Transfers t(2, Bytes32{}, other);
  const Bytes to_sender = t.receiver.message();
  const Bytes to_receiver = t.sender.message();
  const auto pairs = std::move(t.sender).Finish(to_sender);
  const auto keys = std::move(t.receiver).Finish(to_receiver);
  ASSERT_TRUE(pairs && keys);
  for (std::size_t i = 0; i < kBaseOts; ++i) EXPECT_NE((*keys)[i], (*pairs)[i][ChoiceOf(t.choices, i)]);
}

// A receiver who repeats the points of one transfer in another would otherwise get the same keys twice.
TEST(BaseOt, RepeatedPointsGiveOtherKeys) {
  Transfers t(3);
  Bytes to_sender = t.receiver.message();
  std::copy_n(to_sender.begin(), 2 * kOtPointBytes, to_sender.begin() + 2 * kOtPointBytes);
  const auto pairs = std::move(t.sender).Finish(to_sender);
  ASSERT_TRUE(pairs);
  EXPECT_NE((*pairs)[0][0], (*pairs)[1][0]);
  EXPECT_NE((*pairs)[0][1], (*pairs)[1][1]);
}

TEST(BaseOt, ChangedPointOfTheReceiverSpoilsItsKeys) {
  Transfers t(4);
  const Bytes to_receiver = t.sender.message();
  Bytes to_sender = t.receiver.message();
  // Another valid point in place of r_0: with choice 0 the public key changes, with choice 1 its mask does.
  std::copy_n(to_sender.begin() + 4 * kOtPointBytes, kOtPointBytes, to_sender.begin());
  const auto pairs = std::move(t.sender).Finish(to_sender);
  const auto keys = std::move(t.receiver).Finish(to_receiver);
  ASSERT_TRUE(pairs && keys);
  EXPECT_NE((*keys)[0], (*pairs)[0][0]);
  EXPECT_NE((*keys)[0], (*pairs)[0][1]);
  EXPECT_EQ((*keys)[5], (*pairs)[5][ChoiceOf(t.choices, 5)]);
}

Bytes NonCanonicalPoint() { return Bytes(kOtPointBytes, 0xff); }

TEST(BaseOt, SenderRefusesPointsThatAreNone) {
  for (const std::size_t at : {std::size_t{0}, kOtPointBytes, kOtReceiverBytes - kOtPointBytes}) {
    Transfers t(5);
    Bytes to_sender = t.receiver.message();
    std::ranges::copy(NonCanonicalPoint(), to_sender.begin() + static_cast<std::ptrdiff_t>(at));
    const auto pairs = std::move(t.sender).Finish(to_sender);
    ASSERT_FALSE(pairs);
    EXPECT_EQ(pairs.error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(BaseOt, ReceiverRefusesTheIdentityAndWhatIsNoPoint) {
  for (const Bytes& message : {Bytes(kOtPointBytes, 0), NonCanonicalPoint()}) {
    Transfers t(6);
    const auto keys = std::move(t.receiver).Finish(message);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(BaseOt, OtherLengthsAreRefused) {
  for (const std::size_t size : {std::size_t{0}, kOtReceiverBytes - 1, kOtReceiverBytes + 1}) {
    Transfers t(7);
    EXPECT_FALSE(std::move(t.sender).Finish(Bytes(size, 1)));
  }
  for (const std::size_t size : {std::size_t{0}, kOtSenderBytes - 1, kOtSenderBytes + 1}) {
    Transfers t(8);
    EXPECT_FALSE(std::move(t.receiver).Finish(Bytes(size, 1)));
  }
}

// RFC 9496, appendix A.3, first vector of the one-way map: the libsodium at hand has the group of the standard.
TEST(BaseOt, GroupIsThatOfRfc9496) {
  const Bytes uniform = *FromHex(
      "5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1"
      "4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6");
  Bytes32 point;
  crypto_core_ristretto255_from_hash(point.data(), uniform.data());
  EXPECT_EQ(ToHex(point), "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46");
}

}  // namespace
}  // namespace mpcstats
