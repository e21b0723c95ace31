#include "mpcstats/engine/open.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Values = std::vector<std::uint64_t>;
constexpr std::size_t kHeader = 32;

struct Opened {
  SimulationResult result;
  std::array<PublicPlanes, 3> planes;
};

Opened OpenBits(const std::array<BitColumn, 3>& shares, const FrameHook& hook = {}) {
  Opened run;
  run.result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_shares = shares[i].planes;
        PublicPlanes planes = co_await Open(ctx, my_shares, "bits");
        run.planes[i] = std::move(planes);
        co_return Done();
      },
      {.seed = 1, .hook = hook, .pools = {}});
  return run;
}

TEST(Open, GivesBitsToAllWithZeroPadding) {
  for (const std::size_t rows : {0u, 1u, 63u, 64u, 65u, 1000u}) {
    SeededRng rng(rows);
    Values values(rows);
    for (auto& value : values) value = rng.Word() & 0x3ff;
    const Opened run = OpenBits(ShareBits(values, 10, rng));
    ASSERT_TRUE(run.result.ok());
    for (const auto& planes : run.planes) {
      EXPECT_EQ(ValuesOf(planes, rows), values);
      for (const auto& words : planes) {
        if (rows > 0) EXPECT_EQ(words.back() & ~TailMask(rows), 0u);
      }
    }
  }
}

// Words of products carry random sharings of zero behind their last row.
TEST(Open, HidesThePaddingOfProducts) {
  std::array<PublicPlanes, 3> got;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const BitPlane one = Constant(ctx.session().self(), true, 100);
    BitPlane product = co_await And(ctx, one, one);
    BitPlanes planes(1, std::move(product));
    PublicPlanes opened = co_await Open(ctx, std::move(planes), "product");
    got[ctx.session().self().value()] = std::move(opened);
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  for (const auto& planes : got) EXPECT_EQ(planes[0], (Values{~std::uint64_t{0}, TailMask(100)}));
}

TEST(Open, CostsOneRoundAComponentAndAHash) {
  SeededRng rng(2);
  std::vector<SentFrame> frames;
  const Opened run = OpenBits(ShareBits(Values(640, 1), 3, rng), RecordInto(&frames));
  ASSERT_TRUE(run.result.ok());
  ASSERT_EQ(frames.size(), 6u);
  for (const SentFrame& frame : frames) {
    EXPECT_EQ(frame.bytes, kHeader + (frame.to == (frame.from + 1) % 3 ? 3 * 80 : 32));
  }
  EXPECT_EQ(run.result.cost[0].rounds, 1u);
  EXPECT_EQ(run.result.cost[0].batches, 0u);
}

TEST(Open, GivesElementsOfBothFields) {
  SeededRng rng(3);
  const std::vector<Fp127> values = {Fp127::Zero(), Fp127::One(), -Fp127::One()};
  const auto shares = ShareElements(values, rng);
  std::array<std::vector<Gf2_64>, 3> random;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    const auto& my_shares = shares[i];
    const std::vector<Fp127> opened = co_await Open(ctx, my_shares, "elements");
    EXPECT_EQ(opened, values);
    const ArithColumn<Gf2_64> keys = RandomElements<Gf2_64>(ctx, 5);
    std::vector<Gf2_64> gf = co_await Open(ctx, keys, "keys");
    random[i] = std::move(gf);
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(random[0].size(), 5u);
  EXPECT_EQ(random[0], random[1]);
  EXPECT_EQ(random[0], random[2]);
  for (const auto& list : result.disclosures) EXPECT_EQ(list, (std::vector<std::string>{"elements", "keys"}));
}

TEST(OpenNumber, GivesUpTo128Bits) {
  for (const unsigned bits : {1u, 63u, 64u, 65u, 127u, 128u}) {
    const unsigned __int128 top = static_cast<unsigned __int128>(1) << (bits - 1);
    for (const unsigned __int128 value : {top, top - 1, top + (top - 1)}) {
      const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
        BitColumn scalar = ConstantColumn(ctx.session().self(), value, bits, 1);
        const unsigned __int128 got = co_await OpenNumber(ctx, std::move(scalar), "number");
        EXPECT_TRUE(got == value) << bits;
        co_return Done();
      });
      ASSERT_TRUE(result.ok());
    }
  }
}

TEST(OpenNumberDeathTest, RefusesMoreThanOneRowAndMoreThan128Bits) {
  const auto run = [](unsigned bits, std::size_t rows) {
    return SimulateThree([=](Ctx& ctx) -> Task<Done> {
      BitColumn column = ConstantColumn(ctx.session().self(), 1, bits, rows);
      co_await OpenNumber(ctx, std::move(column), "number");
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(129, 1), "128");
  EXPECT_DEATH((void)run(8, 2), "rows");
}

TEST(Open, EndsWhenEitherHolderLies) {
  SeededRng rng(4);
  const auto shares = ShareBits(Values(64, 1), 2, rng);
  for (unsigned from = 0; from < 3; ++from) {
    for (unsigned step = 1; step <= 2; ++step) {
      const unsigned to = (from + step) % 3;
      const std::size_t payload = step == 1 ? 16 : 32;
      for (std::size_t byte = 0; byte < payload; ++byte) {
        const Opened run = OpenBits(shares, [&](const FrameInFlight& flight) {
          if (flight.from.value() != from || flight.to.value() != to) return;
          ASSERT_EQ(flight.frame->size(), kHeader + payload);
          (*flight.frame)[kHeader + byte] ^= 0x20;
        });
        ASSERT_TRUE(run.result.error[to]);
        EXPECT_EQ(run.result.error[to]->code(), ErrorCode::kCheatingDetected);
        EXPECT_TRUE(run.planes[to].empty());
      }
    }
  }
}

// Two components exchanged between openings of equal length: the hash names its operation.
TEST(Open, EndsWhenAHolderRepeatsAnEarlierOpening) {
  SeededRng rng(5);
  const auto first = ShareBits(Values(64, 1), 1, rng), second = ShareBits(Values(64, 0), 1, rng);
  std::array<Bytes, 2> earlier;
  std::array<int, 3> opened{};
  const auto result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_first = first[i].planes;
        co_await Open(ctx, my_first, "first");
        ++opened[i];
        const auto& my_second = second[i].planes;
        co_await Open(ctx, my_second, "second");
        ++opened[i];
        co_return Done();
      },
      {.seed = 1,
       .hook =
           [&](const FrameInFlight& flight) {
             if (flight.to.value() != 0) return;
             Bytes& kept = earlier[flight.from.value() - 1];
             if (flight.round == 0) kept = *flight.frame;
             if (flight.round == 1 && flight.from.value() == 1) {
               std::copy(kept.begin() + kHeader, kept.end(), flight.frame->begin() + kHeader);
             }
           },
       .pools = {}});
  ASSERT_TRUE(result.error[0]);
  EXPECT_EQ(result.error[0]->code(), ErrorCode::kCheatingDetected);
  EXPECT_EQ(opened[0], 1);
}

TEST(Open, EndsWhenAComponentIsNoFieldElement) {
  SeededRng rng(6);
  const auto shares = ShareElements(std::vector<Fp127>(1, Fp127::One()), rng);
  std::array<bool, 3> opened{};
  const auto result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_shares = shares[i];
        co_await Open(ctx, my_shares, "element");
        opened[i] = true;
        co_return Done();
      },
      {.seed = 1,
       .hook =
           [&](const FrameInFlight& flight) {
             if (flight.to.value() == 1 && flight.from.value() == 0) {
               std::fill(flight.frame->begin() + kHeader, flight.frame->end(), 0xff);
             }
           },
       .pools = {}});
  ASSERT_TRUE(result.error[1]);
  EXPECT_EQ(result.error[1]->code(), ErrorCode::kCheatingDetected);
  EXPECT_FALSE(opened[1]);
}

}  // namespace
}  // namespace mpcstats
