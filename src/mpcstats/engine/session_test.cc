#include "mpcstats/engine/session.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHeader = 32;

BitPlane OneEverywhere(Ctx& ctx, std::size_t rows) { return Constant(ctx.session().self(), true, rows); }

// `depth` ANDs one after the other: as many rounds.
Task<BitPlane> Chain(Ctx& ctx, std::size_t rows, unsigned depth) {
  BitPlane x = OneEverywhere(ctx, rows);
  for (unsigned d = 0; d < depth; ++d) {
    BitPlane y = co_await And(ctx, x, x);
    std::swap(x, y);
  }
  co_return x;
}

Task<Done> OpenOne(Ctx& ctx, BitPlane plane, std::vector<std::uint64_t>* out) {
  BitPlanes planes(1, std::move(plane));
  const PublicPlanes opened = co_await Open(ctx, std::move(planes), "plane");
  *out = opened[0];
  co_return Done();
}

TEST(Session, FibersShareRounds) {
  std::array<Cost, 3> cost;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    Ctx a = ctx.Fork();
    Ctx b = ctx.Fork();
    Ctx c = ctx.Fork();
    auto [x, y, z] = co_await Par(Chain(a, 10, 3), Chain(b, 100, 9), Chain(c, 1, 5));
    EXPECT_EQ(x.rows(), 10u);
    EXPECT_EQ(y.rows(), 100u);
    EXPECT_EQ(z.rows(), 1u);
    cost[ctx.session().self().value()] = ctx.session().cost();
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  for (const Cost& each : cost) {
    EXPECT_EQ(each.rounds, 9u);
    EXPECT_EQ(each.and_gates, 30u + 900u + 5u);
  }
}

Task<Done> NestedFibers(Ctx& ctx, unsigned levels, unsigned* leaves) {
  if (levels == 0) {
    co_await Chain(ctx, 3, 2);
    ++*leaves;
    co_return Done();
  }
  Ctx left = ctx.Fork();
  Ctx right = ctx.Fork();
  co_await Par(NestedFibers(left, levels - 1, leaves), NestedFibers(right, levels - 1, leaves));
  co_return Done();
}

TEST(Session, NestedFibersShareRoundsToo) {
  std::array<unsigned, 3> leaves{};
  std::array<std::uint64_t, 3> rounds{};
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    auto* my_leaves = &leaves[i];
    co_await NestedFibers(ctx, 5, my_leaves);
    rounds[i] = ctx.session().cost().rounds;
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(leaves[i], 32u);
    EXPECT_EQ(rounds[i], 2u);
  }
}

TEST(Session, FibersThatOpenAtDifferentTimesEndTogether) {
  std::array<std::vector<std::uint64_t>, 3> first, second;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    const auto fiber = [](Ctx& mine, unsigned depth, std::vector<std::uint64_t>* out) -> Task<Done> {
      BitPlane x = co_await Chain(mine, 70, depth);
      co_await OpenOne(mine, std::move(x), out);
      co_return Done();
    };
    Ctx a = ctx.Fork();
    Ctx b = ctx.Fork();
    auto* my_first = &first[i];
    auto* my_second = &second[i];
    co_await Par(fiber(a, 1, my_first), fiber(b, 40, my_second));
    co_return Done();
  });
  ASSERT_TRUE(result.ok()) << result.error[0]->message();
  const std::vector<std::uint64_t> want = {~std::uint64_t{0}, 0x3f};
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(first[i], want);
    EXPECT_EQ(second[i], want);
  }
}

TEST(Ctx, ForkedFibersHaveStreamsOfTheirOwnThatAllPartiesAgreeOn) {
  std::array<std::vector<std::uint64_t>, 3> paths;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    auto& list = paths[ctx.session().self().value()];
    Ctx a = ctx.Fork();
    Ctx b = ctx.Fork();
    Ctx inner = a.Fork();
    Ctx other = b.Fork();
    for (Ctx* each : {&ctx, &a, &b, &inner, &other}) list.push_back(each->NextOp("x", 1).high);
    EXPECT_EQ(a.NextOp("x", 1).low, 2u);  // the fork of `a` took one, the first NextOp another
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(paths[0], paths[1]);
  EXPECT_EQ(paths[0], paths[2]);
  const std::set<std::uint64_t> distinct(paths[0].begin(), paths[0].end());
  EXPECT_EQ(distinct.size(), paths[0].size());
}

TEST(SessionDeathTest, RefusesASecondFiberOfTheSamePath) {
  auto configs = SeededSessions(1);
  Session session(std::move(configs[0]), [](Ctx&) -> Task<Done> { co_return Done(); });
  session.RegisterFiber(7);
  EXPECT_DEATH(session.RegisterFiber(7), "fiber_paths_");
  EXPECT_DEATH(session.RegisterFiber(0), "fiber_paths_");
}

// One party runs another program: all three stop. With frames of other lengths a party may wait for one that never
// comes before it sees one that is wrong.
enum class Lengths { kEqual, kOther };
void ExpectDisagreement(const Session::Program& common, const Session::Program& other,
                        Lengths lengths = Lengths::kOther) {
  for (unsigned odd = 0; odd < 3; ++odd) {
    std::array<Session::Program, 3> programs = {common, common, common};
    programs[odd] = other;
    const auto result = Simulate(programs);
    for (unsigned i = 0; i < 3; ++i) {
      ASSERT_TRUE(result.error[i]) << "party " << i << " of a disagreement about " << odd;
      const ErrorCode code = result.error[i]->code();
      const bool silent = lengths == Lengths::kOther && code == ErrorCode::kDeadlineExceeded;
      EXPECT_TRUE(silent || code == ErrorCode::kProtocolViolation) << result.error[i]->message();
    }
  }
}

Session::Program AndThenOpen(std::size_t rows, unsigned depth, bool* opened) {
  return [=](Ctx& ctx) -> Task<Done> {
    BitPlane x = co_await Chain(ctx, rows, depth);
    std::vector<std::uint64_t> out;
    co_await OpenOne(ctx, std::move(x), &out);
    *opened = true;
    co_return Done();
  };
}

TEST(Session, StopsWhenAPartyRunsMoreOrLargerOperations) {
  bool opened = false;
  ExpectDisagreement(AndThenOpen(64, 2, &opened), AndThenOpen(64, 3, &opened));
  ExpectDisagreement(AndThenOpen(64, 3, &opened), AndThenOpen(64, 2, &opened));
  ExpectDisagreement(AndThenOpen(64, 2, &opened), AndThenOpen(128, 2, &opened));
  // One row more or less in the same word: the frames have equal lengths.
  ExpectDisagreement(AndThenOpen(66, 2, &opened), AndThenOpen(67, 2, &opened), Lengths::kEqual);
  EXPECT_FALSE(opened);
}

TEST(Session, StopsWhenAPartyRunsOperationsInAnotherOrder) {
  bool opened = false;
  const auto program = [&opened](bool swapped) {
    return [&opened, swapped](Ctx& ctx) -> Task<Done> {
      Ctx a = ctx.Fork();
      Ctx b = ctx.Fork();
      Ctx *first = &a, *second = &b;
      if (swapped) std::swap(first, second);
      BitPlane x = co_await And(*first, OneEverywhere(ctx, 64), OneEverywhere(ctx, 64));
      BitPlane y = co_await And(*second, x, x);
      std::vector<std::uint64_t> out;
      co_await OpenOne(ctx, std::move(y), &out);
      opened = true;
      co_return Done();
    };
  };
  ExpectDisagreement(program(false), program(true), Lengths::kEqual);
  EXPECT_FALSE(opened);
}

TEST(Session, StopsWhenAPartyHasAnotherBatchBorder) {
  auto configs = SeededSessions(3);
  bool opened = false;
  std::array<std::unique_ptr<Session>, 3> sessions;
  for (unsigned i = 0; i < 3; ++i) {
    if (i == 1) configs[i].cut_gates = 64;
    sessions[i] = std::make_unique<Session>(std::move(configs[i]), AndThenOpen(64, 4, &opened));
  }
  for (int round = 0; round < 50; ++round) {
    std::array<Session::Outgoing, 3> out{};
    for (unsigned i = 0; i < 3; ++i) {
      auto advanced = sessions[i]->Advance();
      if (advanced) out[i] = std::move(*advanced);
    }
    for (unsigned i = 0; i < 3; ++i) {
      std::array<Bytes, 2> frames;
      for (Peer peer : kPeers) {
        if (out[i].receive_limit[Slot(peer)] == 0) continue;
        frames[Slot(peer)] = out[IndexOf(PartyIndex(i), peer).value()].frame[Slot(Other(peer))];
      }
      (void)sessions[i]->Deliver(std::move(frames));
    }
  }
  EXPECT_FALSE(opened);
  for (const auto& session : sessions) EXPECT_TRUE(session->error());
}

TEST(Session, CutsALongReasonToTheAlarmLimit) {
  auto configs = SeededSessions(1);
  Session session(std::move(configs[0]), [](Ctx&) -> Task<Done> { co_return Done(); });
  session.Abort(Error(ErrorCode::kInternal, std::string(1000, 'a')));
  EXPECT_LE(session.AlarmFrame().size(), 256u);
}

TEST(Session, KeepsTheFirstErrorAndRunsNothingMore) {
  auto configs = SeededSessions(1);
  int steps = 0;
  Session session(std::move(configs[0]), [&](Ctx& ctx) -> Task<Done> {
    ++steps;
    co_await Chain(ctx, 64, 1);
    ++steps;
    co_return Done();
  });
  auto out = session.Advance();
  ASSERT_TRUE(out);
  EXPECT_FALSE(out->finished);
  session.Abort(Error(ErrorCode::kUnavailable, "first"));
  session.Abort(Error(ErrorCode::kInternal, "second"));
  for (int again = 0; again < 3; ++again) {
    auto after = session.Advance();
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().message(), "first");
    std::array<Bytes, 2> frames;
    frames[0].assign(40, 0);
    const Status delivered = session.Deliver(std::move(frames));
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().message(), "first");
  }
  EXPECT_EQ(steps, 1);
}

TEST(Session, StopsTheOthersWhenAFiberHalts) {
  bool after = false;
  const Session::Program halting = [&](Ctx& ctx) -> Task<Done> {
    co_await Chain(ctx, 64, 2);
    if (ctx.session().self().value() == 2) {
      co_await ctx.session().Halt(Error(ErrorCode::kCheatingDetected, "a reason"));
      after = true;
    }
    co_await Chain(ctx, 64, 2);
    after = true;
    co_return Done();
  };
  const auto result = SimulateThree(halting);
  EXPECT_FALSE(after);
  for (const unsigned i : {0u, 1u}) {
    ASSERT_TRUE(result.error[i]);
    EXPECT_EQ(result.error[i]->code(), ErrorCode::kCheatingDetected);
    // Who waits for party 1 only hears of it from there.
    EXPECT_TRUE(result.error[i]->message().ends_with("party 2 stopped the session: a reason"));
  }
}

TEST(Session, VerifiesWhatIsRecordedEvenWhenNothingIsOpened) {
  for (const bool cheat : {false, true}) {
    std::array<bool, 3> finished{};
    const auto result = SimulateThree(
        [&](Ctx& ctx) -> Task<Done> {
          co_await Chain(ctx, 64, 3);
          finished[ctx.session().self().value()] = true;
          co_return Done();
        },
        {.seed = 2,
         .hook =
             [&](const FrameInFlight& flight) {
               if (cheat && flight.round == 1 && flight.from.value() == 0) flight.frame->back() ^= 1;
             },
         .pools = {}});
    EXPECT_EQ(result.cost[0].batches, 1u);
    EXPECT_EQ(result.ok(), !cheat);
    if (cheat) {
      EXPECT_TRUE(result.error[1] && result.error[2]);
    }
  }
}

// A malformed element aborts in the middle of Deliver; a batch that is due in the same round must not start.
TEST(Session, EndsCleanlyWhenAMalformedElementComesAsABatchIsDue) {
  SeededRng rng(1);
  const auto shares = ShareElements(std::vector<Fp127>(4, Fp127::One()), rng);
  const auto result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const ArithColumn<Fp127>& mine = shares[ctx.session().self().value()];
        ArithColumn<Fp127> x = co_await Multiply<Fp127>(ctx, mine, mine);
        co_await Multiply<Fp127>(ctx, x, x);
        co_return Done();
      },
      {.seed = 2,
       .hook =
           [](const FrameInFlight& flight) {
             if (flight.round == 0 && flight.to.value() == 0)
               std::fill(flight.frame->begin() + kHeader, flight.frame->end(), 0xff);
           },
       .cut_gates = 1,
       .pools = {}});
  ASSERT_TRUE(result.error[0]);
  EXPECT_EQ(result.error[0]->message(), "party 1 sent bytes that are no field element");
}

// Everything at once: ANDs, products, a shuffle, two fibers.
Session::Program Mixed(const std::array<BitColumn, 3>& bits,
                       const std::array<ArithColumn<Fp127>, 3>& elements,
                       std::array<std::vector<std::uint64_t>, 3>* out) {
  return [&bits, &elements, out](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    Ctx a = ctx.Fork();
    Ctx b = ctx.Fork();
    std::vector<DotOperands<Fp127>> pairs(1, DotOperands<Fp127>(elements[i], elements[i]));
    SharedRows rows = RowsOf(bits[i]);
    auto [dot, shuffled, chain] =
        co_await Par(Dot<Fp127>(a, std::move(pairs)), Shuffle(b, std::move(rows)), Chain(ctx, 300, 20));
    const std::vector<Fp127> sum = co_await Open(ctx, dot, "dot");
    BitColumn column = PlanesOfRows(shuffled, bits[i].bits());
    column.planes.push_back(chain.Slice(0, column.rows()));
    const PublicPlanes opened = co_await Open(ctx, std::move(column.planes), "rows");
    auto values = ValuesOf(opened, 200);
    values.push_back(static_cast<std::uint64_t>(sum[0].value()));
    (*out)[i] = std::move(values);
    co_return Done();
  };
}

struct MixedRun {
  std::array<std::vector<std::uint64_t>, 3> out;
  std::vector<Bytes> frames;
  std::uint64_t batches = 0;
};

MixedRun RunMixed(std::size_t cut_gates, unsigned threads) {
  SeededRng rng(9);
  std::vector<std::uint64_t> values(200);
  for (auto& value : values) value = rng.Word() & 0xfff;
  std::vector<Fp127> numbers(20000);
  for (std::size_t r = 0; r < numbers.size(); ++r) numbers[r] = Fp127::FromU64(r % 17);
  const auto bits = ShareBits(values, 12, rng);
  const auto elements = ShareElements(numbers, rng);
  MixedRun run;
  ThreadPool pool(threads);
  const auto result =
      SimulateThree(Mixed(bits, elements, &run.out),
                    {.seed = 8,
                     .hook = [&](const FrameInFlight& flight) { run.frames.push_back(*flight.frame); },
                     .cut_gates = cut_gates,
                     .pools = {&pool, &pool, &pool}});
  EXPECT_TRUE(result.ok()) << result.error[0]->message();
  run.batches = result.cost[0].batches;
  return run;
}

TEST(Session, GivesTheSameResultsHoweverBatchesAreCut) {
  const MixedRun whole = RunMixed(std::size_t{1} << 26, 1);
  std::uint64_t batches = whole.batches;
  for (const std::size_t cut : {4096u, 64u, 1u}) {
    const MixedRun parts = RunMixed(cut, 1);
    EXPECT_EQ(parts.out, whole.out) << cut;
    EXPECT_GE(parts.batches, batches);
    batches = parts.batches;
  }
  EXPECT_GT(batches, whole.batches + 10);
}

TEST(Session, SendsTheSameBytesWithAnyNumberOfThreads) {
  const MixedRun one = RunMixed(4096, 1);
  for (const unsigned threads : {2u, 3u}) {
    const MixedRun more = RunMixed(4096, threads);
    EXPECT_EQ(more.out, one.out);
    ASSERT_EQ(more.frames.size(), one.frames.size());
    for (std::size_t f = 0; f < one.frames.size(); ++f) ASSERT_EQ(more.frames[f], one.frames[f]) << f;
  }
}

}  // namespace
}  // namespace mpcstats
