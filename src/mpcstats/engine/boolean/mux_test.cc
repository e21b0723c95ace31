#include "mpcstats/engine/boolean/mux.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

OperatorRun RunMux(const Input& selector, const Input& one, const Input& zero) {
  return RunOperator({selector, one, zero}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    BitColumn chosen = co_await Mux(ctx, in.at(0).planes.at(0), in.at(1), in.at(2));
    co_return chosen.planes;
  });
}

TEST(Mux, ChoosesRowByRowInOneRound) {
  SeededRng rng(1);
  for (const unsigned bits : {1u, 7u, 64u}) {
    for (const std::size_t rows : kRows) {
      const Input s = RandomInput(rows, 1, rng), one = RandomInput(rows, bits, rng),
                  zero = RandomInput(rows, bits, rng);
      const OperatorRun run = RunMux(s, one, zero);
      const Numbers got = run.Read(rows);
      for (std::size_t i = 0; i < rows; ++i)
        ASSERT_EQ(got[i], s.values[i] == 1 ? one.values[i] : zero.values[i]);
      EXPECT_EQ(run.and_gates, bits * rows);
      EXPECT_EQ(run.rounds, rows == 0 ? 0 : 1);
    }
  }
}

TEST(Mux, TakesOneSelectorForAllRows) {
  SeededRng rng(2);
  const Input one = RandomInput(100, 5, rng), zero = RandomInput(100, 5, rng);
  EXPECT_EQ(RunMux({{1}, 1}, one, zero).Read(100), one.values);
  EXPECT_EQ(RunMux({{0}, 1}, one, zero).Read(100), zero.values);
}

TEST(Mux, ChoosesSinglePlanes) {
  SeededRng rng(3);
  const Input s = RandomInput(70, 1, rng), one = RandomInput(70, 1, rng), zero = RandomInput(70, 1, rng);
  const OperatorRun run =
      RunOperator({s, one, zero}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
        BitPlane chosen =
            co_await Mux(ctx, in.at(0).planes.at(0), in.at(1).planes.at(0), in.at(2).planes.at(0));
        co_return BitPlanes(1, chosen);
      });
  const Numbers got = run.Read(70);
  for (std::size_t i = 0; i < 70; ++i) EXPECT_EQ(got[i], s.values[i] == 1 ? one.values[i] : zero.values[i]);
}

TEST(ZeroUnless, ClearsRows) {
  SeededRng rng(4);
  for (const std::size_t selectors : {1u, 130u}) {
    const Input s = RandomInput(selectors, 1, rng), x = RandomInput(130, 9, rng);
    const OperatorRun run = RunOperator({s, x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitColumn out = co_await ZeroUnless(ctx, in.at(0).planes.at(0), in.at(1));
      co_return out.planes;
    });
    const Numbers got = run.Read(130);
    for (std::size_t i = 0; i < 130; ++i) EXPECT_EQ(got[i], s.values[i % selectors] == 1 ? x.values[i] : 0);
    EXPECT_EQ(run.and_gates, 130 * 9);
  }
}

TEST(MuxDeathTest, RejectsUnequalWidths) {
  SeededRng rng(5);
  EXPECT_DEATH(RunMux(RandomInput(3, 1, rng), RandomInput(3, 4, rng), RandomInput(3, 5, rng)), "size");
}

TEST(MuxDeathTest, RejectsASelectorOfOtherRows) {
  SeededRng rng(6);
  EXPECT_DEATH(RunMux(RandomInput(2, 1, rng), RandomInput(3, 4, rng), RandomInput(3, 4, rng)), "rows");
}

}  // namespace
}  // namespace mpcstats
