// The notary's half of the client's random over whole connections: what an honest prover does with it, and provers who show the website's
// signature of another session.
#include "mpcstats/zktls/mpctls/client_random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "mpcstats/zktls/mpctls/line_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;

TEST(ClientRandom, IsHalfTheProversAndHalfTheNotarys) {
  SeededRng rng(1);
  const NotaryEntropy entropy{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const Bytes32 one = DrawClientRandom(entropy, rng);
  const Bytes32 two = DrawClientRandom(entropy, rng);
  EXPECT_TRUE(std::equal(entropy.begin(), entropy.end(), one.begin() + kProverRandomBytes));
  EXPECT_TRUE(std::equal(entropy.begin(), entropy.end(), two.begin() + kProverRandomBytes));
  EXPECT_FALSE(std::equal(one.begin(), one.begin() + kProverRandomBytes, two.begin()));
  EXPECT_TRUE(CheckClientRandom(one, entropy));
}

TEST(ClientRandom, WithAnyBitOfTheNotarysHalfChangedIsRefused) {
  SeededRng rng(2);
  const NotaryEntropy entropy{7};
  const Bytes32 random = DrawClientRandom(entropy, rng);
  for (std::size_t bit = 0; bit < 8 * sizeof(random); ++bit) {
    Bytes32 changed = random;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const Status checked = CheckClientRandom(changed, entropy);
    // The prover's half is its own.
    ASSERT_EQ(checked.has_value(), bit / 8 < kProverRandomBytes) << bit;
    if (!checked) EXPECT_EQ(checked.error().code(), ErrorCode::kCheatingDetected);
  }
}

/// The entropy that the notary sent: the end of KeyPoint, after two bytes of types.
TappedChannel::Change KeepEntropy(NotaryEntropy& entropy) {
  return [&entropy](MpcMessage type, std::size_t, Bytes& frame) {
    if (type == MpcMessage::kKeyPoint) std::copy(frame.end() - sizeof(entropy), frame.end(), entropy.begin());
  };
}
NotaryEntropy EndOf(const Bytes32& random) {
  NotaryEntropy end;
  std::copy(random.end() - sizeof(end), random.end(), end.begin());
  return end;
}

TEST(ClientRandomOfALine, ItsRandomEndsWithTheNotarysEntropyWhichIsAnotherInEachSession) {
  std::array<NotaryEntropy, 2> sent{};
  std::array<Bytes32, 2> randoms{};
  for (const std::size_t session : {0, 1}) {
    const LineOutcome out =
        RunLineOnce({.change_notary = KeepEntropy(sent.at(session)), .notary_seed = 32 + session});
    ASSERT_TRUE(out.notary) << out.notary.error().message();
    randoms.at(session) = out.client_random;
    EXPECT_EQ(EndOf(out.client_random), sent.at(session));
    // What the website signed, as the notary saw it.
    EXPECT_EQ(out.notary->session.server.client_random, out.client_random);
  }
  EXPECT_NE(sent[0], sent[1]);
  // The prover's half is of its own rng alone, which had the same seed.
  EXPECT_TRUE(std::equal(randoms[0].begin(), randoms[0].begin() + kProverRandomBytes, randoms[1].begin()));
}

/// A handshake of the website's whose ephemeral key somebody has: TestServer always has the same one.
struct PastHandshake {
  Bytes32 random{};
  std::vector<Bytes> flight;
};
PastHandshake KeepAHandshake() {
  PastHandshake past;
  LineSetup setup;
  setup.hooks.flight = [&](std::vector<Bytes>& flight) { past.flight = flight; };
  past.random = RunLineOnce(setup).client_random;
  return past;
}
/// A prover who plays the website with it: the flight as it was signed then.
LineSetup Replaying(const PastHandshake& past, std::uint64_t notary_seed) {
  LineSetup setup;
  setup.prover_seed = 77;
  setup.notary_seed = notary_seed;
  setup.random = past.random;
  setup.hooks.flight = [&past](std::vector<Bytes>& flight) { flight = past.flight; };
  return setup;
}

TEST(ClientRandomOfALine, AFlightOfAnEarlierSessionIsTakenUnderItsOwnEntropyAlone) {
  const PastHandshake past = KeepAHandshake();
  ASSERT_FALSE(past.flight.empty());
  // A notary that drew the same again: nothing else stops who has the ephemeral key.
  const LineOutcome same = RunLineOnce(Replaying(past, LineSetup{}.notary_seed));
  EXPECT_TRUE(same.notary) << same.notary.error().message();
  EXPECT_EQ(same.asked, kLineRequest);
  // Any other session.
  const LineOutcome other = RunLineOnce(Replaying(past, 33));
  ASSERT_FALSE(other.notary);
  EXPECT_EQ(other.notary.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(other.notary.error().message(), HasSubstr("has not this session's entropy"));
  ASSERT_FALSE(other.prover);
  EXPECT_THAT(other.prover.error().message(), HasSubstr("has not this session's entropy"));
  EXPECT_EQ(other.asked, "");
}

TEST(ClientRandomOfALine, ARandomOfTheProversChoiceIsRefusedThoughTheWebsiteSignedIt) {
  LineSetup setup;
  setup.random = Bytes32{1, 2, 3};
  const LineOutcome out = RunLineOnce(setup);
  ASSERT_FALSE(out.notary);
  EXPECT_EQ(out.notary.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(out.notary.error().message(), HasSubstr("has not this session's entropy"));
  EXPECT_FALSE(out.prover);
  EXPECT_EQ(out.asked, "");
}

}  // namespace
}  // namespace mpcstats
