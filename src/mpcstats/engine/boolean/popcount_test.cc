#include "mpcstats/engine/boolean/popcount.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

OperatorRun RunPopcount(const Input& bits, std::optional<Depth> depth) {
  return RunOperator({bits}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn count = co_await Popcount(ctx, in.at(0).planes.at(0), depth);
    co_return count.planes;
  });
}

Number Ones(const Input& bits) {
  Number ones = 0;
  for (const Number& value : bits.values) ones += value;
  return ones;
}

TEST(Popcount, CountsAndStaysBelowOneAndARow) {
  SeededRng rng(1);
  for (const std::size_t rows :
       {1u, 2u, 3u, 5u, 7u, 31u, 63u, 64u, 65u, 127u, 128u, 129u, 1000u, 4095u, 4096u, 4097u, 20000u}) {
    SCOPED_TRACE(rows);
    const double log2_rows = std::log2(static_cast<double>(rows));
    const Input random = RandomInput(rows, 1, rng);
    const OperatorRun ripple = RunPopcount(random, Depth::kRipple);
    EXPECT_EQ(ripple.planes.size(), CountBits(rows));
    EXPECT_EQ(ripple.Read(1)[0], Ones(random));
    EXPECT_LE(ripple.and_gates, rows);
    const OperatorRun log = RunPopcount(random, std::nullopt);
    EXPECT_EQ(log.Read(1)[0], Ones(random));
    const unsigned bits = CountBits(rows);
    EXPECT_LE(log.and_gates, rows + bits * (2 + CeilLog2(bits)));
    EXPECT_LE(static_cast<double>(log.rounds), 1.71 * log2_rows + 2 + CeilLog2(bits + 1));
  }
}

TEST(Popcount, CountsAllAndNone) {
  for (const std::size_t rows : {1u, 64u, 127u, 1000u, 4097u}) {
    EXPECT_EQ(RunPopcount({Numbers(rows, 1), 1}, std::nullopt).Read(1)[0], rows);
    EXPECT_EQ(RunPopcount({Numbers(rows, 0), 1}, std::nullopt).Read(1)[0], 0);
  }
}

TEST(Popcount, OfNoRowsIsAFreeZero) {
  const OperatorRun run = RunPopcount({{}, 1}, std::nullopt);
  EXPECT_EQ(run.Read(1)[0], 0);
  EXPECT_EQ(run.planes.size(), 1);
  EXPECT_EQ(run.and_gates, 0);
  EXPECT_EQ(run.rounds, 0);
}

TEST(Popcount, CostDoesNotDependOnTheBits) {
  SeededRng rng(2);
  const OperatorRun none = RunPopcount({Numbers(777, 0), 1}, std::nullopt);
  const OperatorRun some = RunPopcount(RandomInput(777, 1, rng), std::nullopt);
  EXPECT_EQ(none.and_gates, some.and_gates);
  EXPECT_EQ(none.rounds, some.rounds);
}

TEST(CountBits, HoldsTheLargestCount) {
  EXPECT_EQ(CountBits(0), 1u);
  EXPECT_EQ(CountBits(1), 1u);
  EXPECT_EQ(CountBits(63), 6u);
  EXPECT_EQ(CountBits(64), 7u);
}

TEST(CountMany, SharesRounds) {
  SeededRng rng(3);
  const std::vector<Input> inputs = {RandomInput(500, 1, rng), RandomInput(1000, 1, rng),
                                     RandomInput(0, 1, rng), RandomInput(1, 1, rng)};
  const OperatorRun run = RunOperator(inputs, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitPlanes planes;
    for (const BitColumn& column : in) planes.push_back(column.planes[0]);
    std::vector<BitColumn> counts = co_await CountMany(ctx, planes);
    BitPlanes out;
    for (const BitColumn& count : counts) out.insert(out.end(), count.planes.begin(), count.planes.end());
    co_return out;
  });
  std::size_t first = 0;
  for (const Input& input : inputs) {
    EXPECT_EQ(run.Read(first, CountBits(input.values.size()), 1)[0], Ones(input));
    first += CountBits(input.values.size());
  }
  EXPECT_EQ(run.rounds, RunPopcount(inputs[1], std::nullopt).rounds);
}

}  // namespace
}  // namespace mpcstats
