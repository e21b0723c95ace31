#include "mpcstats/engine/boolean/scan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

/// Sorted values with long and short runs.
Input Runs(std::size_t rows, unsigned bits, std::uint64_t seed) {
  SeededRng rng(seed);
  Input input{.values = {}, .bits = bits};
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < rows; ++i) values.push_back(rng.Word() % 7 % (std::uint64_t{1} << bits));
  std::sort(values.begin(), values.end());
  for (const std::uint64_t value : values) input.values.emplace_back(value);
  return input;
}

constexpr std::size_t kSizes[] = {1, 2, 3, 5, 63, 64, 65, 127, 128, 129, 200};

TEST(Rows, EvenAndOddRowsInterleaveToTheWhole) {
  SeededRng rng(1);
  for (const std::size_t rows : kSizes) {
    const Input x = RandomInput(rows, 1, rng);
    const OperatorRun run = RunOperator({x}, [](Ctx&, std::vector<BitColumn> in) -> Task<BitPlanes> {
      const BitPlane plane = in.at(0).planes.at(0);
      BitPlanes out(1, Interleave(EvenRows(plane), OddRows(plane)));
      out.push_back(Reversed(plane));
      out.push_back(MovedDown(plane));
      co_return out;
    });
    const Numbers whole = run.Read(0, 1, rows), reversed = run.Read(1, 1, rows), moved = run.Read(2, 1, rows);
    for (std::size_t r = 0; r < rows; ++r) {
      ASSERT_EQ(whole[r], x.values[r]) << rows;
      ASSERT_EQ(reversed[r], x.values[rows - 1 - r]) << rows;
      ASSERT_EQ(moved[r], r == 0 ? Number(0) : x.values[r - 1]) << rows;
    }
  }
}

TEST(LastMarked, NamesTheNearestMarkAboveOrNone) {
  SeededRng rng(2);
  for (const std::size_t rows : kSizes) {
    Input marks{.values = {}, .bits = 1};
    for (std::size_t r = 0; r < rows; ++r) marks.values.emplace_back(rng.Word() % 5 == 0 ? 1 : 0);
    const OperatorRun run = RunOperator({marks}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitColumn last = co_await LastMarked(ctx, in.at(0).planes.at(0));
      co_return last.planes;
    });
    const Numbers got = run.Read(rows);
    Number last = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      if (marks.values[r] == 1) last = r;
      ASSERT_EQ(got[r], last) << rows << " rows, row " << r;
    }
  }
}

TEST(LastMarkedValue, IsTheValueOfTheNearestMarkedRowBefore) {
  SeededRng rng(7);
  for (const std::size_t rows : kSizes) {
    const Input marks = RandomInput(rows, 1, rng);
    const Input values = RandomInput(rows, 9, rng);
    const OperatorRun run =
        RunOperator({marks, values}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
          BitColumn copied = co_await LastMarkedValue(ctx, in.at(0).planes.at(0), in.at(1));
          co_return copied.planes;
        });
    const Numbers got = run.Read(rows);
    std::size_t last = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      if (marks.values[r] != 0) last = r;
      ASSERT_EQ(got[r], values.values[last]) << rows << " rows, row " << r;
    }
  }
}

TEST(DoubleRanks, AreTheMeanRanksOfTiedValues) {
  for (const std::size_t rows : kSizes) {
    const Input x = Runs(rows, 3, rows);
    const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitPlane starts = co_await RunStarts(ctx, in.at(0));
      BitColumn ranks = co_await DoubleRanks(ctx, std::move(starts));
      co_return ranks.planes;
    });
    const Numbers got = run.Read(rows);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto [low, high] = std::equal_range(x.values.begin(), x.values.end(), x.values[r]);
      ASSERT_EQ(got[r], (low - x.values.begin()) + 1 + (high - x.values.begin())) << rows;
    }
  }
}

TEST(ValueOfLongestRun, IsTheFirstOfTheMostFrequentValues) {
  for (const std::size_t rows : kSizes) {
    for (const unsigned bits : {1u, 3u, 60u}) {
      const Input x = Runs(rows, bits, rows * 100 + bits);
      const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
        BitColumn value = co_await ValueOfLongestRun(ctx, in.at(0));
        co_return value.planes;
      });
      std::ptrdiff_t most = 0;
      Number want = 0;
      for (const Number& value : x.values) {
        const auto count = std::count(x.values.begin(), x.values.end(), value);
        if (count > most) {
          most = count;
          want = value;
        }
      }
      EXPECT_EQ(run.Read(1)[0], want) << rows << " rows of " << bits << " bits";
    }
  }
}

}  // namespace
}  // namespace mpcstats
