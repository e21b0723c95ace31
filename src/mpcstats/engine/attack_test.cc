#include "mpcstats/engine/attack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/verification/schedule.h"

namespace mpcstats {
namespace {

TEST(Attack, LeavesAnHonestRunAlone) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const BitProgram bits(seed);
    const FieldProgram field(seed);
    const FormProgram form(seed);
    const std::array<const AttackedProgram*, 3> programs = {&bits, &field, &form};
    for (const AttackedProgram* program : programs) {
      const AttackRun run = RunUnderAttack(*program, seed, [](const FrameInFlight&) {});
      ASSERT_TRUE(run.result.ok()) << run.result.error[0]->message();
      for (const auto& outputs : run.outputs) EXPECT_EQ(outputs, program->Expected());
      if (program == &bits) EXPECT_GE(run.result.cost[0].batches, 4u);
    }
  }
}

TEST(Attack, OnAnyMessageEndsTheRunAndBendsNoOutput) {
  std::vector<MessageAttacker> attackers;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    attackers.emplace_back(std::make_unique<BitProgram>(seed), 10 * seed);
    attackers.emplace_back(std::make_unique<FieldProgram>(seed), 10 * seed);
    attackers.emplace_back(std::make_unique<FormProgram>(seed), 10 * seed);
  }
  std::mt19937_64 random(5);
  std::size_t trials = 0;
  const std::size_t wanted = ScaledTrials(20000);
  const auto start = std::chrono::steady_clock::now();
  for (unsigned pass = 0; trials < wanted; ++pass) {
    const MessageAttacker& attacker = attackers[pass % attackers.size()];
    for (const auto& [place, frame] : attacker.messages()) {
      for (unsigned change = 0; change < static_cast<unsigned>(Change::kCount); ++change) {
        // What does not depend on a random position is tried once for each seed, flips ever again.
        const bool once = static_cast<Change>(change) >= Change::kDrop;
        if (once && pass >= attackers.size()) continue;
        const std::string fault = attacker.Try(place, static_cast<Change>(change), random, &trials);
        ASSERT_EQ(fault, "") << "seed " << pass % attackers.size() << " trial " << trials;
      }
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("  %zu trials on %zu and %zu messages, %.3f ms a session\n", trials,
              attackers[0].messages().size(), attackers[1].messages().size(),
              1e3 * seconds.count() / static_cast<double>(trials));
}

TEST(Attack, OnEveryByteOfTheShortMessagesEndsTheRun) {
  const MessageAttacker attacker(std::make_unique<BitProgram>(7), 77);
  std::mt19937_64 random(6);
  std::size_t trials = 0;
  for (const auto& [place, frame] : attacker.messages()) {
    if (std::get<0>(place) % 3 != 0 || frame.size() > 1200) continue;
    for (std::size_t byte = 0; byte < frame.size(); byte += 2) {
      const std::string fault =
          attacker.TryByte(place, byte, static_cast<std::uint8_t>(1 + random() % 255), &trials);
      ASSERT_EQ(fault, "") << byte;
    }
  }
  EXPECT_GT(trials, 500u);
}

std::string CodeOf(const std::optional<Error>& error) {
  return error ? std::string(ErrorCodeName(error->code())) : std::string("finished");
}

class SemanticCheat : public testing::Test {
 protected:
  BitProgram program_{3, BitProgram::Cuts::kAtOpenings};
  Recording recording_ = Record(program_, 3);

  // First round in which `from` sends `size` payload bytes to its peer.
  [[nodiscard]] std::uint32_t RoundOf(unsigned from, unsigned to, std::size_t size, unsigned skip = 0) const {
    for (const auto& [place, frame] : recording_) {
      if (std::get<1>(place) != from || std::get<2>(place) != to || frame.size() != kFrameHeader + size)
        continue;
      if (skip-- == 0) return std::get<0>(place);
    }
    ADD_FAILURE() << "no message of " << size << " bytes";
    return 0;
  }
  AttackRun Alter(Place place, const std::function<void(Bytes&)>& alter) {
    unsigned met = 0;
    AttackRun run = RunUnderAttack(program_, 3, [&](const FrameInFlight& frame) {
      if (PlaceOf(frame) != place) return;
      ++met;
      alter(*frame.frame);
    });
    EXPECT_EQ(met, 1u);
    return run;
  }
};

constexpr std::size_t kSeedBytes = 16;
constexpr std::size_t kElement = 8;
constexpr std::size_t kPackedMessage = 127 * kElement;
constexpr std::size_t kLastMessage = 257 * kElement;
constexpr std::size_t kAnswer = (2 + 2) * kElement;  // q, its share of G, two check values

TEST_F(SemanticCheat, WrongBitsOfAnAndAreDetectedByTheLeadOfTheCheater) {
  for (unsigned cheater = 0; cheater < 3; ++cheater) {
    const unsigned lead = (cheater + 2) % 3;
    for (std::size_t bit = 0; bit < 256; ++bit) {  // all four words: rows, and bits behind the last row
      const AttackRun run = Alter({0, cheater, lead}, [&](Bytes& frame) {
        frame[kFrameHeader + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      });
      ASSERT_EQ(CodeOf(run.result.error[lead]), "cheating_detected") << cheater << " " << bit;
      for (unsigned party = 0; party < 3; ++party) EXPECT_TRUE(run.outputs[party].empty());
    }
  }
}

TEST_F(SemanticCheat, TwoWrongBitsThatWouldCancelAreDetected) {
  const std::pair<std::size_t, std::size_t> pairs[] = {{5, 6}, {5, 69}, {5, 133}, {0, 64}, {63, 64}};
  for (const auto& [first, second] : pairs) {
    const AttackRun run = Alter({0, 1, 0}, [&, a = first, b = second](Bytes& frame) {
      for (const std::size_t bit : {a, b})
        frame[kFrameHeader + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    });
    EXPECT_EQ(CodeOf(run.result.error[0]), "cheating_detected") << first << " " << second;
  }
}

TEST_F(SemanticCheat, WrongSeedFromTheLeadStopsTheSecondBeforeItAnswers) {
  // Lead 0, prover 1, second 2.
  const std::uint32_t round = RoundOf(0, 1, kSeedBytes);
  unsigned answers = 0;
  const AttackRun run = RunUnderAttack(program_, 3, [&](const FrameInFlight& frame) {
    if (PlaceOf(frame) == Place{round, 0, 1}) (*frame.frame)[kFrameHeader] ^= 1;
    answers += frame.from == PartyIndex(2) && frame.to == PartyIndex(0) && frame.round > round + 3;
  });
  EXPECT_EQ(CodeOf(run.result.error[2]), "cheating_detected");
  EXPECT_EQ(answers, 0u);
  EXPECT_TRUE(run.outputs[1].empty() && run.outputs[2].empty());
}

TEST_F(SemanticCheat, WrongChallengeFromTheLeadStopsTheSecondBeforeItAnswers) {
  const std::uint32_t round = RoundOf(0, 1, kElement);
  unsigned answers = 0;
  const AttackRun run = RunUnderAttack(program_, 3, [&](const FrameInFlight& frame) {
    if (PlaceOf(frame) == Place{round, 0, 1}) (*frame.frame)[kFrameHeader] ^= 1;
    answers += frame.from == PartyIndex(2) && frame.to == PartyIndex(0) && frame.round > round + 1;
  });
  EXPECT_EQ(CodeOf(run.result.error[2]), "cheating_detected");
  EXPECT_EQ(answers, 0u);
}

TEST_F(SemanticCheat, ChallengeOfAnEarlierBatchIsRefused) {
  const std::uint32_t first = RoundOf(0, 1, kElement, 0);
  const std::uint32_t second = RoundOf(0, 1, kElement, 1);
  const Bytes earlier = recording_.at({first, 0, 1});
  const AttackRun run = Alter({second, 0, 1}, [&](Bytes& frame) {
    ASSERT_FALSE(std::equal(frame.begin() + kFrameHeader, frame.end(), earlier.begin() + kFrameHeader));
    std::copy(earlier.begin() + kFrameHeader, earlier.end(), frame.begin() + kFrameHeader);
  });
  EXPECT_EQ(CodeOf(run.result.error[2]), "cheating_detected");
}

TEST_F(SemanticCheat, WrongCoefficientOfAProofIsDetectedByItsLead) {
  for (const std::size_t size : {kPackedMessage, kLastMessage}) {
    // The last message shares its round with the echo to the next party, not to the lead.
    const std::uint32_t round = RoundOf(1, 0, size);
    for (std::size_t at = 0; at < size; at += 5 * kElement) {
      const AttackRun run = Alter({round, 1, 0}, [&](Bytes& frame) { frame[kFrameHeader + at] ^= 0x10; });
      EXPECT_EQ(CodeOf(run.result.error[0]), "cheating_detected") << size << " " << at;
    }
  }
}

// From 2 to 0 go, with 32 bytes each: the echo of prover 2, then the answer about prover 1, then the ok about prover 0.
TEST_F(SemanticCheat, WrongEchoStopsTheSecond) {
  const std::uint32_t round = RoundOf(2, 0, 32);
  const AttackRun run = Alter({round, 2, 0}, [](Bytes& frame) { frame[kFrameHeader + 31] ^= 1; });
  EXPECT_EQ(CodeOf(run.result.error[0]), "cheating_detected");
}

TEST_F(SemanticCheat, AnyWrongByteOfTheAnswerIsDetectedByTheLead) {
  const std::uint32_t round = RoundOf(2, 0, kAnswer, 1);
  ASSERT_EQ(round, RoundOf(2, 0, 32) + 1);
  for (std::size_t at = 0; at < kAnswer; ++at) {
    const AttackRun run = Alter({round, 2, 0}, [&](Bytes& frame) { frame[kFrameHeader + at] ^= 0x80; });
    EXPECT_EQ(CodeOf(run.result.error[0]), "cheating_detected") << at;
  }
}

TEST_F(SemanticCheat, WrongOkStopsTheOneWhoGetsIt) {
  const std::uint32_t round = RoundOf(2, 0, 32, 2);
  for (const unsigned receiver : {1u, 2u}) {
    const AttackRun run = Alter({round, 0, receiver}, [&](Bytes& frame) { frame[kFrameHeader] ^= 1; });
    EXPECT_EQ(CodeOf(run.result.error[receiver]), "cheating_detected");
    EXPECT_TRUE(run.outputs[receiver].empty());
  }
}

TEST_F(SemanticCheat, OkForAnotherProofIsRefused) {
  const std::uint32_t round = RoundOf(2, 0, 32, 2);
  const Bytes other = recording_.at({round, 2, 1});
  const AttackRun run = Alter({round, 0, 1}, [&](Bytes& frame) {
    std::copy(other.begin() + kFrameHeader, other.end(), frame.begin() + kFrameHeader);
  });
  EXPECT_EQ(CodeOf(run.result.error[1]), "cheating_detected");
}

TEST_F(SemanticCheat, LyingOpeningIsCaughtByTheHashAndLyingHashByTheOpening) {
  // Two words to the next party, 32 bytes to the previous one.
  const std::uint32_t round = RoundOf(1, 2, 2 * kElement, 1);
  const AttackRun value = Alter({round, 1, 2}, [](Bytes& frame) { frame[kFrameHeader] ^= 1; });
  EXPECT_EQ(CodeOf(value.result.error[2]), "cheating_detected");
  EXPECT_TRUE(value.outputs[2].empty());
  const AttackRun hash = Alter({round, 1, 0}, [](Bytes& frame) { frame[kFrameHeader] ^= 1; });
  EXPECT_EQ(CodeOf(hash.result.error[0]), "cheating_detected");
  EXPECT_TRUE(hash.outputs[0].empty());
}

TEST(UseChallenge, EndsTheProcessWhenAChallengeIsDerivedTwice) {
  auto configs = SeededSessions(1);
  Session session(std::move(configs[0]), [](Ctx&) -> Task<Done> { co_return Done(); });
  session.UseChallenge(Purpose::kChallenge, 1, 4, 0);
  session.UseChallenge(Purpose::kChallenge, 1, 8, 0);
  session.UseChallenge(Purpose::kChallenge, 2, 4, 0);
  session.UseChallenge(Purpose::kChallenge, 1, 4, 1);
  session.UseChallenge(Purpose::kChallengeSeed, 1, 4, 0);
  EXPECT_DEATH(session.UseChallenge(Purpose::kChallenge, 1, 4, 0), "");
}

TEST(Fence, EndsTheRunBeforeAWrongWireIsOpened) {
  for (const bool secret : {false, true}) {
    const AttackRun run = RunSelectiveFailure(secret, 9);
    EXPECT_EQ(CodeOf(run.result.error[0]), "cheating_detected");
    for (unsigned party = 0; party < 3; ++party) {
      EXPECT_TRUE(run.result.error[party].has_value());
      EXPECT_TRUE(run.outputs[party].empty());
    }
  }
}

TEST(Fence, LetsNoFrameOfTheOpeningOut) {
  // Two rounds of ANDs, then the verification of one group; the opening would be the round after.
  const std::uint32_t opening = 2 + static_cast<std::uint32_t>(MakeSchedule(2 * 64, 64).rounds());
  for (const bool secret : {false, true}) {
    std::uint32_t last = 0;
    (void)RunUnderAttack(SelectiveFailure(secret), 9, [&](const FrameInFlight& frame) {
      if (frame.round == 0 && frame.from == PartyIndex(SelectiveFailure::kCheater))
        (*frame.frame)[kFrameHeader] ^= 1;
      last = frame.round;
    });
    EXPECT_LT(last, opening);
  }
}

}  // namespace
}  // namespace mpcstats
