#include "mpcstats/engine/boolean/lookup.h"

#include <gtest/gtest.h>

#include "mpcstats/engine/boolean/testing.h"

namespace mpcstats {
namespace {

using namespace boolean_testing;

TEST(OneHot, HasOnePlaneForEachIndexAtTheStatedCost) {
  SeededRng rng(1);
  for (const unsigned k : {1u, 2u, 3u, 5u, 8u}) {
    const Input x = RandomInput(70, k, rng);
    const OperatorRun run = RunOperator({x}, [](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      BitPlanes planes = co_await OneHot(ctx, in.at(0));
      co_return planes;
    });
    ASSERT_EQ(run.planes.size(), std::size_t{1} << k);
    const Numbers got = run.Read(70);
    for (std::size_t r = 0; r < 70; ++r) {
      ASSERT_EQ(got[r], Number(1) << static_cast<unsigned>(x.values[r])) << k << " bits";
    }
    EXPECT_EQ(run.and_gates, 70 * ((std::size_t{1} << k) - k - 1));
  }
}

TEST(Lookup, ReadsAPublicTable) {
  SeededRng rng(2);
  const Input x = RandomInput(130, 4, rng);
  std::vector<std::uint64_t> table;
  for (std::size_t i = 0; i < 16; ++i) table.push_back(rng.Word());
  const OperatorRun run = RunOperator({x}, [&](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
    const BitPlanes planes = co_await OneHot(ctx, in.at(0));
    co_return Lookup(planes, table, 64).planes;
  });
  const Numbers got = run.Read(130);
  for (std::size_t r = 0; r < 130; ++r)
    EXPECT_EQ(got[r], Number(table[static_cast<std::size_t>(x.values[r])]));
}

TEST(ToScientific, FindsTheLeadingOneAndTheDigitsBehindIt) {
  SeededRng rng(3);
  constexpr unsigned kDigits = 6;
  for (const unsigned bits : {1u, 2u, 7u, 20u, 60u}) {
    Input x = RandomInput(50, bits, rng);
    x.values[3] = 1;
    const OperatorRun run = RunOperator({x}, [&](Ctx& ctx, std::vector<BitColumn> in) -> Task<BitPlanes> {
      const Scientific number = co_await ToScientific(ctx, in.at(0), kDigits);
      BitPlanes out = number.fraction.planes;
      for (const BitColumn& part : {SelectPlanes(number.exponent, 0, 6), SelectPlanes(number.places, 0, 6)}) {
        out.insert(out.end(), part.planes.begin(), part.planes.end());
      }
      out.push_back(number.nonzero);
      co_return out;
    });
    const Numbers fraction = run.Read(0, kDigits, 50), exponent = run.Read(kDigits, 6, 50),
                  places = run.Read(kDigits + 6, 6, 50), nonzero = run.Read(kDigits + 12, 1, 50);
    for (std::size_t r = 0; r < 50; ++r) {
      const Number& value = x.values[r];
      EXPECT_EQ(nonzero[r], value == 0 ? 0 : 1);
      const unsigned top = value == 0 ? 0 : static_cast<unsigned>(msb(value));
      EXPECT_EQ(exponent[r], top);
      EXPECT_EQ(places[r], value == 0 ? 0 : bits - 1 - top);
      const Number digits = (value << kDigits >> top) & ((1 << kDigits) - 1);
      EXPECT_EQ(fraction[r], value == 0 ? Number(0) : digits) << value << " of " << bits << " bits";
    }
  }
}

}  // namespace
}  // namespace mpcstats
