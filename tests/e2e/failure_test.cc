// A party or the launcher dies in the middle: the others stop in time, say whom they miss, and release nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "program.h"

namespace mpcstats::e2e {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kManyRows = 1'000'000;

/// A table whose Gini index takes much longer than any test waits before it strikes.
const TemporaryFile& SlowTable() {
  static const TemporaryFile table("slow.csv", LargeTable(kManyRows));
  return table;
}

std::vector<std::string> SlowCompute(const std::string& deadline = "20") {
  return {"compute", "--csv", SlowTable().path(), "--deadline", deadline, "mean(x)", "gini(x)"};
}

void ExpectGone(const std::vector<pid_t>& processes) {
  const auto end = Clock::now() + 5s;
  for (const pid_t pid : processes) {
    while (IsRunning(pid) && Clock::now() < end) std::this_thread::sleep_for(2ms);
    EXPECT_FALSE(IsRunning(pid)) << "process " << pid << " is left over";
  }
}

void ExpectUnavailable(const Outcome& outcome, unsigned party) {
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_FALSE(outcome.by_signal);
  EXPECT_EQ(outcome.code, 75) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("party " + std::to_string(party)));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST(Failure, AKilledPartyAtAnyTimeEndsItWithoutAFigure) {
  unsigned party = 0;
  for (const auto delay : {0ms, 5ms, 30ms, 80ms, 200ms, 350ms, 500ms, 700ms, 900ms}) {
    SCOPED_TRACE("party " + std::to_string(party) + " after " + std::to_string(delay.count()) + " ms");
    Program program(SlowCompute());
    const auto parties = program.AwaitParties();
    ASSERT_TRUE(parties.has_value());
    std::this_thread::sleep_for(delay);
    kill((*parties)[party], SIGKILL);
    const auto struck = Clock::now();
    const Outcome outcome = program.Wait(10s);
    EXPECT_LT(Clock::now() - struck, 10s);
    ExpectUnavailable(outcome, party);
    ExpectGone(*parties);
    party = (party + 1) % 3;
  }
}

TEST(Failure, AStoppedPartyEndsItAfterTheDeadline) {
  for (unsigned party = 0; party < 2; ++party) {
    Program program(SlowCompute("3"));
    const auto parties = program.AwaitParties();
    ASSERT_TRUE(parties.has_value());
    std::this_thread::sleep_for(600ms);
    kill((*parties)[party], SIGSTOP);
    // On a slow machine it may not have said a word yet, and has 30 s for its first one.
    ExpectUnavailable(program.Wait(50s), party);
    ExpectGone(*parties);
  }
}

TEST(Failure, AKilledPartyOfABenchmarkEndsItToo) {
  Program program({"bench", "sort", "--rows", "1000000", "--bits", "32", "--json"});
  const auto parties = program.AwaitParties();
  ASSERT_TRUE(parties.has_value());
  std::this_thread::sleep_for(500ms);
  kill((*parties)[2], SIGKILL);
  ExpectUnavailable(program.Wait(10s), 2);
  ExpectGone(*parties);
}

TEST(Failure, NoPartyOutlivesTheLauncher) {
  for (const int number : {SIGTERM, SIGINT, SIGKILL}) {
    SCOPED_TRACE(number);
    Program program(SlowCompute());
    const auto parties = program.AwaitParties();
    ASSERT_TRUE(parties.has_value());
    std::this_thread::sleep_for(100ms);
    program.Signal(number);
    const Outcome outcome = program.Wait(10s);
    EXPECT_TRUE(outcome.by_signal);
    EXPECT_EQ(outcome.code, number);
    EXPECT_EQ(outcome.out, "");
    ExpectGone(*parties);
  }
}

TEST(Failure, APartyProcessWithoutALauncherRefuses) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"party-process", "0", "3"},
                                                    {"party-process", "3", "3"},
                                                    {"party-process", "0", "1"}}) {
    const Outcome outcome = RunProgram(arguments);
    EXPECT_FALSE(outcome.by_signal);
    EXPECT_NE(outcome.code, 0);
    EXPECT_EQ(outcome.out, "");
  }
}

}  // namespace
}  // namespace mpcstats::e2e
