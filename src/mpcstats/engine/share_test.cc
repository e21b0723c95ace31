#include "mpcstats/engine/share.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Values = std::vector<std::uint64_t>;

Values RandomValues(std::size_t rows, unsigned bits, Rng& rng) {
  Values values(rows);
  for (auto& value : values) value = bits == 64 ? rng.Word() : rng.Word() & ((std::uint64_t{1} << bits) - 1);
  return values;
}

TEST(PlanesOf, IsUndoneByValuesOf) {
  for (const std::size_t rows : {0u, 1u, 63u, 64u, 65u, 1000u}) {
    for (const unsigned bits : {1u, 7u, 33u, 63u, 64u}) {
      SeededRng rng(rows + bits);
      const Values values = RandomValues(rows, bits, rng);
      const auto planes = PlanesOf(values, bits);
      std::vector<Values> split(bits);
      for (unsigned p = 0; p < bits; ++p) {
        split[p].assign(planes.data() + p * WordsFor(rows), planes.data() + (p + 1) * WordsFor(rows));
      }
      EXPECT_EQ(ValuesOf(split, rows), values);
    }
  }
}

TEST(PlanesOf, DropsBitsAboveTheWidth) {
  const Values values = {0xffffffffffffffffu, 0x10};
  const auto planes = PlanesOf(values, 4);
  EXPECT_EQ(planes.size(), 4u);
  for (unsigned p = 0; p < 4; ++p) EXPECT_EQ(planes[p], 1u);
}

TEST(PlanesOfDeathTest, TakesNoMoreThanSixtyFourBits) {
  const Values values = {1};
  EXPECT_DEATH((void)PlanesOf(values, 65), "bits <= 64");
}

TEST(ShareBits, AddsUpWithZeroPaddingInEveryComponent) {
  for (const std::size_t rows : {1u, 63u, 64u, 65u, 1000u}) {
    for (const unsigned bits : {1u, 20u, 64u}) {
      SeededRng rng(rows * bits);
      const Values values = RandomValues(rows, bits, rng);
      const auto shares = ShareBits(values, bits, rng);
      std::vector<Values> planes;
      for (unsigned p = 0; p < bits; ++p) {
        const auto words = WordsOf({shares[0].planes[p], shares[1].planes[p], shares[2].planes[p]});
        ASSERT_TRUE(words);
        planes.push_back(*words);
        for (const auto& share : shares) {
          EXPECT_EQ(share.planes[p].own()[WordsFor(rows) - 1] & ~TailMask(rows), 0u);
        }
      }
      EXPECT_EQ(ValuesOf(planes, rows), values);
    }
  }
}

TEST(ShareBits, GivesEachPartyBitsThatDoNotDependOnTheValues) {
  // The two components of one party, as a number of two bits, over many sharings of the same bit.
  const std::size_t trials = ScaledTrials(40000);
  for (const std::uint64_t bit : {0u, 1u}) {
    SeededRng rng(bit + 10);
    std::array<std::array<std::size_t, 4>, 3> counts{};
    const Values values(trials, bit);
    const auto shares = ShareBits(values, 1, rng);
    for (unsigned i = 0; i < 3; ++i) {
      const BitPlane& plane = shares[i].planes[0];
      for (std::size_t r = 0; r < trials; ++r) {
        ++counts[i][(plane.own()[r / 64] >> (r % 64) & 1) + 2 * (plane.next()[r / 64] >> (r % 64) & 1)];
      }
      EXPECT_LT(ChiSquare(counts[i]), ChiSquareLimit(3)) << "bit " << bit << " party " << i;
    }
  }
}

TEST(ShareElements, AddsUpAndAgreesBetweenHolders) {
  SeededRng rng(3);
  std::vector<Fp127> values = {Fp127::Zero(), Fp127::One(), -Fp127::One(), Fp127::FromU64(~std::uint64_t{0})};
  const auto shares = ShareElements(values, rng);
  for (std::size_t r = 0; r < values.size(); ++r) {
    Fp127 sum = Fp127::Zero();
    for (unsigned i = 0; i < 3; ++i) {
      sum += shares[i].own()[r];
      EXPECT_EQ(shares[i].next()[r], shares[(i + 1) % 3].own()[r]);
    }
    EXPECT_EQ(sum, values[r]);
  }
}

TEST(ShareElements, TakesNoRows) {
  SeededRng rng(4);
  for (const auto& share : ShareElements({}, rng)) EXPECT_EQ(share.rows(), 0u);
}

TEST(ShareElements, DiffersFromRunToRun) {
  SeededRng rng(5);
  const std::vector<Fp127> values(1, Fp127::One());
  const auto first = ShareElements(values, rng);
  const auto second = ShareElements(values, rng);
  for (unsigned i = 0; i < 3; ++i) EXPECT_FALSE(first[i].own()[0] == second[i].own()[0]);
}

}  // namespace
}  // namespace mpcstats
