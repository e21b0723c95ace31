// One corrupt party as a process of its own, between two honest ones and an honest coordinator: whatever it does, the honest
// ones count everybody, or stop where an operator sees it, and never release anything wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "rogue_coordinator.h"

namespace mpcstats::e2e {
namespace {

using testing::HasSubstr;

class CorruptParty : public testing::Test {
 protected:
  CorruptParty() : system({.batch_min = 10, .start = false}) {}

  /// Party `index` does `deed`; everybody else is honest.
  void Start(const std::string& deed, unsigned index = 1, std::vector<std::string> more = {}) {
    corrupt = index;
    more.insert(more.begin(), deed);
    for (const std::string& name : system.ServiceNames()) {
      if (name == CorruptName()) {
        system.StartAs(name, MPCSTATS_CORRUPT_PARTY, more);
      } else {
        system.StartService(name);
      }
    }
    system.OpenSurvey();
    survey.emplace(SurveyOf(system));
  }
  /// Which exchange behind the intent opens the figures: the last one of an honest release of the same answers.
  static std::string OpeningExchange() {
    static const std::string number = [] {
      struct Run : CorruptParty {
        void TestBody() override {}
      } honest;
      honest.Start("honest");
      honest.ShareTen();
      honest.ExpectTheRightResult();
      const std::string said = honest.system.SaidBy("party1");
      const std::string key = "exchanges behind the intent: ";
      const std::size_t at = said.find(key);
      EXPECT_NE(at, std::string::npos) << said;
      return at == std::string::npos ? "0"
                                     : said.substr(at + key.size(), said.find('\n', at) - at - key.size());
    }();
    return number;
  }
  [[nodiscard]] std::string CorruptName() const { return "party" + std::to_string(corrupt); }

  JobReport Job(unsigned party, const std::string& name) {
    auto client = PartyClient::Create(*survey, party);
    EXPECT_TRUE(client);
    const auto report = client->Job(name);
    return report ? *report : JobReport();
  }
  /// What the two honest parties say of a job once both have failed or refuse to try again.
  std::string HonestSay(const std::string& job, const std::string& state = "failed") {
    std::string said;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    for (unsigned i = 0; i < 3; ++i) {
      if (i == corrupt) continue;
      JobReport report;
      // The coordinator orders a failed job anew after a second or more. It has our address, and a party's patience with that is
      // for both of us.
      while (report.state != state && std::chrono::steady_clock::now() < deadline) {
        report = Job(i, job);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
      EXPECT_EQ(report.state, state) << "party " << i << ": " << report.error;
      said += "party " + std::to_string(i) + ": " + report.error + "\n";
    }
    return said;
  }
  std::size_t ClosedAtHonest() {
    std::size_t closed = 0;
    for (unsigned i = 0; i < 3; ++i) {
      if (i == corrupt) continue;
      auto client = PartyClient::Create(*survey, i);
      const auto batches = client->Batches();
      EXPECT_TRUE(batches) << i;
      if (batches) closed += batches->size();
    }
    return closed;
  }
  void ExpectNoRelease() {
    for (unsigned i = 0; i < 3; ++i) {
      if (i == corrupt) continue;
      auto client = PartyClient::Create(*survey, i);
      EXPECT_EQ(client->Release("latest").error().code(), ErrorCode::kNotFound) << i;
    }
  }
  /// Answers 1 to 10 through the coordinator: 55.
  void ShareTen() {
    std::vector<std::string> values;
    for (unsigned i = 1; i <= 10; ++i) values.push_back(std::to_string(i));
    const Outcome shared = system.ShareMany(values, "ten");
    ASSERT_EQ(shared.code, 0) << shared.err;
  }
  void ExpectTheRightResult() {
    ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
    EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "55");
  }
  /// The corrupt party is replaced by an honest one over the same data. The coordinator starts anew, to try again at once.
  void Repent(int signal = SIGTERM) {
    system.Kill(CorruptName(), signal);
    system.StartService(CorruptName());
    system.Kill("coordinator", SIGTERM);
    system.StartService("coordinator");
  }

  SurveySystem system;
  std::optional<SignedSurvey> survey;
  unsigned corrupt = 0;
};

TEST_F(CorruptParty, FalseComplaintsAreCured) {
  Start("complain-falsely");
  ShareTen();
  ExpectTheRightResult();
  EXPECT_THAT(system.SaidBy(CorruptName()), HasSubstr("corrupt: complain-falsely"));
}

TEST_F(CorruptParty, FalseRefusalsAreCured) {
  Start("refuse-falsely", 2);
  ShareTen();
  ExpectTheRightResult();
  EXPECT_THAT(system.SaidBy(CorruptName()), HasSubstr("corrupt: refuse-falsely"));
}

TEST_F(CorruptParty, HidingAnswersHidesNone) {
  Start("hide-answers", 0);
  ShareTen();
  ExpectTheRightResult();
  EXPECT_THAT(system.SaidBy(CorruptName()), HasSubstr("corrupt: hide-answers"));
}

TEST_F(CorruptParty, ASmallerSetIsSignedByNobody) {
  Start("another-set");
  ShareTen();
  EXPECT_THAT(HonestSay("batch-1"), HasSubstr("party 1 came to another set of answers; nothing was signed"));
  EXPECT_EQ(ClosedAtHonest(), 0u);
  ExpectNoRelease();
}

TEST_F(CorruptParty, ALieInACureNamesThePairAndCountsNothing) {
  Start("lie-in-cure");
  // One answer whose box party 0 does not get, brought to the two others by its owner; nine the usual way.
  const Crafted lacking = Honest(*survey, {{"amount", "10"}}, FreshKey());
  for (const unsigned i : {1u, 2u}) {
    auto client = PartyClient::Create(*survey, i);
    const std::vector<UploadedBox> box = {BoxFor(i, lacking.submission)};
    const std::vector<Bytes32> ids = {lacking.id};
    ASSERT_TRUE(client->Upload(box, ids));
  }
  ShareTen();
  EXPECT_THAT(HonestSay("batch-1"), HasSubstr("Parties 0 and 1 are in dispute"));
  EXPECT_EQ(ClosedAtHonest(), 0u);
  ExpectNoRelease();
}

TEST_F(CorruptParty, AnotherRootIsSignedByNobodyElseAndTheRightOneFollows) {
  Start("another-root");
  ShareTen();
  EXPECT_THAT(HonestSay("batch-1"), HasSubstr("party 1 signed another batch than we computed"));
  // It alone holds three signatures, of the right batch: to go on it has to show them.
  ExpectTheRightResult();
}

TEST_F(CorruptParty, ALieInASessionIsFoundThreeTimesAndThenAnOperatorIsAsked) {
  Start("lie-in-session", 2);
  ShareTen();
  EXPECT_THAT(HonestSay("batch-1", "stopped"), HasSubstr("3 attempts at this job failed"));
  EXPECT_THAT(system.SaidBy("party0") + system.SaidBy("party1"), HasSubstr("cheating"));
  EXPECT_EQ(ClosedAtHonest(), 0u);
  ExpectNoRelease();
  // The operators look, replace the party and clear the count.
  for (const char* name : {"party0", "party1", "party2"}) {
    system.Kill(name, SIGTERM);
    ASSERT_EQ(
        RunProgram({"party", "--config", system.path(std::string(name) + "/config.toml"), "--clear-failures"})
            .code,
        0);
    system.StartService(name);
  }
  system.Kill("coordinator", SIGTERM);
  system.StartService("coordinator");
  ExpectTheRightResult();
}

TEST_F(CorruptParty, ALieInAnOutputReachesNobody) {
  Start("lie-in-output", 1, {OpeningExchange()});
  ShareTen();
  HonestSay("release-1");
  EXPECT_THAT(system.SaidBy("party0") + system.SaidBy("party2"), HasSubstr("opened different values"));
  ExpectNoRelease();
  EXPECT_NE(
      RunProgram({"query", "--survey", system.survey(), "-o", system.path("result.json"), "--wait", "0"})
          .code,
      0);
}

TEST_F(CorruptParty, AnotherResultIsSignedByNobodyElseAndTheRightOneFollows) {
  Start("another-result");
  ShareTen();
  EXPECT_THAT(HonestSay("release-1"), HasSubstr("party 1 signed another result than we computed"));
  ExpectTheRightResult();
}

TEST_F(CorruptParty, WhoLeavesWithTheFiguresCannotHaveOthersComputed) {
  Start("leave-with-figures", 1, {OpeningExchange()});
  ShareTen();
  HonestSay("release-1");
  EXPECT_THAT(system.SaidBy(CorruptName()), HasSubstr("corrupt: has what it wanted"));
  ExpectNoRelease();
  // More answers come; what is computed next is the version that was on its way, and only then the larger one.
  ASSERT_EQ(system.ShareMany({"11", "12"}, "two").code, 0);
  Repent();
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "55");
}

TEST_F(CorruptParty, LeavingBeforeAnythingIsVerifiedCostsTheHonestNoTrial) {
  Start("leave-early");
  ShareTen();
  // More often than cheating would be allowed.
  std::string said;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto times = [&] {
    unsigned count = 0;
    for (std::size_t at = 0; (at = said.find("corrupt: leave-early", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  while (times() < 4 && std::chrono::steady_clock::now() < deadline) {
    said = system.SaidBy(CorruptName());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_GE(times(), 4u);
  EXPECT_THAT(HonestSay("batch-1"), HasSubstr("party 1"));
  ExpectNoRelease();
  Repent();
  ExpectTheRightResult();
}

TEST_F(CorruptParty, OneThatStallsStopsTheJobAndNothingElse) {
  Start("stall");
  ShareTen();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (system.SaidBy(CorruptName()).find("corrupt: stall") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // While the honest wait for it they take answers and tell what they do.
  EXPECT_EQ(Job(0, "batch-1").state, "running");
  ASSERT_EQ(system.Share("1000", "late").code, 0);
  EXPECT_THAT(HonestSay("batch-1"), HasSubstr("party 1"));
  ExpectNoRelease();
  Repent(SIGKILL);
  ASSERT_EQ(system.AwaitCount(11, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "1055");
}

}  // namespace
}  // namespace mpcstats::e2e
