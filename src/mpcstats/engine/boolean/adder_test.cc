#include "mpcstats/engine/boolean/adder.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

Number Modulo(const Number& value, unsigned bits) { return value & ((Number(1) << bits) - 1); }

OperatorRun RunAdd(const Input& x, const Input& y, unsigned out_bits, std::optional<Depth> depth) {
  return RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn sum = co_await Add(ctx, in.at(0), in.at(1), out_bits, depth);
    co_return sum.planes;
  });
}

void ExpectSums(const Input& x, const Input& y, unsigned out_bits, std::optional<Depth> depth) {
  const Numbers got = RunAdd(x, y, out_bits, depth).Read(x.values.size());
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    ASSERT_EQ(got[i], Modulo(x.values[i] + y.values[i], out_bits)) << x.values[i] << " + " << y.values[i];
  }
}

TEST(Add, MatchesIntegersForEveryWidth) {
  SeededRng rng(1);
  for (unsigned bits = 1; bits <= 64; ++bits) {
    const unsigned other = 1 + static_cast<unsigned>(rng.Word() % 64);
    const unsigned out = 1 + static_cast<unsigned>(rng.Word() % 70);
    SCOPED_TRACE(testing::Message() << bits << " + " << other << " -> " << out);
    const Input x = RandomInput(40, bits, rng), y = RandomInput(40, other, rng);
    ExpectSums(x, y, out, Depth::kRipple);
    ExpectSums(x, y, out, Depth::kLog);
  }
}

TEST(Add, MatchesIntegersForEveryRowCount) {
  SeededRng rng(2);
  for (const std::size_t rows : kRows) {
    const Input x = RandomInput(rows, 13, rng), y = RandomInput(rows, 9, rng);
    ExpectSums(x, y, 14, std::nullopt);
    ExpectSums(x, y, 14, Depth::kRipple);
  }
}

TEST(Add, RippleCostsOneAndForEachCarry) {
  SeededRng rng(3);
  const Input x = RandomInput(100, 32, rng), y = RandomInput(100, 32, rng), narrow = RandomInput(100, 8, rng);
  const OperatorRun whole = RunAdd(x, y, 33, Depth::kRipple);
  EXPECT_EQ(whole.and_gates, 32 * 100);
  EXPECT_EQ(whole.rounds, 32);
  EXPECT_EQ(RunAdd(x, y, 32, Depth::kRipple).and_gates, 31 * 100);
  EXPECT_EQ(RunAdd(x, narrow, 32, Depth::kRipple).and_gates, 31 * 100);
}

TEST(Add, LogDepthCostsFewRounds) {
  SeededRng rng(4);
  const Input x = RandomInput(100, 32, rng), y = RandomInput(100, 32, rng), narrow = RandomInput(100, 1, rng);
  const OperatorRun whole = RunAdd(x, y, 33, Depth::kLog);
  EXPECT_EQ(whole.rounds, 1 + 5);
  // 32 digits, 80 nodes of which 31 reach the bottom
  EXPECT_EQ(whole.and_gates, (32 + 2 * 80 - 31) * 100);
  // With a single summand bit, only the first digit has a carry of its own: every node is one AND.
  EXPECT_EQ(RunAdd(x, narrow, 33, Depth::kLog).and_gates, (1 + 80) * 100);
}

TEST(Add, OfOneBitIntoOneBitIsFree) {
  SeededRng rng(5);
  const OperatorRun run = RunAdd(RandomInput(10, 8, rng), RandomInput(10, 8, rng), 1, std::nullopt);
  EXPECT_EQ(run.and_gates, 0);
  EXPECT_EQ(run.rounds, 0);
}

TEST(AddWithCarryIn, AddsTheCarry) {
  SeededRng rng(6);
  for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
    for (unsigned bits = 1; bits <= 64; bits += 3) {
      const unsigned other = 1 + static_cast<unsigned>(rng.Word() % 64);
      const Input x = RandomInput(50, bits, rng), y = RandomInput(50, other, rng),
                  c = RandomInput(50, 1, rng);
      const OperatorRun run =
          RunOperator({x, y, c}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
            BitColumn sum =
                co_await AddWithCarryIn(ctx, in.at(0), in.at(1), in.at(2).planes.at(0), 66, depth);
            co_return sum.planes;
          });
      const Numbers got = run.Read(50);
      for (std::size_t i = 0; i < 50; ++i) ASSERT_EQ(got[i], x.values[i] + y.values[i] + c.values[i]);
      if (depth == Depth::kRipple) {
        EXPECT_EQ(run.and_gates, 50 * std::max(bits, other));
        EXPECT_EQ(run.rounds, std::max(bits, other));
      }
    }
  }
}

TEST(Subtract, GivesTheDifferenceAndTheBorrow) {
  SeededRng rng(7);
  for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
    for (unsigned bits = 1; bits <= 64; bits += 2) {
      const unsigned other = 1 + static_cast<unsigned>(rng.Word() % 64), width = std::max(bits, other);
      const Input x = RandomInput(70, bits, rng), y = RandomInput(70, other, rng);
      const OperatorRun run =
          RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
            Difference difference = co_await Subtract(ctx, in.at(0), in.at(1), depth);
            BitPlanes out = difference.value.planes;
            out.push_back(difference.borrow);
            co_return out;
          });
      const Numbers value = run.Read(0, width, 70), borrow = run.Read(width, 1, 70);
      for (std::size_t i = 0; i < 70; ++i) {
        ASSERT_EQ(value[i], Modulo(x.values[i] + (Number(1) << width) - y.values[i], width))
            << bits << " " << other;
        ASSERT_EQ(borrow[i], x.values[i] < y.values[i] ? 1 : 0);
      }
      if (depth == Depth::kRipple) {
        EXPECT_LE(run.and_gates, 70 * width);
      } else {
        EXPECT_LE(run.rounds, 1 + CeilLog2(width));
      }
    }
  }
}

TEST(CarrySave, KeepsTheTotalInOneRound) {
  SeededRng rng(8);
  for (const std::size_t rows : {0u, 1u, 65u, 1000u}) {
    const Input x = RandomInput(rows, 20, rng), y = RandomInput(rows, 12, rng),
                z = RandomInput(rows, 16, rng);
    const OperatorRun run =
        RunOperator({x, y, z}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
          CarrySaved saved = co_await CarrySave(ctx, in.at(0), in.at(1), in.at(2), 22);
          BitPlanes out = saved.sum.planes;
          out.insert(out.end(), saved.carry.planes.begin(), saved.carry.planes.end());
          co_return out;
        });
    EXPECT_EQ(run.rounds, rows == 0 ? 0 : 1);
    EXPECT_EQ(run.and_gates, 16 * rows);
    const Numbers sum = run.Read(0, 22, rows), carry = run.Read(22, 22, rows);
    for (std::size_t i = 0; i < rows; ++i)
      ASSERT_EQ(sum[i] + carry[i], x.values[i] + y.values[i] + z.values[i]);
  }
}

TEST(AddMany, MatchesIntegersForOneToForty) {
  SeededRng rng(9);
  for (const std::size_t count : {1u, 2u, 3u, 4u, 7u, 40u}) {
    std::vector<Input> inputs;
    for (std::size_t j = 0; j < count; ++j) inputs.push_back(RandomInput(30, 1 + rng.Word() % 30, rng));
    for (const unsigned out_bits : {1u, 20u, 40u}) {
      const OperatorRun run =
          RunOperator(inputs, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
            BitColumn sum = co_await AddMany(ctx, std::move(in), out_bits);
            co_return sum.planes;
          });
      const Numbers got = run.Read(30);
      for (std::size_t i = 0; i < 30; ++i) {
        Number want = 0;
        for (const Input& input : inputs) want += input.values[i];
        ASSERT_EQ(got[i], Modulo(want, out_bits)) << count;
      }
    }
  }
}

TEST(AddDeathTest, RejectsColumnsOfUnequalRows) {
  SeededRng rng(10);
  EXPECT_DEATH(RunAdd(RandomInput(3, 4, rng), RandomInput(4, 4, rng), 5, std::nullopt), "rows");
}

TEST(AddDeathTest, RejectsAColumnWithoutPlanes) {
  EXPECT_DEATH(RunAdd({{}, 0}, {{}, 4}, 5, std::nullopt), "bits");
}

TEST(AddManyDeathTest, RejectsNoColumns) {
  EXPECT_DEATH(RunOperator({},
                           [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
                             BitColumn sum = co_await AddMany(ctx, std::move(in), 4);
                             co_return sum.planes;
                           }),
               "empty");
}

TEST(ChooseDepth, SavesGatesForManyRowsAndRoundsForFew) {
  EXPECT_EQ(ChooseDepth(1, 32), Depth::kLog);
  EXPECT_EQ(ChooseDepth(1'000'000, 32), Depth::kRipple);
  EXPECT_EQ(ChooseDepth(1, 2), Depth::kRipple);
}

}  // namespace
}  // namespace mpcstats
