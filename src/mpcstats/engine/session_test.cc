#include "mpcstats/engine/session.h"

#include <gtest/gtest.h>

#include <cstring>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/engine/testing.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHeader = 32;
constexpr std::uint32_t kAlarmMagic = 0x4d503141;

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
    (void)co_await Chain(ctx, 3, 2);
    ++*leaves;
    co_return Done();
  }
  Ctx left = ctx.Fork();
  Ctx right = ctx.Fork();
  (void)co_await Par(NestedFibers(left, levels - 1, leaves), NestedFibers(right, levels - 1, leaves));
  co_return Done();
}

TEST(Session, NestedFibersShareRoundsToo) {
  std::array<unsigned, 3> leaves{};
  std::array<std::uint64_t, 3> rounds{};
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    (void)co_await NestedFibers(ctx, 5, &leaves[i]);
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
      (void)co_await OpenOne(mine, std::move(x), out);
      co_return Done();
    };
    Ctx a = ctx.Fork();
    Ctx b = ctx.Fork();
    (void)co_await Par(fiber(a, 1, &first[i]), fiber(b, 40, &second[i]));
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

// One party runs another program: all three stop, nobody gets anything.
void ExpectDisagreement(const Session::Program& common, const Session::Program& other) {
  for (unsigned odd = 0; odd < 3; ++odd) {
    std::array<Session::Program, 3> programs = {common, common, common};
    programs[odd] = other;
    const auto result = Simulate(programs);
    bool violation = false;
    for (unsigned i = 0; i < 3; ++i) {
      ASSERT_TRUE(result.error[i]) << "party " << i << " of a disagreement about " << odd;
      violation |= result.error[i]->code() == ErrorCode::kProtocolViolation;
    }
    EXPECT_TRUE(violation);
  }
}

Session::Program AndThenOpen(std::size_t rows, unsigned depth, bool* opened) {
  return [=](Ctx& ctx) -> Task<Done> {
    BitPlane x = co_await Chain(ctx, rows, depth);
    std::vector<std::uint64_t> out;
    (void)co_await OpenOne(ctx, std::move(x), &out);
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
  ExpectDisagreement(AndThenOpen(66, 2, &opened), AndThenOpen(67, 2, &opened));
  EXPECT_FALSE(opened);
}

TEST(Session, StopsWhenAPartyRunsOperationsInAnotherOrder) {
  bool opened = false;
  const auto program = [&opened](bool swapped) {
    return [&opened, swapped](Ctx& ctx) -> Task<Done> {
      Ctx a = ctx.Fork();
      Ctx b = ctx.Fork();
      BitPlane x = co_await And(swapped ? b : a, OneEverywhere(ctx, 64), OneEverywhere(ctx, 64));
      BitPlane y = co_await And(swapped ? a : b, x, x);
      std::vector<std::uint64_t> out;
      (void)co_await OpenOne(ctx, std::move(y), &out);
      opened = true;
      co_return Done();
    };
  };
  ExpectDisagreement(program(false), program(true));
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

struct Altered {
  SimulationResult result;
  std::array<bool, 3> opened{};
};

// Alters the frame from party 1 to party 0 in round 1 of a small run.
Altered Alter(const std::function<void(Bytes*)>& change, std::uint32_t round = 1) {
  Altered run;
  run.result = Simulate({AndThenOpen(64, 3, &run.opened[0]), AndThenOpen(64, 3, &run.opened[1]),
                         AndThenOpen(64, 3, &run.opened[2])},
                        {.seed = 4, .hook = [&](const FrameInFlight& flight) {
                           if (flight.round == round && flight.from.value() == 1 && flight.to.value() == 0) {
                             change(flight.frame);
                           }
                         }, .pools = {}});
  return run;
}

void ExpectRefused(const Altered& run, std::string_view sentence) {
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(run.result.error[i]) << sentence;
    EXPECT_FALSE(run.opened[i]);
    EXPECT_EQ(run.result.error[i]->code(), ErrorCode::kProtocolViolation);
  }
  EXPECT_EQ(run.result.error[0]->message(), sentence);
  // The alarm carries the sentence to both others.
  for (const unsigned i : {1u, 2u}) {
    EXPECT_EQ(run.result.error[i]->message(), "party 0 stopped the session: " + std::string(sentence));
  }
}

TEST(Session, RefusesAFrameOfAnotherRound) {
  for (const int step : {-1, 1, 1000}) {
    ExpectRefused(Alter([&](Bytes* frame) {
                    const auto round = static_cast<std::uint32_t>(1 + step);
                    std::memcpy(frame->data() + 4, &round, 4);
                  }),
                  "party 1 sent a frame of another round");
  }
}

TEST(Session, RefusesAFrameOfAnotherLength) {
  ExpectRefused(Alter([](Bytes* frame) { frame->push_back(0); }), "party 1 sent 9 bytes where 8 are due");
  ExpectRefused(Alter([](Bytes* frame) { frame->pop_back(); }), "party 1 sent 7 bytes where 8 are due");
  ExpectRefused(Alter([](Bytes* frame) { frame->resize(kHeader); }), "party 1 sent 0 bytes where 8 are due");
  // The length field alone.
  for (std::size_t byte = 8; byte < 16; ++byte) {
    ExpectRefused(Alter([&](Bytes* frame) { (*frame)[byte] ^= 0x40; }), "party 1 sent 8 bytes where 8 are due");
  }
}

TEST(Session, RefusesBytesThatAreNoFrame) {
  for (std::size_t size = 1; size < kHeader; ++size) {
    ExpectRefused(Alter([&](Bytes* frame) { frame->resize(size); }), "party 1 sent bytes that are no frame");
  }
  ExpectRefused(Alter([](Bytes* frame) { (*frame)[0] ^= 1; }), "party 1 sent bytes that are no frame");
  ExpectRefused(Alter([](Bytes* frame) { frame->assign(100, 0); }), "party 1 sent bytes that are no frame");
}

TEST(Session, RefusesEveryChangeOfTheDigest) {
  for (std::size_t bit = 0; bit < 128; ++bit) {
    ExpectRefused(Alter([&](Bytes* frame) { (*frame)[16 + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8); }),
                  "party 1 runs another sequence of operations");
  }
}

Bytes Alarm(std::uint8_t code, std::uint8_t reporter, std::string_view message) {
  Writer writer;
  writer.U32(kAlarmMagic).U8(code).U8(reporter).String(message);
  return std::move(writer).Take();
}

TEST(Session, RefusesAlarmsThatDoNotParse) {
  const std::string sentence = "party 1 sent an alarm that does not parse";
  const Bytes good = Alarm(3, 1, "reason");
  for (std::size_t size = 4; size < good.size(); ++size) {
    ExpectRefused(Alter([&](Bytes* frame) { frame->assign(good.begin(), good.begin() + static_cast<long>(size)); }),
                  sentence);
  }
  ExpectRefused(Alter([&](Bytes* frame) {
                  *frame = good;
                  frame->push_back(0);
                }),
                sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(9, 1, "x"); }), sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(255, 1, "x"); }), sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(3, 3, "x"); }), sentence);
  ExpectRefused(Alter([](Bytes* frame) { *frame = Alarm(3, 1, std::string(257, 'x')); }), sentence);
}

TEST(Session, PassesOnTheReasonOfAnAlarmWithoutControlCharacters) {
  const auto run = Alter([](Bytes* frame) {
    *frame = Alarm(static_cast<std::uint8_t>(ErrorCode::kUnavailable), 1, "gone\n\x1b[31m\x7f\xff end");
  });
  ASSERT_TRUE(run.result.error[0]);
  EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kUnavailable);
  EXPECT_EQ(run.result.error[0]->message(), "party 1 stopped the session: gone??[31m?? end");
  EXPECT_FALSE(run.opened[0]);
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
    (void)co_await Chain(ctx, 64, 1);
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
    (void)co_await Chain(ctx, 64, 2);
    if (ctx.session().self().value() == 2) {
      co_await ctx.session().Halt(Error(ErrorCode::kCheatingDetected, "a reason"));
      after = true;
    }
    (void)co_await Chain(ctx, 64, 2);
    after = true;
    co_return Done();
  };
  const auto result = SimulateThree(halting);
  EXPECT_FALSE(after);
  for (const unsigned i : {0u, 1u}) {
    ASSERT_TRUE(result.error[i]);
    EXPECT_EQ(result.error[i]->code(), ErrorCode::kCheatingDetected);
    EXPECT_EQ(result.error[i]->message(), "party 2 stopped the session: a reason");
  }
}

TEST(Session, VerifiesWhatIsRecordedEvenWhenNothingIsOpened) {
  for (const bool cheat : {false, true}) {
    std::array<bool, 3> finished{};
    const auto result = SimulateThree(
        [&](Ctx& ctx) -> Task<Done> {
          (void)co_await Chain(ctx, 64, 3);
          finished[ctx.session().self().value()] = true;
          co_return Done();
        },
        {.seed = 2, .hook = [&](const FrameInFlight& flight) {
           if (cheat && flight.round == 1 && flight.from.value() == 0) flight.frame->back() ^= 1;
         }, .pools = {}});
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
        (void)co_await Multiply<Fp127>(ctx, x, x);
        co_return Done();
      },
      {.seed = 2, .hook = [](const FrameInFlight& flight) {
         if (flight.round == 0 && flight.to.value() == 0) std::fill(flight.frame->begin() + kHeader, flight.frame->end(), 0xff);
       }, .cut_gates = 1, .pools = {}});
  ASSERT_TRUE(result.error[0]);
  EXPECT_EQ(result.error[0]->message(), "party 1 sent bytes that are no field element");
}

// Everything at once: ANDs, products, a shuffle, two fibers.
Session::Program Mixed(const std::array<BitColumn, 3>& bits, const std::array<ArithColumn<Fp127>, 3>& elements,
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
  const auto result = SimulateThree(Mixed(bits, elements, &run.out),
                                    {.seed = 8, .hook = [&](const FrameInFlight& flight) { run.frames.push_back(*flight.frame); },
                                     .cut_gates = cut_gates, .pools = {&pool, &pool, &pool}});
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
