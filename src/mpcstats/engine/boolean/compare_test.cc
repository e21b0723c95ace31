#include "mpcstats/engine/boolean/compare.h"

#include <gtest/gtest.h>

#include <bit>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;
using U128 = unsigned __int128;

OperatorRun RunLess(const Input& x, const Input& y, std::optional<Depth> depth) {
  return RunOperator({x, y}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitPlane less = co_await LessThan(ctx, in.at(0), in.at(1), depth);
    co_return BitPlanes(1, less);
  });
}

OperatorRun RunLessPublic(const Input& x, U128 value, std::optional<Depth> depth) {
  return RunOperator({x}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitPlane less = co_await LessThanPublic(ctx, in.at(0), value, depth);
    co_return BitPlanes(1, less);
  });
}

OperatorRun RunEqual(const Input& x, const Input& y) {
  return RunOperator({x, y}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitPlane equal = co_await Equal(ctx, in.at(0), in.at(1));
    co_return BitPlanes(1, equal);
  });
}

// Neighbours and equal numbers, which random ones hardly ever are.
Input CloseTo(const Input& x, Rng& rng) {
  Input y = x;
  for (Number& value : y.values) {
    const std::uint64_t pick = rng.Word() % 4;
    if (pick == 0) value = RandomNumber(x.bits, rng);
    if (pick == 1) value ^= Number(1) << static_cast<unsigned>(rng.Word() % x.bits);
  }
  return y;
}

TEST(LessThan, MatchesIntegersForEveryWidth) {
  SeededRng rng(1);
  for (unsigned bits = 1; bits <= 64; ++bits) {
    const Input x = RandomInput(70, bits, rng), y = CloseTo(x, rng);
    for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
      const OperatorRun run = RunLess(x, y, depth);
      const Numbers got = run.Read(70);
      for (std::size_t i = 0; i < 70; ++i) ASSERT_EQ(got[i], x.values[i] < y.values[i] ? 1 : 0) << bits;
      if (depth == Depth::kRipple) {
        EXPECT_EQ(run.and_gates, 70 * bits);
        EXPECT_EQ(run.rounds, bits);
      } else {
        EXPECT_LE(run.and_gates, 70 * (3 * bits - 2));
        EXPECT_EQ(run.rounds, 1 + CeilLog2(bits));
        if (std::has_single_bit(bits)) EXPECT_EQ(run.and_gates, 70 * (3 * bits - 2 - CeilLog2(bits)));
      }
    }
  }
}

TEST(LessThan, MatchesIntegersForEveryRowCount) {
  SeededRng rng(2);
  for (const std::size_t rows : kRows) {
    const Input x = RandomInput(rows, 11, rng), y = CloseTo(x, rng);
    const Numbers got = RunLess(x, y, std::nullopt).Read(rows);
    for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(got[i], x.values[i] < y.values[i] ? 1 : 0);
  }
}

TEST(LessThanPublic, MatchesIntegersAndSkipsTrailingZeros) {
  SeededRng rng(3);
  for (const unsigned bits : {1u, 2u, 3u, 8u, 17u, 32u, 63u, 64u}) {
    std::vector<std::uint64_t> values = {
        0, 1, 2, 3, TailMask(bits), TailMask(bits) - 1, std::uint64_t{1} << (bits - 1)};
    for (int j = 0; j < 12; ++j) values.push_back((rng.Word() & TailMask(bits)) >> (j % bits) << (j % bits));
    for (const std::uint64_t value : values) {
      if (bits < 64 && value >> bits != 0) continue;
      Input x = RandomInput(66, bits, rng);
      x.values[0] = value;
      x.values[1] = value == 0 ? 0 : value - 1;
      for (const Depth depth : {Depth::kRipple, Depth::kLog}) {
        const OperatorRun run = RunLessPublic(x, value, depth);
        const Numbers got = run.Read(66);
        for (std::size_t i = 0; i < 66; ++i) {
          ASSERT_EQ(got[i], x.values[i] < value ? 1 : 0) << x.values[i] << " < " << value;
        }
        const unsigned gates = value == 0 ? 0 : bits - 1 - static_cast<unsigned>(std::countr_zero(value));
        if (depth == Depth::kRipple) {
          EXPECT_EQ(run.and_gates, 66 * gates);
          EXPECT_EQ(run.rounds, gates);
        } else {
          EXPECT_LE(run.and_gates, 66 * 2 * gates);
          EXPECT_EQ(run.rounds, value == 0 ? 0 : CeilLog2(gates + 1));
        }
      }
    }
  }
}

TEST(LessThanPublic, IsFreeForValuesOutOfReach) {
  SeededRng rng(4);
  const Input x = RandomInput(65, 8, rng);
  for (const U128 value : {U128{256}, U128{1} << 100}) {
    const OperatorRun run = RunLessPublic(x, value, std::nullopt);
    EXPECT_EQ(run.and_gates, 0);
    EXPECT_EQ(run.Read(65), Numbers(65, 1));
  }
  EXPECT_EQ(RunLessPublic(x, 0, std::nullopt).Read(65), Numbers(65, 0));
}

TEST(LessThanPublic, TakesColumnsWiderThanThePublicValue) {
  SeededRng rng(5);
  const Input x = RandomInput(40, 200, rng);
  const Numbers got = RunLessPublic(x, U128{1} << 127, std::nullopt).Read(40);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(got[i], x.values[i] < (Number(1) << 127) ? 1 : 0);
}

TEST(GreaterOrEqualPublic, IsTheComplement) {
  SeededRng rng(6);
  for (const std::size_t rows : kRows) {
    const Input x = RandomInput(rows, 7, rng);
    const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitPlane bit = co_await GreaterOrEqualPublic(ctx, in.at(0), 77);
      co_return BitPlanes(1, bit);
    });
    const Numbers got = run.Read(rows);
    for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(got[i], x.values[i] >= 77 ? 1 : 0);
  }
}

TEST(Equal, CostsOneAndLessThanBits) {
  SeededRng rng(7);
  for (const unsigned bits : {1u, 2u, 5u, 32u, 63u, 64u}) {
    for (const std::size_t rows : kRows) {
      const Input x = RandomInput(rows, bits, rng), y = CloseTo(x, rng);
      const OperatorRun run = RunEqual(x, y);
      const Numbers got = run.Read(rows);
      for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(got[i], x.values[i] == y.values[i] ? 1 : 0);
      EXPECT_EQ(run.and_gates, (bits - 1) * rows);
      EXPECT_EQ(run.rounds, rows == 0 ? 0 : CeilLog2(bits));
    }
  }
}

TEST(EqualPublic, MatchesIntegersAlsoOutOfReach) {
  SeededRng rng(8);
  const Input x = RandomInput(100, 5, rng);
  for (const U128 value : {U128{0}, U128{31}, U128{12}, U128{32}, U128{1} << 90}) {
    const OperatorRun run = RunOperator({x}, [=](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitPlane bit = co_await EqualPublic(ctx, in.at(0), value);
      BitPlane zero = co_await IsZero(ctx, in.at(0));
      BitPlanes out(1, bit);
      out.push_back(zero);
      co_return out;
    });
    const Numbers got = run.Read(0, 1, 100), zero = run.Read(1, 1, 100);
    for (std::size_t i = 0; i < 100; ++i) {
      EXPECT_EQ(got[i], value < 32 && x.values[i] == static_cast<unsigned>(value) ? 1 : 0);
      EXPECT_EQ(zero[i], x.values[i] == 0 ? 1 : 0);
    }
  }
}

TEST(Or, JoinsPlanes) {
  SeededRng rng(9);
  const Input x = RandomInput(130, 9, rng), y = RandomInput(130, 9, rng);
  const OperatorRun run = RunOperator({x, y}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitPlanes out = co_await Or(ctx, in.at(0).planes, in.at(1).planes);
    BitPlane first = co_await Or(ctx, in.at(0).planes.at(0), in.at(1).planes.at(0));
    BitPlane any = co_await AnyOf(ctx, in.at(0).planes);
    BitPlane all = co_await AllOf(ctx, in.at(0).planes);
    out.push_back(first);
    out.push_back(any);
    out.push_back(all);
    co_return out;
  });
  const Numbers both = run.Read(0, 9, 130), first = run.Read(9, 1, 130), any = run.Read(10, 1, 130),
                all = run.Read(11, 1, 130);
  for (std::size_t i = 0; i < 130; ++i) {
    EXPECT_EQ(both[i], x.values[i] | y.values[i]);
    EXPECT_EQ(first[i], (x.values[i] | y.values[i]) & 1);
    EXPECT_EQ(any[i], x.values[i] != 0 ? 1 : 0);
    EXPECT_EQ(all[i], x.values[i] == 511 ? 1 : 0);
  }
}

TEST(AnyRow, FindsASingleOneAndCostsOneAndLessThanRows) {
  SeededRng rng(10);
  for (const std::size_t rows : kRows) {
    for (const std::size_t one : {std::size_t{0}, rows / 2, rows - 1, rows}) {
      Input x{.values = Numbers(rows, 0), .bits = 1};
      if (one < rows) x.values[one] = 1;
      const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
        BitPlane any = co_await AnyRow(ctx, in.at(0).planes.at(0));
        co_return BitPlanes(1, any);
      });
      EXPECT_EQ(run.Read(1)[0], one < rows ? 1 : 0) << rows << " " << one;
      EXPECT_EQ(run.and_gates, rows == 0 ? 0 : rows - 1);
      EXPECT_EQ(run.rounds, rows == 0 ? 0 : CeilLog2(rows));
    }
  }
}

TEST(LessThanDeathTest, RejectsUnequalWidths) {
  SeededRng rng(11);
  EXPECT_DEATH(RunLess(RandomInput(3, 4, rng), RandomInput(3, 5, rng), std::nullopt), "bits");
}

TEST(LessThanDeathTest, RejectsUnequalRows) {
  SeededRng rng(12);
  EXPECT_DEATH(RunLess(RandomInput(3, 4, rng), RandomInput(2, 4, rng), std::nullopt), "rows");
}

TEST(EqualDeathTest, RejectsUnequalWidths) {
  SeededRng rng(13);
  EXPECT_DEATH(RunEqual(RandomInput(3, 4, rng), RandomInput(3, 5, rng)), "bits");
}

TEST(AllOfDeathTest, RejectsNoPlanes) {
  EXPECT_DEATH(RunOperator({},
                           [](Ctx& ctx, std::vector<BitColumn>) -> Task<BitPlanes> {
                             BitPlane all = co_await AllOf(ctx, BitPlanes());
                             co_return BitPlanes(1, all);
                           }),
               "empty");
}

}  // namespace
}  // namespace mpcstats
