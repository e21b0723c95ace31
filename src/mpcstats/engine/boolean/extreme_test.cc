#include "mpcstats/engine/boolean/extreme.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

struct Extremes {
  OperatorRun max, min;
};

Extremes RunBoth(const Input& x, const Input& valid, std::optional<Depth> depth) {
  Extremes runs;
  runs.max = RunOperator({x, valid}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn out = co_await Max(ctx, in.at(0), in.at(1).planes.at(0), depth);
    co_return out.planes;
  });
  runs.min = RunOperator({x, valid}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn out = co_await Min(ctx, in.at(0), in.at(1).planes.at(0), depth);
    co_return out.planes;
  });
  return runs;
}

void ExpectExtremes(const Input& x, const Input& valid, std::optional<Depth> depth) {
  Number largest = 0, smallest = (Number(1) << x.bits) - 1;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    if (valid.values[i] == 0) continue;
    largest = std::max(largest, x.values[i]);
    smallest = std::min(smallest, x.values[i]);
  }
  const Extremes runs = RunBoth(x, valid, depth);
  EXPECT_EQ(runs.max.Read(1)[0], largest);
  EXPECT_EQ(runs.min.Read(1)[0], smallest);
  EXPECT_EQ(runs.max.planes.size(), x.bits);
}

TEST(MaxMin, MatchIntegersForEveryRowCount) {
  SeededRng rng(1);
  for (const std::size_t rows : kRows) {
    for (const unsigned bits : {1u, 2u, 17u, 64u}) {
      Input x{.values = {}, .bits = bits};
      for (std::size_t i = 0; i < rows; ++i) x.values.push_back(RandomNumber(bits, rng));
      const Input valid = RandomInput(rows, 1, rng);
      SCOPED_TRACE(testing::Message() << rows << " rows of " << bits);
      ExpectExtremes(x, valid, std::nullopt);
      ExpectExtremes(x, valid, Depth::kRipple);
    }
  }
}

TEST(MaxMin, FindTheExtremeInEveryRow) {
  for (std::size_t row = 0; row < 70; ++row) {
    Input x{.values = Numbers(70, 50), .bits = 7};
    x.values[row] = 99;
    x.values[(row + 11) % 70] = 3;
    ExpectExtremes(x, {Numbers(70, 1), 1}, std::nullopt);
  }
}

TEST(MaxMin, GiveTheNeutralValueWhenNothingIsValid) {
  SeededRng rng(2);
  const Extremes runs = RunBoth(RandomInput(33, 9, rng), {Numbers(33, 0), 1}, std::nullopt);
  EXPECT_EQ(runs.max.Read(1)[0], 0);
  EXPECT_EQ(runs.min.Read(1)[0], 511);
}

TEST(MaxMin, IgnoreInvalidExtremes) {
  const Extremes runs = RunBoth({{0, 5, 15, 7}, 4}, {{0, 1, 0, 1}, 1}, std::nullopt);
  EXPECT_EQ(runs.max.Read(1)[0], 7);
  EXPECT_EQ(runs.min.Read(1)[0], 5);
}

TEST(MaxMin, CostATournament) {
  SeededRng rng(3);
  for (const std::size_t rows : {1u, 2u, 64u, 65u, 1000u}) {
    const Input x = RandomInput(rows, 16, rng), valid = RandomInput(rows, 1, rng);
    const Extremes ripple = RunBoth(x, valid, Depth::kRipple), log = RunBoth(x, valid, Depth::kLog);
    EXPECT_EQ(ripple.max.and_gates, 16 * rows + (rows - 1) * 32);
    EXPECT_EQ(ripple.max.rounds, 1 + CeilLog2(rows) * 17);
    EXPECT_EQ(ripple.min.and_gates, ripple.max.and_gates);
    EXPECT_EQ(log.max.and_gates, 16 * rows + (rows - 1) * (3 * 16 - 2 - 4 + 16));
    EXPECT_EQ(log.max.rounds, 1 + CeilLog2(rows) * 6);
  }
}

TEST(MaxDeathTest, RejectsAColumnWithoutPlanes) {
  EXPECT_DEATH(RunBoth({{}, 0}, {{}, 1}, std::nullopt), "bits");
}

TEST(MaxDeathTest, RejectsValidityOfOtherRows) {
  EXPECT_DEATH(RunBoth({{1, 2}, 4}, {{1}, 1}, std::nullopt), "rows");
}

}  // namespace
}  // namespace mpcstats
