// The launcher with real party processes: this program again (child_main_test.cc), one of them misbehaving.
#include "mpcstats/service/launcher.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "mpcstats/net/fault.h"
#include "mpcstats/net/fd_channel.h"
#include "mpcstats/service/bench_operation.h"
#include "mpcstats/service/child_process.h"
#include "mpcstats/service/deal.h"
#include "mpcstats/service/testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;

using Clock = std::chrono::steady_clock;

// What child_main_test.cc understands beside the kinds of a Fault.
constexpr unsigned kEndsSilently = 100;
constexpr unsigned kGarbageHello = 101;
constexpr unsigned kEarlyResult = 102;
constexpr unsigned kGarbageReport = 103;

/// Lets one party of the next launches misbehave.
class Misbehave {
 public:
  explicit Misbehave(unsigned party, unsigned kind, unsigned after = 0, Peer peer = Peer::kNext,
                     unsigned bit = 0) {
    const std::string text =
        fmt::format("{} {} {} {} {}", party, kind, after, static_cast<unsigned>(peer), bit);
    setenv("MPCSTATS_TEST_FAULT", text.c_str(), 1);
  }
  Misbehave(unsigned party, Fault::Kind kind, unsigned after, Peer peer = Peer::kNext, unsigned bit = 0)
      : Misbehave(party, static_cast<unsigned>(kind), after, peer, bit) {}
  ~Misbehave() { unsetenv("MPCSTATS_TEST_FAULT"); }
  Misbehave(const Misbehave&) = delete;
  Misbehave& operator=(const Misbehave&) = delete;
};

struct Work {
  std::vector<NumericColumn> table{UniformColumn("x", 60, 12, 4)};
  Plan plan = *PlanFor({"median(x)", "variance(x)", "max(x)"}, table);
};

Result<LaunchOutcome> LaunchIt(const Work& work, std::chrono::milliseconds deadline = 20s) {
  LaunchOptions options;
  options.io_deadline = deadline;
  return Launch(work.plan, "", work.table, options);
}

std::string Name(unsigned party) { return "party " + std::to_string(party); }

void ExpectRightFigures(const Work& work, const LaunchOutcome& outcome) {
  for (std::size_t i = 0; i < work.plan.items.size(); ++i) {
    const PlanItem& item = work.plan.items[i];
    const Figure want = item.statistic->Plain(std::span(&work.table[0].units, 1),
                                              std::span(&work.table[0].type, 1), item.numbers);
    EXPECT_EQ(outcome.agreed.figures[i].exact_text, want.exact_text);
    EXPECT_EQ(outcome.agreed.counts[i], work.table[0].units.size());
  }
}

TEST(Launcher, GivesTheFiguresOfTheTable) {
  const Work work;
  const auto outcome = LaunchIt(work);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message();
  ASSERT_EQ(outcome->agreed.figures.size(), 3u);
  ExpectRightFigures(work, *outcome);
}

TEST(Launcher, CostsWhatTheSimulationCosts) {
  const Work work;
  const auto outcome = LaunchIt(work);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message();
  const PlanRun run = RunPlan(work.plan, work.table);
  EXPECT_EQ(outcome->agreed.preparation_cost, run.preparation[0]);
  EXPECT_EQ(outcome->agreed.cost.multiplications, run.cost[0].multiplications);
}

TEST(Launcher, MeasuresAnOperatorAndItsAnswerIsRight) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 100, 20, 1), UniformColumn("y", 100, 20, 2)};
  const auto plan = PlanFor({}, table);
  ASSERT_TRUE(plan.has_value());
  for (const std::string operation : {"and", "less_than", "multiply", "dot", "b2a", "shuffle", "sort"}) {
    const auto outcome = Launch(*plan, operation, table, LaunchOptions());
    ASSERT_TRUE(outcome.has_value()) << operation << ": " << outcome.error().message();
    EXPECT_EQ(outcome->agreed.bench_digest, PlainBenchDigest(operation, table)) << operation;
  }
}

TEST(Launcher, RefusesAnOperatorThatDoesNotExist) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 10, 8, 1), UniformColumn("y", 10, 8, 2)};
  const auto outcome = Launch(*PlanFor({}, table), "divide", table, LaunchOptions());
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument);
}

/// Whether a launch with `kind` at exchange `after` was stopped, as one for a cheating peer must be. In some exchanges a
/// party has nothing to send to that peer, so there is nothing to spoil: then all must be right.
bool StoppedAsCheating(const Work& work, Fault::Kind kind, unsigned party, unsigned after, Peer peer) {
  SCOPED_TRACE(fmt::format("party {}, exchange {}, peer {}", party, after, static_cast<unsigned>(peer)));
  const Misbehave fault(party, kind, after, peer, 8 * 40 + 3);
  const auto outcome = LaunchIt(work);
  if (outcome) {
    ExpectRightFigures(work, *outcome);
    return false;
  }
  EXPECT_EQ(ExitCode(outcome.error().code()), 76) << outcome.error().message();
  EXPECT_THAT(outcome.error().message(), AnyOf(HasSubstr("reports: "), HasSubstr("all parties report: ")))
      << "says which party reported it";
  EXPECT_EQ(outcome.error().message().find('\n'), std::string::npos);
  return true;
}

TEST(Launcher, ACheatingPartyEndsEverythingWithoutAFigure) {
  const Work work;
  std::size_t stopped = 0;
  // Exchanges 0 to 2 are the handshake; the rest is the session.
  for (const unsigned after : {0u, 1u, 2u, 3u, 5u, 9u, 14u, 20u, 27u, 35u}) {
    for (const Peer peer : kPeers) {
      stopped += StoppedAsCheating(work, Fault::Kind::kFlipBit, after % 3, after, peer) ? 1u : 0u;
    }
  }
  EXPECT_GE(stopped, 12u) << "of 20";
}

TEST(Launcher, APartyThatSendsShortOrOldFramesIsCaught) {
  const Work work;
  for (const Fault::Kind kind : {Fault::Kind::kTruncate, Fault::Kind::kReplay}) {
    std::size_t stopped = 0;
    for (const unsigned after : {4u, 5u, 6u}) {
      for (const Peer peer : kPeers) stopped += StoppedAsCheating(work, kind, 1, after, peer) ? 1u : 0u;
    }
    EXPECT_GT(stopped, 0u);
  }
}

TEST(Launcher, TheReportNamesThePeerThatSentTheBadFrame) {
  const Work work;
  const Misbehave fault(1, Fault::Kind::kTruncate, 0);
  const auto outcome = LaunchIt(work);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_THAT(outcome.error().message(), HasSubstr("party 2 reports: party 1 sent"));
}

TEST(Launcher, APartyThatClosesItsLinksIsUnavailable) {
  const Work work;
  for (const unsigned after : {0u, 4u, 20u}) {
    const unsigned party = after % 3;
    const Misbehave fault(party, Fault::Kind::kClose, after);
    const auto outcome = LaunchIt(work);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(ExitCode(outcome.error().code()), 75) << outcome.error().message();
    EXPECT_THAT(outcome.error().message(), HasSubstr(Name(party)));
  }
}

TEST(Launcher, ASilentPartyEndsItWithinTheDeadline) {
  const Work work;
  const Misbehave fault(1, Fault::Kind::kDelay, 5);
  const auto begin = Clock::now();
  const auto outcome = LaunchIt(work, 700ms);
  EXPECT_LT(Clock::now() - begin, 8s);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(ExitCode(outcome.error().code()), 75) << outcome.error().message();
  EXPECT_THAT(outcome.error().message(), HasSubstr("party 1"));
}

TEST(Launcher, APartyThatEndsBeforeItsFirstMessageIsNamed) {
  const Work work;
  const Misbehave fault(2, kEndsSilently);
  const auto outcome = LaunchIt(work);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(ExitCode(outcome.error().code()), 75);
  EXPECT_THAT(outcome.error().message(), HasSubstr("party 2"));
}

TEST(Launcher, WhatAPartySaysMustParse) {
  const Work work;
  for (const unsigned lie : {kGarbageHello, kGarbageReport}) {
    const Misbehave fault(0, lie);
    const auto outcome = LaunchIt(work);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(ExitCode(outcome.error().code()), 76) << outcome.error().message();
  }
}

TEST(Launcher, AResultOutOfTurnIsNotTaken) {
  const Work work;
  const Misbehave fault(0, kEarlyResult);
  const auto outcome = LaunchIt(work);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_THAT(outcome.error().message(), HasSubstr("party 0"));
}

// --- a dealer that lies -----------------------------------------------------------------------------------------

/// The launcher's side by hand: three real parties, and what each is dealt may be spoiled.
struct Dealer {
  std::vector<SpawnedChild> children;
  std::vector<FdChannel> channels;
  JobMessage job;
  DealtTable dealt;

  explicit Dealer(const Work& work) {
    SystemRng rng;
    dealt = Deal(work.table, work.plan.rows, rng);
    for (unsigned i = 0; i < 3; ++i) {
      auto child = SpawnSelf({"party-process", std::to_string(i), "3"}, 3);
      CHECK(child.has_value());
      auto channel = FdChannel::Adopt(std::move(child->channel), Name(i), 20s);
      CHECK(channel.has_value());
      const auto hello = channel->Receive(kMessageLimit);
      CHECK(hello.has_value());
      job.parties[i] = *DecodeHello(*hello);
      children.push_back(std::move(*child));
      channels.push_back(std::move(*channel));
    }
    job.io_deadline_ms = 10'000;
    job.rows = work.plan.rows;
    job.columns = work.plan.columns;
    for (const PlanItem& item : work.plan.items) job.expressions.push_back(item.expression.text);
    job.commitments = dealt.commitment;
  }

  void SendJob(unsigned i) {
    job.openings = {dealt.nonce[i], dealt.nonce[(i + 1) % 3]};
    EXPECT_TRUE(channels[i].Send(Encode(job)).has_value());
  }

  void SendComponents(unsigned i, const Bytes& own, const Bytes& next) {
    EXPECT_TRUE(channels[i].Send(own).has_value());
    EXPECT_TRUE(channels[i].Send(next).has_value());
  }

  /// The first report of party i that is neither of `kind` nor of its progress.
  Report After(unsigned i, ReportKind kind) {
    for (;;) {
      const auto bytes = channels[i].Receive(kMessageLimit);
      if (!bytes) return Report();  // a failure without a sentence
      auto report = DecodeReport(*bytes);
      CHECK(report.has_value());
      if (report->kind != kind && report->kind != ReportKind::kProgress) return *report;
    }
  }
};

void ExpectAllFail(Dealer& dealer) {
  for (unsigned i = 0; i < 3; ++i) {
    const Report report = dealer.After(i, ReportKind::kConnected);
    EXPECT_EQ(report.kind, ReportKind::kFailure) << Name(i);
    EXPECT_TRUE(report.figures.empty());
  }
}

TEST(Dealer, WhoDealsEveryPartyAShareThatFitsIsTrusted) {
  const Work work;
  Dealer dealer(work);
  for (unsigned i = 0; i < 3; ++i) dealer.SendJob(i);
  for (unsigned i = 0; i < 3; ++i)
    dealer.SendComponents(i, dealer.dealt.component[i], dealer.dealt.component[(i + 1) % 3]);
  for (unsigned i = 0; i < 3; ++i)
    EXPECT_EQ(dealer.After(i, ReportKind::kConnected).kind, ReportKind::kPrepared);
}

TEST(Dealer, WhoDealsADifferentCopyOfOneComponentIsFoundOut) {
  const Work work;
  Dealer dealer(work);
  Bytes altered = dealer.dealt.component[2];
  altered[5] ^= 1;
  for (unsigned i = 0; i < 3; ++i) dealer.SendJob(i);
  dealer.SendComponents(0, dealer.dealt.component[0], dealer.dealt.component[1]);
  dealer.SendComponents(1, dealer.dealt.component[1], altered);
  dealer.SendComponents(2, dealer.dealt.component[2], dealer.dealt.component[0]);
  const Report report = dealer.After(1, ReportKind::kConnected);
  EXPECT_EQ(report.kind, ReportKind::kFailure);
  EXPECT_EQ(report.code, ErrorCode::kProtocolViolation);
  EXPECT_THAT(report.message, HasSubstr("do not open their commitments"));
  EXPECT_EQ(dealer.After(0, ReportKind::kConnected).kind, ReportKind::kFailure);
}

// Copies that differ, each with a commitment of its own: then the parties' views of the commitments differ.
TEST(Dealer, WhoAlsoDealsADifferentCommitmentIsFoundOut) {
  const Work work;
  Dealer dealer(work);
  Bytes altered = dealer.dealt.component[2];
  altered[5] ^= 1;
  dealer.SendJob(0);
  dealer.SendJob(2);
  dealer.job.commitments[2] = CommitComponent(2, dealer.dealt.nonce[2], altered);
  dealer.SendJob(1);
  dealer.SendComponents(0, dealer.dealt.component[0], dealer.dealt.component[1]);
  dealer.SendComponents(1, dealer.dealt.component[1], altered);
  dealer.SendComponents(2, dealer.dealt.component[2], dealer.dealt.component[0]);
  ExpectAllFail(dealer);
}

TEST(Dealer, WhoTellsThePartiesDifferentPlansIsFoundOut) {
  const Work work;
  Dealer dealer(work);
  dealer.SendJob(0);
  dealer.SendJob(1);
  dealer.job.expressions.back() = "min(x)";
  dealer.SendJob(2);
  for (unsigned i = 0; i < 3; ++i)
    dealer.SendComponents(i, dealer.dealt.component[i], dealer.dealt.component[(i + 1) % 3]);
  ExpectAllFail(dealer);
}

TEST(Dealer, WhoDealsTooFewBytesIsRefused) {
  const Work work;
  Dealer dealer(work);
  Bytes short_one = dealer.dealt.component[0];
  short_one.pop_back();
  for (unsigned i = 0; i < 3; ++i) dealer.SendJob(i);
  dealer.SendComponents(0, short_one, dealer.dealt.component[1]);
  EXPECT_THAT(dealer.After(0, ReportKind::kConnected).message, HasSubstr("do not open their commitments"));
}

TEST(Launch, RefusesSharesOfMoreThanAGibibyteBeforeAnythingStarts) {
  const Result<Plan> plan = MakePlan({"count(x)"}, {{"x", ColumnType{.bits = 60}}}, kMaxRows);
  ASSERT_TRUE(plan.has_value());
  // No table is given: it is not looked at.
  const Result<LaunchOutcome> outcome = Launch(*plan, "", {}, LaunchOptions());
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(outcome.error().message(), testing::HasSubstr("1 GiB"));
}

}  // namespace
}  // namespace mpcstats
