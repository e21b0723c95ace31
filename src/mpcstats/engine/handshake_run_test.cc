// RunSession over links: honest runs, silent and vanishing parties, the hook between rounds.
#include <gtest/gtest.h>

#include <thread>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/handshake.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/rows.h"
#include "mpcstats/engine/run.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/engine/simulate.h"
#include "mpcstats/net/fault.h"
#include "mpcstats/net/memory_links.h"

namespace mpcstats {
namespace {

using Links = std::array<std::unique_ptr<PeerLinks>, 3>;
using std::chrono::milliseconds;
using Values = std::vector<std::uint64_t>;

Links MakeLinks(milliseconds deadline = std::chrono::seconds(20)) {
  SeededRng rng(1);
  return MakeMemoryLinks(rng, deadline);
}

struct LinkedRun {
  std::array<Status, 3> status;
  std::array<Values, 3> out;
  std::array<std::uint64_t, 3> rounds{};
};

using Program = std::function<Task<Done>(Ctx&, Values*)>;

// The three parties on threads of their own; `absent` parties do not run and keep their links open.
LinkedRun RunOver(Links& links, const Program& program, const RoundHook& hook = {},
                  std::optional<unsigned> absent = {}) {
  LinkedRun run;
  auto configs = SeededSessions(5);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) {
    if (absent == i) continue;
    threads.emplace_back([&, i, config = std::move(configs[i])]() mutable {
      Session session(std::move(config), [&, i](Ctx& ctx) { return program(ctx, &run.out[i]); });
      run.status[i] = RunSession(session, *links[i], hook);
      run.rounds[i] = session.cost().rounds;
      links[i].reset();
    });
  }
  for (auto& thread : threads) thread.join();
  return run;
}

const Program kShuffleAndOpen = [](Ctx& ctx, Values* out) -> Task<Done> {
  SeededRng rng(3);
  const Values values = {4, 8, 15, 16, 23, 42};
  const auto shares = ShareBits(values, 6, rng);
  const unsigned self = ctx.session().self().value();
  const auto& my_shares = shares[self].planes;
  BitPlanes z = co_await And(ctx, my_shares, my_shares);
  SharedRows rows = RowsOf(BitColumn(std::move(z)));
  const SharedRows shuffled = co_await Shuffle(ctx, std::move(rows));
  BitColumn column = PlanesOfRows(shuffled, 6);
  const PublicPlanes opened = co_await Open(ctx, std::move(column.planes), "rows");
  *out = ValuesOf(opened, 6);
  co_return Done();
};

TEST(RunSession, GivesEveryPartyTheResult) {
  Links links = MakeLinks();
  const LinkedRun run = RunOver(links, kShuffleAndOpen);
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(run.status[i]) << run.status[i].error().message();
    Values sorted = run.out[i];
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, (Values{4, 8, 15, 16, 23, 42}));
    EXPECT_EQ(run.out[i], run.out[0]);
  }
}

TEST(RunSession, RunsAfterARealHandshake) {
  Links links = MakeLinks();
  std::array<std::vector<std::uint64_t>, 3> out;
  std::array<Status, 3> status;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      SeededRng rng(i);
      auto config = EstablishSession(*links[i], Bytes32{}, rng);
      if (!config) {
        status[i] = std::unexpected(config.error());
        return;
      }
      Session session(std::move(*config), [&, i](Ctx& ctx) { return kShuffleAndOpen(ctx, &out[i]); });
      status[i] = RunSession(session, *links[i]);
    });
  }
  for (auto& thread : threads) thread.join();
  for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(status[i]) << status[i].error().message();
  EXPECT_EQ(out[0].size(), 6u);
  EXPECT_EQ(out[0], out[1]);
  EXPECT_EQ(out[0], out[2]);
}

// An operation without rows has nothing to send; a frame nobody expects would be taken for one of the next round.
TEST(RunSession, SurvivesOperationsOnNoRows) {
  Links links = MakeLinks();
  const LinkedRun run = RunOver(links, [](Ctx& ctx, Values* out) -> Task<Done> {
    BitPlanes none(2, Zero(0));
    BitPlanes still_none = co_await And(ctx, none, none);
    co_await Open(ctx, std::move(still_none), "nothing");
    co_await OpenToZeroAndTwo(ctx, std::move(none));
    SharedRows rows;
    rows.words.emplace_back(std::make_shared<SharedElements<Gf2_64>>(0));
    co_await Shuffle(ctx, std::move(rows));
    BitPlanes one(1, Constant(ctx.session().self(), true, 3));
    BitPlanes product = co_await And(ctx, one, one);
    const PublicPlanes opened = co_await Open(ctx, std::move(product), "something");
    *out = opened[0];
    co_return Done();
  });
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(run.status[i]) << run.status[i].error().message();
    EXPECT_EQ(run.out[i], Values{7});
  }
}

TEST(RunSession, EndsWithoutResultWhenAPartyVanishesInAnyRound) {
  std::uint64_t rounds = 0;
  {
    Links links = MakeLinks();
    rounds = RunOver(links, kShuffleAndOpen).rounds[0];
  }
  ASSERT_GT(rounds, 10u);
  for (unsigned gone = 0; gone < 3; ++gone) {
    for (std::uint64_t after = 0; after < rounds; ++after) {
      Links links = MakeLinks();
      links[gone] = std::make_unique<FaultLinks>(std::move(links[gone]),
                                                 Fault{.kind = Fault::Kind::kClose, .after = after});
      const LinkedRun run = RunOver(links, kShuffleAndOpen);
      for (unsigned i = 0; i < 3; ++i) {
        ASSERT_FALSE(run.status[i]) << "party " << gone << " after " << after;
        EXPECT_EQ(run.status[i].error().code(), ErrorCode::kUnavailable) << run.status[i].error().message();
        EXPECT_TRUE(run.out[i].empty());
      }
    }
  }
}

TEST(RunSession, EndsWithoutResultWhenAPartyFallsSilent) {
  for (unsigned silent = 0; silent < 3; ++silent) {
    for (const std::uint64_t after : {0u, 2u, 9u}) {
      for (const Peer peer : kPeers) {
        Links links = MakeLinks(milliseconds(40));
        links[silent] = std::make_unique<FaultLinks>(
            std::move(links[silent]), Fault{.kind = Fault::Kind::kDrop, .after = after, .peer = peer});
        const LinkedRun run = RunOver(links, kShuffleAndOpen);
        for (unsigned i = 0; i < 3; ++i) {
          ASSERT_FALSE(run.status[i]) << silent << " " << after;
          const ErrorCode code = run.status[i].error().code();
          EXPECT_TRUE(code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kUnavailable);
          EXPECT_TRUE(run.out[i].empty());
        }
      }
    }
  }
}

TEST(RunSession, EndsAtTheDeadlineWhenAPeerNeverSaysAnything) {
  for (unsigned absent = 0; absent < 3; ++absent) {
    Links links = MakeLinks(milliseconds(40));
    const LinkedRun run = RunOver(links, kShuffleAndOpen, {}, absent);
    for (unsigned i = 0; i < 3; ++i) {
      if (i == absent) continue;
      ASSERT_FALSE(run.status[i]);
      const ErrorCode code = run.status[i].error().code();
      EXPECT_TRUE(code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kUnavailable);
    }
  }
}

TEST(RunSession, TellsBothPeersWhyItStopped) {
  Links links = MakeLinks();
  const LinkedRun run = RunOver(links, kShuffleAndOpen, [](Session& session) -> Status {
    if (session.self().value() == 1 && session.cost().rounds == 4) {
      return Fail(ErrorCode::kResourceExhausted, "out of memory");
    }
    return {};
  });
  EXPECT_EQ(run.status[1].error().message(), "out of memory");
  for (const unsigned i : {0u, 2u}) {
    ASSERT_FALSE(run.status[i]);
    // The alarm, or the closed connection when this party waited for the other peer only.
    const std::string& message = run.status[i].error().message();
    EXPECT_TRUE(message.find("out of memory") != std::string::npos ||
                message.find("closed") != std::string::npos)
        << message;
    EXPECT_TRUE(run.out[i].empty());
  }
}

TEST(RunSession, ReplayedFramesEndTheRun) {
  for (const std::uint64_t after : {1u, 5u, 12u}) {
    Links links = MakeLinks();
    links[1] = std::make_unique<FaultLinks>(
        std::move(links[1]), Fault{.kind = Fault::Kind::kReplay, .after = after, .peer = Peer::kPrevious});
    const LinkedRun run = RunOver(links, kShuffleAndOpen);
    if (run.status[0]) continue;  // nothing had been sent before
    EXPECT_NE(run.status[0].error().code(), ErrorCode::kInternal);
    for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(run.out[i].empty());
  }
}

}  // namespace
}  // namespace mpcstats
