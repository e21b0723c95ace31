#include "mpcstats/engine/boolean/shift.h"

#include <gtest/gtest.h>

#include <bit>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

// Random numbers with leading ones in all places.
Input SpreadInput(std::size_t rows, unsigned bits, Rng& rng) {
  Input x = RandomInput(rows, bits, rng);
  for (Number& value : x.values) value >>= static_cast<unsigned>(rng.Word() % bits);
  return x;
}

Number LeadingOne(const Number& value) { return value == 0 ? Number(0) : Number(1) << msb(value); }

OperatorRun RunShift(const Input& x, const Input& amount, std::optional<unsigned> left_bits) {
  return RunOperator({x, amount}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    if (left_bits) {
      BitColumn out = co_await BarrelShiftLeft(ctx, in.at(0), in.at(1), *left_bits);
      co_return out.planes;
    }
    BitColumn out = co_await BarrelShiftRight(ctx, in.at(0), in.at(1));
    co_return out.planes;
  });
}

TEST(PrefixOr, FillsBelowTheLeadingOne) {
  SeededRng rng(1);
  for (unsigned bits = 1; bits <= 64; ++bits) {
    const Input x = SpreadInput(70, bits, rng);
    for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
      const OperatorRun run = RunOperator({x}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
        BitColumn out = co_await PrefixOr(ctx, in.at(0), depth);
        co_return out.planes;
      });
      const Numbers got = run.Read(70);
      for (std::size_t i = 0; i < 70; ++i) {
        ASSERT_EQ(got[i], x.values[i] == 0 ? Number(0) : 2 * LeadingOne(x.values[i]) - 1);
      }
      if (depth == Depth::kRipple) {
        EXPECT_EQ(run.and_gates, (bits - 1) * 70);
        EXPECT_EQ(run.rounds, bits - 1);
      } else {
        EXPECT_EQ(run.rounds, CeilLog2(bits));
        EXPECT_LE(run.and_gates, (bits * CeilLog2(bits) + 1) / 2 * 70);
      }
    }
  }
}

TEST(OneHotLeading, KeepsTheLeadingOneOnly) {
  SeededRng rng(2);
  for (const std::size_t rows : kRows) {
    const Input x = SpreadInput(rows, 19, rng);
    const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitColumn out = co_await OneHotLeading(ctx, in.at(0));
      co_return out.planes;
    });
    const Numbers got = run.Read(rows);
    for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(got[i], LeadingOne(x.values[i]));
  }
}

TEST(BarrelShift, MatchesIntegersAlsoPastTheEnd) {
  SeededRng rng(3);
  for (const unsigned bits : {1u, 2u, 5u, 16u, 33u, 64u}) {
    for (const unsigned amount_bits : {1u, 3u, 7u}) {
      for (const unsigned out_bits : {1u, 10u, 64u, 100u}) {
        const Input x = RandomInput(66, bits, rng), amount = RandomInput(66, amount_bits, rng);
        const OperatorRun left = RunShift(x, amount, out_bits), right = RunShift(x, amount, std::nullopt);
        const Numbers up = left.Read(66), down = right.Read(66);
        const Number modulus = Number(1) << out_bits;
        for (std::size_t i = 0; i < 66; ++i) {
          const unsigned places = static_cast<unsigned>(amount.values[i]);
          ASSERT_EQ(up[i], (x.values[i] << places) % modulus) << bits << " " << places << " " << out_bits;
          ASSERT_EQ(down[i], x.values[i] >> places);
        }
        EXPECT_EQ(left.planes.size(), out_bits);
        EXPECT_EQ(left.rounds, amount_bits);
        EXPECT_LE(left.and_gates, 66 * out_bits * amount_bits);
        EXPECT_EQ(right.rounds, amount_bits);
        EXPECT_EQ(right.and_gates, 66 * bits * amount_bits);
      }
    }
  }
}

TEST(BarrelShift, SpendsNothingOnPlanesKnownToBeZero) {
  SeededRng rng(4);
  // Two planes, then three, five, nine.
  const OperatorRun run = RunShift(RandomInput(1, 2, rng), RandomInput(1, 3, rng), 64);
  EXPECT_EQ(run.and_gates, 3 + 5 + 9);
}

TEST(BarrelShift, TakesAmountsOfManyBits) {
  const OperatorRun run = RunShift({{5, 5}, 3}, {{Number(1) << 39, 1}, 40}, std::nullopt);
  EXPECT_EQ(run.Read(2), (Numbers{0, 2}));
}

TEST(BarrelShiftDeathTest, RejectsUnequalRows) {
  SeededRng rng(5);
  EXPECT_DEATH(RunShift(RandomInput(2, 4, rng), RandomInput(3, 2, rng), 8), "rows");
}

TEST(BarrelShiftDeathTest, RejectsAnAmountWithoutBits) {
  SeededRng rng(6);
  EXPECT_DEATH(RunShift(RandomInput(2, 4, rng), {{}, 0}, std::nullopt), "bits");
}

}  // namespace
}  // namespace mpcstats
