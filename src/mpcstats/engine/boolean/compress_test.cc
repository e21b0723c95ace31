#include "mpcstats/engine/boolean/compress.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

// Sums planes of the given numbers for each weight; one input column holds all planes.
OperatorRun RunSum(const Input& planes, const std::vector<std::size_t>& heights, std::optional<Depth> depth) {
  return RunOperator({planes}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    WeightedPlanes summands;
    auto plane = in[0].planes.begin();
    for (const std::size_t height : heights) {
      summands.emplace_back(plane, plane + static_cast<std::ptrdiff_t>(height));
      plane += static_cast<std::ptrdiff_t>(height);
    }
    BitColumn sum = co_await SumWeighted(ctx, std::move(summands), in.at(0).rows(), depth);
    co_return sum.planes;
  });
}

Number SumOf(const Number& planes, const std::vector<std::size_t>& heights) {
  Number sum = 0;
  unsigned next = 0;
  for (std::size_t w = 0; w < heights.size(); ++w) {
    for (std::size_t i = 0; i < heights[w]; ++i)
      sum += Number(bit_test(planes, next++) ? 1 : 0) << static_cast<unsigned>(w);
  }
  return sum % (Number(1) << static_cast<unsigned>(heights.size()));
}

TEST(SumWeighted, MatchesIntegersForUnevenHeights) {
  SeededRng rng(1);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::size_t> heights(1 + rng.Word() % 12);
    std::size_t planes = 1;
    for (std::size_t& height : heights) planes += height = rng.Word() % 3 == 0 ? 0 : rng.Word() % 30;
    const Input input = RandomInput(66, static_cast<unsigned>(planes), rng);
    for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
      const Numbers got = RunSum(input, heights, depth).Read(66);
      for (std::size_t i = 0; i < 66; ++i)
        ASSERT_EQ(got[i], SumOf(input.values[i], heights)) << "round " << round;
    }
  }
}

TEST(SumWeighted, TakesDaddasNumberOfRounds) {
  SeededRng rng(2);
  // 13 planes go to 9, 6, 4, 3, 2; then 17 digits are added, or rather 16 that carry.
  const OperatorRun run = RunSum(RandomInput(1, 17 * 13, rng), std::vector<std::size_t>(17, 13), Depth::kLog);
  EXPECT_EQ(run.rounds, 5 + 1 + 4);
}

TEST(SumWeighted, SpendsOneAndForEachPlaneWithRipple) {
  SeededRng rng(3);
  // Fifteen ones make four bits: eleven planes disappear.
  EXPECT_EQ(RunSum(RandomInput(1, 15, rng), {15, 0, 0, 0}, Depth::kRipple).and_gates, 11u);
}

TEST(SumWeighted, IsFreeWhenNothingMeets) {
  SeededRng rng(4);
  const OperatorRun run = RunSum(RandomInput(10, 4, rng), {1, 0, 1, 2}, std::nullopt);
  EXPECT_EQ(run.and_gates, 0u);
  EXPECT_EQ(run.rounds, 0u);
}

TEST(NeedsCompression, IgnoresTheHighestWeight) {
  const BitPlanes three(3, Zero(1));
  EXPECT_TRUE(NeedsCompression({three, {}}));
  EXPECT_FALSE(NeedsCompression({{}, three}));
}

TEST(SumWeightedDeathTest, RejectsNoWeights) { EXPECT_DEATH(RunSum({{1}, 1}, {}, std::nullopt), "empty"); }

TEST(SumWeightedDeathTest, RejectsPlanesOfOtherRows) {
  EXPECT_DEATH(RunOperator({},
                           [](Ctx& ctx, std::vector<BitColumn>) -> Task<BitPlanes> {
                             WeightedPlanes summands(1, BitPlanes(1, Zero(3)));
                             BitColumn sum = co_await SumWeighted(ctx, std::move(summands), 2);
                             co_return sum.planes;
                           }),
               "rows");
}

}  // namespace
}  // namespace mpcstats
