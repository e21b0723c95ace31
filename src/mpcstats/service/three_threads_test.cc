// A party that misbehaves, at the level of the library: three threads over memory, run as party_process.cc runs a party.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/handshake.h"
#include "mpcstats/engine/run.h"
#include "mpcstats/net/fault.h"
#include "mpcstats/net/memory_links.h"
#include "mpcstats/query/execute.h"
#include "mpcstats/service/deal.h"
#include "mpcstats/service/testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct ThreadOutcome {
  Status status;
  std::vector<std::string> disclosures;
};

/// Three parties on threads of their own; party `cheater` over faulty links. Views are as given.
std::array<ThreadOutcome, 3> RunThreads(const std::array<Bytes32, 3>& views, unsigned cheater, Fault fault) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 60, 12, 4)};
  const Plan plan = *PlanFor({"median(x)", "variance(x)", "max(x)"}, table);
  SeededRng rng(11);
  const DealtTable dealt = Deal(table, plan.rows, rng);
  auto links = MakeMemoryLinks(rng, 10s);
  if (cheater < 3) links[cheater] = std::make_unique<FaultLinks>(std::move(links[cheater]), fault);
  std::array<ThreadOutcome, 3> outcomes;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      SeededRng own_rng(100 + i);
      auto config = EstablishSession(*links[i], views[i], own_rng);
      if (!config) {
        outcomes[i].status = std::unexpected(config.error());
        links[i].reset();
        return;
      }
      const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
        std::vector<StoredColumn> stored =
            StoredColumns(plan.columns, plan.rows, dealt.component[i], dealt.component[(i + 1) % 3]);
        std::vector<ColumnShares> shares = co_await PrepareColumns(ctx, plan, std::move(stored));
        PlanOutcome outcome = co_await ExecutePlan(ctx, plan, &shares);
        co_return Done();
      };
      Session session(std::move(*config), program);
      outcomes[i].status = RunSession(session, *links[i]);
      outcomes[i].disclosures = session.disclosures();
      links[i].reset();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

constexpr unsigned kNobody = 3;

TEST(ThreeThreads, FinishWhenAllAreHonest) {
  for (const ThreadOutcome& outcome : RunThreads({}, kNobody, {})) EXPECT_TRUE(outcome.status.has_value());
}

// The dealer gave two parties different commitments, plans or builds: their views differ.
TEST(ThreeThreads, DoNotStartWhenTheirViewsDiffer) {
  std::array<Bytes32, 3> views{};
  views[1][0] = 1;
  const auto outcomes = RunThreads(views, kNobody, {});
  for (const ThreadOutcome& outcome : outcomes) {
    ASSERT_FALSE(outcome.status.has_value());
    EXPECT_TRUE(outcome.disclosures.empty());
  }
  for (const unsigned honest : {0u, 2u}) {
    EXPECT_EQ(ExitCode(outcomes[honest].status.error().code()), 76);
    EXPECT_THAT(outcomes[honest].status.error().message(),
                HasSubstr("party 1 is about to run something else"));
  }
}

TEST(ThreeThreads, AFlippedBitIsCaughtAndTheAlarmReachesTheThirdParty) {
  std::size_t alarms = 0;
  for (unsigned after = 3; after < 40; after += 4) {
    for (const Peer peer : kPeers) {
      const unsigned cheater = after % 3;
      SCOPED_TRACE("party " + std::to_string(cheater) + ", exchange " + std::to_string(after));
      const Fault fault{.kind = Fault::Kind::kFlipBit, .after = after, .peer = peer, .bit = 8 * 34};
      const auto outcomes = RunThreads({}, cheater, fault);
      bool caught = false;
      for (const unsigned honest : {(cheater + 1) % 3, (cheater + 2) % 3}) {
        if (outcomes[honest].status) continue;
        const Error& error = outcomes[honest].status.error();
        caught |= ExitCode(error.code()) == 76;
        if (error.message().find("stopped the session: ") != std::string::npos) ++alarms;
      }
      const bool nothing_sent = outcomes[0].status && outcomes[1].status && outcomes[2].status;
      EXPECT_TRUE(caught || nothing_sent);
      if (nothing_sent) continue;
      EXPECT_FALSE(outcomes[(cheater + 1) % 3].status && outcomes[(cheater + 2) % 3].status);
    }
  }
  EXPECT_GT(alarms, 0u);
}

}  // namespace
}  // namespace mpcstats
