#include "mpcstats/engine/boolean/scalar.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;
using U128 = unsigned __int128;

OperatorRun RunMultiply(const Input& x, const Input& y, std::optional<Depth> depth) {
  return RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn product = co_await Multiply(ctx, in.at(0), in.at(1), depth);
    co_return product.planes;
  });
}

OperatorRun RunSquare(const Input& x) {
  return RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn square = co_await Square(ctx, in.at(0));
    co_return square.planes;
  });
}

OperatorRun RunMultiplyPublic(const Input& x, U128 factor, unsigned out_bits) {
  return RunOperator({x}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn product = co_await MultiplyPublic(ctx, in.at(0), factor, out_bits);
    co_return product.planes;
  });
}

OperatorRun RunDivide(const Input& x, const Input& y, std::optional<Depth> depth) {
  return RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    Quotient result = co_await Divide(ctx, in.at(0), in.at(1), depth);
    BitPlanes out = result.quotient.planes;
    out.insert(out.end(), result.remainder.planes.begin(), result.remainder.planes.end());
    co_return out;
  });
}

OperatorRun RunFraction(const Input& x, const Input& y, unsigned fraction_bits, std::optional<Depth> depth) {
  return RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn fraction = co_await DivideFraction(ctx, in.at(0), in.at(1), fraction_bits, depth);
    co_return fraction.planes;
  });
}

OperatorRun RunRoot(const Input& x) {
  return RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn root = co_await SquareRoot(ctx, in.at(0));
    co_return root.planes;
  });
}

Number FromU128(U128 value) {
  return Number(static_cast<std::uint64_t>(value >> 64)) << 64 | static_cast<std::uint64_t>(value);
}

TEST(Multiply, MatchesIntegersUpToThreeHundredBits) {
  SeededRng rng(1);
  for (const auto& [a, b] : std::vector<std::pair<unsigned, unsigned>>{
           {1, 1}, {1, 9}, {2, 2}, {3, 5}, {8, 8}, {17, 4}, {32, 32}, {63, 64}, {100, 128}, {300, 150}}) {
    const Input x = RandomInput(5, a, rng), y = RandomInput(5, b, rng);
    for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
      const OperatorRun run = RunMultiply(x, y, depth);
      const Numbers got = run.Read(5);
      for (std::size_t i = 0; i < 5; ++i) ASSERT_EQ(got[i], x.values[i] * y.values[i]) << a << " x " << b;
      EXPECT_EQ(run.planes.size(), a + b);
      if (depth == Depth::kRipple) {
        EXPECT_LE(run.and_gates, 5 * 2 * a * b);
      } else {
        EXPECT_LE(run.and_gates, 5 * (2 * a * b + (a + b) * (2 + CeilLog2(a + b))));
        EXPECT_LE(static_cast<double>(run.rounds),
                  2 + std::log(std::min(a, b)) / std::log(1.5) + 1 + CeilLog2(a + b))
            << a << " " << b;
      }
    }
  }
}

TEST(Multiply, MatchesIntegersForEveryRowCount) {
  SeededRng rng(2);
  for (const std::size_t rows : kRows) {
    const Input x = RandomInput(rows, 7, rng), y = RandomInput(rows, 6, rng);
    const Numbers got = RunMultiply(x, y, std::nullopt).Read(rows);
    for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(got[i], x.values[i] * y.values[i]);
  }
}

TEST(Square, MatchesIntegersForLessThanMultiply) {
  SeededRng rng(3);
  for (const unsigned bits : {1u, 2u, 3u, 16u, 61u, 130u}) {
    const Input x = RandomInput(9, bits, rng);
    const OperatorRun run = RunSquare(x);
    const Numbers got = run.Read(9);
    for (std::size_t i = 0; i < 9; ++i) ASSERT_EQ(got[i], x.values[i] * x.values[i]);
    if (bits > 3)
      EXPECT_LT(run.and_gates, 0.65 * static_cast<double>(RunMultiply(x, x, std::nullopt).and_gates));
  }
}

TEST(MultiplyPublic, MatchesIntegersAlsoModuloSmallPowers) {
  SeededRng rng(4);
  const U128 all = ~U128{0};
  std::vector<U128> factors = {0, 1, 2, 3, 7, 10, 255, U128{1} << 127, all, all - 1, all / 3, 1'000'000};
  for (int i = 0; i < 6; ++i) factors.push_back(U128{rng.Word()} << 64 | rng.Word());
  for (const unsigned bits : {1u, 8u, 40u}) {
    const Input x = RandomInput(20, bits, rng);
    for (const U128 factor : factors) {
      for (const unsigned out_bits : {1u, 33u, 200u}) {
        const Numbers got = RunMultiplyPublic(x, factor, out_bits).Read(20);
        const Number modulus = Number(1) << out_bits;
        for (std::size_t i = 0; i < 20; ++i) ASSERT_EQ(got[i], x.values[i] * FromU128(factor) % modulus);
      }
    }
  }
}

TEST(MultiplyPublic, IsFreeForPowersOfTwo) {
  SeededRng rng(5);
  const Input x = RandomInput(20, 16, rng);
  for (const U128 factor : {U128{0}, U128{1}, U128{64}, U128{1} << 127}) {
    EXPECT_EQ(RunMultiplyPublic(x, factor, 150).and_gates, 0);
  }
}

TEST(Divide, MatchesIntegersUpToThreeHundredBits) {
  SeededRng rng(6);
  for (const auto& [a, b] : std::vector<std::pair<unsigned, unsigned>>{{1, 1},
                                                                       {1, 5},
                                                                       {5, 1},
                                                                       {2, 3},
                                                                       {8, 8},
                                                                       {20, 9},
                                                                       {9, 20},
                                                                       {64, 33},
                                                                       {128, 64},
                                                                       {300, 40},
                                                                       {70, 300}}) {
    const Input x = RandomInput(6, a, rng);
    Input y = RandomInput(6, b, rng);
    for (Number& value : y.values) value = value == 0 ? Number(1) : value;
    y.values[5] >>= b / 2;
    if (y.values[5] == 0) y.values[5] = 1;
    for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
      const OperatorRun run = RunDivide(x, y, depth);
      const Numbers quotient = run.Read(0, a, 6), remainder = run.Read(a, b, 6);
      for (std::size_t i = 0; i < 6; ++i) {
        ASSERT_EQ(quotient[i], x.values[i] / y.values[i]) << x.values[i] << " / " << y.values[i];
        ASSERT_EQ(remainder[i], x.values[i] % y.values[i]);
      }
      EXPECT_EQ(run.planes.size(), a + b);
      if (depth == Depth::kRipple) EXPECT_LE(run.and_gates, 6 * a * (2 * b + 1));
      if (depth == Depth::kLog) EXPECT_LE(run.rounds, a * (2 + CeilLog2(b + 1)));
    }
  }
}

TEST(Divide, ByZeroGivesAllOnesAndTheNumerator) {
  const OperatorRun run = RunDivide({{0, 77, 255}, 8}, {{0, 0, 0}, 4}, std::nullopt);
  EXPECT_EQ(run.Read(0, 8, 3), Numbers(3, 255));
  EXPECT_EQ(run.Read(8, 4, 3), (Numbers{0, 77 % 16, 15}));
}

TEST(Divide, CostDoesNotDependOnTheValues) {
  const OperatorRun zero = RunDivide({{0}, 20}, {{0}, 10}, std::nullopt);
  const OperatorRun some = RunDivide({{99999}, 20}, {{123}, 10}, std::nullopt);
  EXPECT_EQ(zero.and_gates, some.and_gates);
  EXPECT_EQ(zero.rounds, some.rounds);
}

TEST(DivideFraction, MatchesIntegers) {
  SeededRng rng(7);
  for (const unsigned bits : {1u, 2u, 9u, 32u, 64u, 130u}) {
    for (const unsigned fraction_bits : {1u, 2u, 20u, 70u}) {
      Input x = RandomInput(65, bits, rng), y = RandomInput(65, bits, rng);
      for (std::size_t i = 0; i < 65; ++i) {
        if (x.values[i] > y.values[i]) std::swap(x.values[i], y.values[i]);
        if (x.values[i] == y.values[i]) x.values[i] = 0, y.values[i] = 1;
      }
      for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
        const OperatorRun run = RunFraction(x, y, fraction_bits, depth);
        const Numbers got = run.Read(65);
        for (std::size_t i = 0; i < 65; ++i) {
          ASSERT_EQ(got[i], (x.values[i] << fraction_bits) / y.values[i])
              << x.values[i] << " / " << y.values[i];
        }
        if (depth == Depth::kLog) EXPECT_LE(run.rounds, fraction_bits * (2 + CeilLog2(bits + 1)));
      }
    }
  }
}

TEST(DivideFraction, SurvivesBrokenConditions) {
  const OperatorRun run = RunFraction({{5, 9, 1, 3}, 4}, {{0, 3, 2, 4}, 3}, 8, std::nullopt);
  EXPECT_EQ(run.planes.size(), 8u);
  const Numbers got = run.Read(4);
  EXPECT_EQ(got[2], 128);
  EXPECT_EQ(got[3], 192);
}

TEST(SquareRoot, MatchesIntegersUpToThreeHundredBits) {
  SeededRng rng(8);
  for (const unsigned bits : {1u, 2u, 3u, 4u, 5u, 8u, 15u, 32u, 63u, 64u, 127u, 300u}) {
    Input x = RandomInput(66, bits, rng);
    for (std::size_t i = 0; i + 1 < 66; i += 3) {
      const Number root = RandomNumber(bits / 2, rng);
      x.values[i] = root * root;
      x.values[i + 1] = root == 0 ? Number(0) : Number(root * root - 1);
    }
    const OperatorRun run = RunRoot(x);
    const Numbers got = run.Read(66);
    for (std::size_t i = 0; i < 66; ++i) ASSERT_EQ(got[i], sqrt(x.values[i])) << x.values[i];
    EXPECT_EQ(run.planes.size(), (bits + 1) / 2);
    EXPECT_LE(run.rounds, (bits + 1) / 2 * (2 + CeilLog2(bits / 2 + 3)));
  }
}

TEST(SquareRoot, MatchesEveryByte) {
  Input x{.values = {}, .bits = 8};
  for (int i = 0; i < 256; ++i) x.values.push_back(i);
  const Numbers got = RunRoot(x).Read(256);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], sqrt(Number(i)));
}

TEST(MultiplyDeathTest, RejectsUnequalRows) {
  EXPECT_DEATH(RunMultiply({{1, 2}, 4}, {{1}, 4}, std::nullopt), "rows");
}

TEST(MultiplyPublicDeathTest, RejectsAnEmptyResult) {
  EXPECT_DEATH(RunMultiplyPublic({{1}, 4}, 3, 0), "out_bits");
}

TEST(DivideDeathTest, RejectsADenominatorWithoutPlanes) {
  EXPECT_DEATH(RunDivide({{}, 4}, {{}, 0}, std::nullopt), "bits");
}

TEST(DivideFractionDeathTest, RejectsNoFractionBits) {
  EXPECT_DEATH(RunFraction({{1}, 4}, {{2}, 4}, 0, std::nullopt), "fraction_bits");
}

TEST(SquareRootDeathTest, RejectsAColumnWithoutPlanes) { EXPECT_DEATH(RunRoot({{}, 0}), "bits"); }

}  // namespace
}  // namespace mpcstats
