// For tests of gates: people of TestSurvey, what a release says of its gate, and peers that change a bit.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mpcstats/engine/testing.h"
#include "mpcstats/service/survey_program_testing.h"

namespace mpcstats {

using Batches = std::vector<std::array<Bytes, 3>>;

inline constexpr std::size_t kMember = 5;

inline CatalogueFigure For(const std::string& expression) { return {expression, "", false}; }

inline Answer PersonOf(const Survey& survey, std::int64_t age, std::uint64_t region = 0,
                       std::uint64_t member = 0) {
  Answer answer = HonestAnswer(survey, "p", 5 * age, age, region);
  answer.cells[kMember].encoded = member;
  return answer;
}

inline std::vector<Answer> PeopleOf(const Survey& survey, const std::vector<std::int64_t>& ages) {
  std::vector<Answer> people;
  for (const std::int64_t age : ages) people.push_back(PersonOf(survey, age));
  return people;
}

inline Batches CloseAll(const Survey& survey, const std::vector<std::vector<Answer>>& batches) {
  Batches closed;
  for (const auto& batch : batches) {
    CloseRun run = RunClose(survey, batch);
    EXPECT_EQ(ErrorText(run.result), "");
    closed.push_back(std::move(run.batch));
  }
  return closed;
}

/// Whether the gate opened: alike at all parties, and where it stayed shut with nothing else opened.
inline bool GatePassed(const ReleaseRun& run) {
  EXPECT_EQ(ErrorText(run.result), "");
  for (unsigned party = 0; party < 3; ++party) {
    if (!run.out[party]) return false;
    EXPECT_EQ(run.out[party]->passed, run.out[0]->passed);
    if (run.out[party]->passed) continue;
    EXPECT_TRUE(run.out[party]->figures.empty());
    EXPECT_THAT(run.result.disclosures[party], ::testing::ElementsAre("gate"));
  }
  return run.out[0]->passed;
}

/// Where one party, any of them, has another plan, nobody gets anything.
inline void ExpectNoReleaseWithOddPlan(const Survey& survey, const Batches& closed, const SurveyPlan& plan,
                                       const SurveyPlan& odd) {
  for (unsigned who = 0; who < 3; ++who) {
    std::array<PartyRelease, 3> parties;
    parties.fill({&plan, 0, {}});
    parties[who].plan = &odd;
    const ReleaseRun run = RunReleaseWith(survey, closed, parties);
    for (unsigned party = 0; party < 3; ++party) {
      EXPECT_TRUE(run.result.error[party].has_value());
      EXPECT_FALSE(run.out[party].has_value());
      EXPECT_TRUE(run.result.disclosures[party].empty());
    }
  }
}

/// A peer that changes a bit of one message, in all parts of a release and from each to each: whoever gets it stops, the gate stays as
/// it is and no honest party has another figure. `release` runs one with these options.
template <typename Release>
void ExpectFlippedBitsToStop(const Release& release, bool pass, std::size_t most_trials, std::uint64_t seed) {
  struct Flight {
    std::uint32_t round;
    unsigned from;
    unsigned to;
  };
  std::vector<Flight> flights;
  SimulationOptions honest;
  honest.hook = [&](const FrameInFlight& frame) {
    if (!frame.frame->empty()) flights.push_back({frame.round, frame.from.value(), frame.to.value()});
  };
  const ReleaseRun expected = release(honest);
  ASSERT_EQ(ErrorText(expected.result), "");
  ASSERT_EQ(expected.out[0]->passed, pass);
  std::mt19937_64 random(seed);
  std::size_t stopped = 0;
  // Flights stand in the order of their rounds.
  const std::size_t trials = std::min(flights.size(), ScaledTrials(most_trials));
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const Flight flight = flights[(trial * flights.size() + random() % flights.size()) / trials];
    const std::uint64_t place = random();
    SimulationOptions options;
    options.hook = [&](const FrameInFlight& frame) {
      if (frame.round != flight.round || frame.from.value() != flight.from || frame.to.value() != flight.to ||
          frame.frame->empty())
        return;
      (*frame.frame)[place / 8 % frame.frame->size()] ^= static_cast<std::uint8_t>(1u << place % 8);
    };
    const ReleaseRun run = release(options);
    stopped += run.result.error[flight.to] ? 1u : 0u;
    for (unsigned party = 0; party < 3; ++party) {
      if (party == flight.from || !run.out[party]) continue;
      EXPECT_EQ(run.out[party]->passed, pass) << "round " << flight.round;
      EXPECT_EQ(Difference(run.out[party]->figures, expected.out[0]->figures), "")
          << "round " << flight.round;
    }
  }
  EXPECT_EQ(stopped, trials) << "a flipped message stops whoever gets it";
}

}  // namespace mpcstats
