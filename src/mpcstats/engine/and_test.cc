#include "mpcstats/engine/and.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

TEST(And, MatchesPlainAndForEverySize) {
  for (const std::size_t rows : {0u, 1u, 2u, 63u, 64u, 65u, 127u, 1000u, 4096u, 10000u}) {
    SeededRng rng(rows + 1);
    std::vector<std::uint64_t> x(rows), y(rows), want(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      x[i] = rng.Word() & 0x1f;
      y[i] = rng.Word() & 0x1f;
      want[i] = x[i] & y[i];
    }
    const auto shares_x = ShareBits(x, 5, rng);
    const auto shares_y = ShareBits(y, 5, rng);
    std::array<std::vector<std::uint64_t>, 3> got;
    const SimulationResult result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const unsigned i = ctx.session().self().value();
      const auto& my_shares_x = shares_x[i].planes;
      const auto& my_shares_y = shares_y[i].planes;
      BitPlanes z = co_await And(ctx, my_shares_x, my_shares_y);
      const PublicPlanes opened = co_await Open(ctx, std::move(z), "z");
      got[i] = ValuesOf(opened, rows);
      co_return Done();
    });
    ASSERT_TRUE(result.ok()) << result.error[0]->message();
    for (const auto& values : got) EXPECT_EQ(values, want) << rows;
    EXPECT_EQ(result.cost[0].and_gates, 5 * rows);
  }
}

TEST(And, TakesPlanesOfDifferentLengthsInOneRound) {
  const std::vector<std::size_t> lengths = {1, 64, 70, 0, 3, 128};
  std::array<Cost, 3> cost;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const PartyIndex self = ctx.session().self();
    BitPlanes x, y;
    for (const std::size_t rows : lengths) {
      x.push_back(Constant(self, true, rows));
      y.push_back(Constant(self, rows != 70, rows));
    }
    BitPlanes z = co_await And(ctx, std::move(x), std::move(y));
    cost[self.value()] = ctx.session().cost();
    const PublicPlanes opened = co_await Open(ctx, std::move(z), "z");
    for (std::size_t p = 0; p < lengths.size(); ++p) {
      EXPECT_EQ(opened[p].size(), WordsFor(lengths[p]));
      for (std::size_t r = 0; r < lengths[p]; ++r)
        EXPECT_EQ(opened[p][r / 64] >> (r % 64) & 1, lengths[p] != 70);
    }
    co_return Done();
  });
  ASSERT_TRUE(result.ok()) << result.error[0]->message();
  for (const Cost& each : cost) {
    EXPECT_EQ(each.rounds, 1u);
    EXPECT_EQ(each.and_gates, 266u);
  }
}

TEST(And, PacksPlanesOfFewRows) {
  // 100 planes of 3 rows are 300 bits: 5 words, not 100.
  std::vector<SentFrame> frames;
  const auto result = SimulateThree(
      [](Ctx& ctx) -> Task<Done> {
        const BitPlanes x(100, Constant(ctx.session().self(), true, 3));
        BitPlanes z = co_await And(ctx, x, x);
        const PublicPlanes opened = co_await Open(ctx, std::move(z), "z");
        for (const auto& words : opened) EXPECT_EQ(words, std::vector<std::uint64_t>{7});
        co_return Done();
      },
      {.seed = 1, .hook = RecordInto(&frames), .pools = {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(frames[0].bytes, 32u + 40u);
}

TEST(And, SendsItsMessagesToThePreviousPartyOnly) {
  std::vector<SentFrame> frames;
  (void)SimulateThree(
      [](Ctx& ctx) -> Task<Done> {
        const BitPlane x = Constant(ctx.session().self(), true, 640);
        co_await And(ctx, x, x);
        co_return Done();
      },
      {.seed = 1, .hook = RecordInto(&frames), .pools = {}});
  for (const SentFrame& frame : frames) {
    if (frame.round > 0) break;
    EXPECT_EQ(frame.to, (frame.from + 2) % 3);
    EXPECT_EQ(frame.bytes, 32u + 80u);
  }
}

TEST(And, EndsBeforeTheOpeningWhenAMessageIsChanged) {
  for (unsigned from = 0; from < 3; ++from) {
    for (const std::size_t rows : {3u, 64u, 70u}) {
      // Also behind the last row: a word is proved as a whole.
      for (std::size_t bit = 0; bit < WordsFor(rows) * 64; bit += 5) {
        bool opened = false;
        const auto result = SimulateThree(
            [&](Ctx& ctx) -> Task<Done> {
              const BitPlane x = Constant(ctx.session().self(), true, rows);
              BitPlane z = co_await And(ctx, x, x);
              BitPlanes planes(1, std::move(z));
              co_await Open(ctx, std::move(planes), "z");
              opened = true;
              co_return Done();
            },
            {.seed = 1,
             .hook =
                 [&](const FrameInFlight& flight) {
                   if (flight.round == 0 && flight.from.value() == from) {
                     (*flight.frame)[32 + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
                   }
                 },
             .pools = {}});
        for (const auto& error : result.error) {
          ASSERT_TRUE(error) << from << " " << rows << " " << bit;
          EXPECT_EQ(error->code(), ErrorCode::kCheatingDetected);
        }
        EXPECT_FALSE(opened);
      }
    }
  }
}

TEST(AndDeathTest, RefusesOperandsThatDoNotPair) {
  const auto run = [](std::size_t planes, std::size_t rows) {
    return SimulateThree([=](Ctx& ctx) -> Task<Done> {
      BitPlanes x(2, Zero(5));
      BitPlanes y(planes, Zero(rows));
      co_await And(ctx, std::move(x), std::move(y));
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(1, 5), "size");
  EXPECT_DEATH((void)run(2, 6), "rows");
}

// More than one piece: a plane of 2^22 + 100 rows, and planes that fill a piece together.
TEST(And, SendsMoreThanFourMillionGatesInPieces) {
  struct Shape {
    std::size_t rows;
    unsigned planes;
    std::uint64_t rounds;
  };
  for (const Shape& shape : {Shape{(std::size_t{1} << 22) + 100, 1, 2}, Shape{std::size_t{1} << 20, 9, 3},
                             Shape{(std::size_t{1} << 22) + 1, 2, 4}}) {
    SeededRng rng(shape.planes);
    std::vector<std::uint64_t> x(shape.rows), y(shape.rows), want(shape.rows);
    const std::uint64_t mask = (std::uint64_t{1} << shape.planes) - 1;
    for (std::size_t i = 0; i < shape.rows; ++i) {
      x[i] = rng.Word() & mask;
      y[i] = rng.Word() & mask;
      want[i] = x[i] & y[i];
    }
    const auto shares_x = ShareBits(x, shape.planes, rng);
    const auto shares_y = ShareBits(y, shape.planes, rng);
    std::array<std::uint64_t, 3> rounds{};
    std::vector<std::uint64_t> got;
    const SimulationResult result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const unsigned i = ctx.session().self().value();
      BitPlanes left = shares_x[i].planes;
      BitPlanes right = shares_y[i].planes;
      BitPlanes z = co_await And(ctx, std::move(left), std::move(right));
      rounds[i] = ctx.session().cost().rounds;
      const PublicPlanes opened = co_await Open(ctx, std::move(z), "z");
      if (i == 0) got = ValuesOf(opened, shape.rows);
      co_return Done();
    });
    ASSERT_TRUE(result.ok()) << result.error[0]->message();
    EXPECT_EQ(got, want);
    EXPECT_EQ(rounds[0], shape.rounds);
    EXPECT_EQ(result.cost[0].and_gates, shape.rows * shape.planes);
  }
}

}  // namespace
}  // namespace mpcstats
