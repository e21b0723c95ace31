// A peer that changes what it sends: the others stop, or have what is right.
#include <gtest/gtest.h>

#include <random>

#include "mpcstats/engine/testing.h"
#include "mpcstats/service/survey_program_testing.h"

namespace mpcstats {
namespace {

constexpr std::size_t kPeople = 6;

struct Flight {
  std::uint32_t round;
  unsigned from;
  unsigned to;
};

/// Flips one bit of one message of the run `flight` names.
FrameHook FlipOne(Flight flight, std::uint64_t place, bool* changed) {
  return [=](const FrameInFlight& frame) {
    if (frame.round != flight.round || frame.from.value() != flight.from || frame.to.value() != flight.to)
      return;
    if (frame.frame->empty()) return;
    (*frame.frame)[place / 8 % frame.frame->size()] ^= static_cast<std::uint8_t>(1u << place % 8);
    *changed = true;
  };
}

FrameHook ListInto(std::vector<Flight>* flights) {
  return [flights](const FrameInFlight& frame) {
    if (!frame.frame->empty()) flights->push_back({frame.round, frame.from.value(), frame.to.value()});
  };
}

Survey Small() {
  Survey survey = TestSurvey({{"count(balance)", "", false},
                              {"mean(balance)", "", false},
                              {"count(age)", "", true},
                              {"sum(age)", "", true},
                              {"max(level)", "", false}});
  survey.group_min = 1;
  return survey;
}

TEST(SurveyProgramAttack, OnTheMessagesOfACloseNeverBendsAPseudonymOrAStoredShare) {
  const Survey survey = Small();
  const std::vector<Answer> answers = RandomAnswers(survey, kPeople, 12);
  std::vector<Flight> flights;
  CloseOptions honest;
  honest.simulation.hook = ListInto(&flights);
  const CloseRun expected = RunClose(survey, answers, honest);
  ASSERT_EQ(ErrorText(expected.result), "");
  std::mt19937_64 random(1);
  std::size_t stopped = 0;
  const std::size_t trials = ScaledTrials(200);
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const Flight flight = flights[random() % flights.size()];
    bool changed = false;
    CloseOptions options;
    options.simulation.hook = FlipOne(flight, random(), &changed);
    const CloseRun run = RunClose(survey, answers, options);
    ASSERT_TRUE(changed);
    stopped += run.result.error[flight.to] ? 1u : 0u;
    for (unsigned party = 0; party < 3; ++party) {
      if (party == flight.from || run.result.error[party]) continue;
      // The messages are masked, so that right ones are the same in both runs.
      EXPECT_EQ(run.pseudonyms[party], expected.pseudonyms[party]) << "round " << flight.round;
      EXPECT_EQ(run.batch[party], expected.batch[party]) << "round " << flight.round;
    }
  }
  EXPECT_EQ(stopped, trials) << "a flipped message stops whoever gets it";
}

TEST(SurveyProgramAttack, OnTheMessagesOfAReleaseNeverBendsAFigure) {
  const Survey survey = Small();
  const std::vector<Answer> answers = RandomAnswers(survey, kPeople, 13);
  const CloseRun closed = RunClose(survey, answers);
  ASSERT_EQ(ErrorText(closed.result), "");
  const std::vector<Figure> expected = PlainFigures(survey, answers);
  std::vector<Flight> flights;
  SimulationOptions honest;
  honest.hook = ListInto(&flights);
  ASSERT_EQ(ErrorText(RunRelease(survey, {closed.batch}, 0, honest).result), "");
  std::mt19937_64 random(2);
  std::size_t stopped = 0;
  const std::size_t trials = ScaledTrials(200);
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const Flight flight = flights[random() % flights.size()];
    bool changed = false;
    SimulationOptions options;
    options.hook = FlipOne(flight, random(), &changed);
    const ReleaseRun run = RunRelease(survey, {closed.batch}, 0, options);
    ASSERT_TRUE(changed);
    stopped += run.result.error[flight.to] ? 1u : 0u;
    for (unsigned party = 0; party < 3; ++party) {
      if (party == flight.from || !run.out[party]) continue;
      EXPECT_TRUE(run.out[party]->passed) << "round " << flight.round;
      EXPECT_EQ(Difference(run.out[party]->figures, expected), "") << "round " << flight.round;
    }
  }
  EXPECT_EQ(stopped, trials) << "a flipped message stops whoever gets it";
}

TEST(SurveyProgramAttack, OnAPartysStoredSharesNeverBendsAFigure) {
  const Survey survey = Small();
  const std::vector<Answer> answers = RandomAnswers(survey, kPeople, 14);
  const CloseRun closed = RunClose(survey, answers);
  ASSERT_EQ(ErrorText(closed.result), "");
  const std::vector<Figure> expected = PlainFigures(survey, answers);
  std::mt19937_64 random(3);
  std::size_t stopped = 0;
  const std::size_t trials = ScaledTrials(60);
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const auto cheater = static_cast<unsigned>(random() % 3);
    std::array<Bytes, 3> batch = closed.batch;
    // Behind the number of people; the low bit of a byte keeps elements canonical.
    batch[cheater][8 + random() % (batch[cheater].size() - 8)] ^= 1;
    const ReleaseRun run = RunRelease(survey, {batch}, 0);
    stopped += run.result.ok() ? 0u : 1u;
    for (unsigned party = 0; party < 3; ++party) {
      if (party == cheater || !run.out[party]) continue;
      EXPECT_EQ(Difference(run.out[party]->figures, expected), "") << "trial " << trial;
    }
  }
  // Bytes that the catalogue does not use, such as the units of a column that is only counted, stop nobody.
  EXPECT_GT(stopped, trials / 8);
}

}  // namespace
}  // namespace mpcstats
