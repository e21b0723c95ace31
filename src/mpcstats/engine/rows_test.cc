#include "mpcstats/engine/rows.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Values = std::vector<std::uint64_t>;

// Low planes of `low`, then the planes of `high`.
std::array<BitColumn, 3> Wide(const Values& low, const Values& high, unsigned bits, Rng& rng) {
  auto columns = ShareBits(low, std::min(bits, 64u), rng);
  if (bits > 64) {
    const auto more = ShareBits(high, bits - 64, rng);
    for (unsigned i = 0; i < 3; ++i) {
      columns[i].planes.insert(columns[i].planes.end(), more[i].planes.begin(), more[i].planes.end());
    }
  }
  return columns;
}

std::uint64_t Masked(std::uint64_t value, unsigned bits) {
  return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

TEST(Rows, HoldTheBitsOfEachRowInWords) {
  for (const std::size_t rows : {1u, 2u, 63u, 64u, 65u, 200u}) {
    for (const unsigned bits : {1u, 2u, 63u, 64u, 65u, 100u, 128u}) {
      SeededRng rng(rows * 131 + bits);
      Values low(rows), high(rows);
      for (std::size_t r = 0; r < rows; ++r) {
        low[r] = Masked(rng.Word(), std::min(bits, 64u));
        high[r] = bits > 64 ? Masked(rng.Word(), bits - 64) : 0;
      }
      const auto columns = Wide(low, high, bits, rng);
      Values got_low(rows, 0), got_high(rows, 0);
      for (unsigned i = 0; i < 3; ++i) {
        const SharedRows table = RowsOf(columns[i]);
        ASSERT_EQ(table.words.size(), (bits + 63) / 64);
        ASSERT_EQ(table.rows(), rows);
        for (std::size_t r = 0; r < rows; ++r) {
          got_low[r] ^= table.words[0].own()[r].bits();
          if (bits > 64) got_high[r] ^= table.words[1].own()[r].bits();
        }
      }
      EXPECT_EQ(got_low, low) << rows << " " << bits;
      EXPECT_EQ(got_high, high) << rows << " " << bits;
    }
  }
}

TEST(Rows, ComeBackAsTheSamePlanesWithZeroPadding) {
  for (const std::size_t rows : {1u, 63u, 64u, 65u, 200u}) {
    for (const unsigned bits : {1u, 64u, 65u, 128u}) {
      SeededRng rng(rows + bits);
      Values low(rows), high(rows);
      for (auto& value : low) value = Masked(rng.Word(), std::min(bits, 64u));
      for (auto& value : high) value = bits > 64 ? Masked(rng.Word(), bits - 64) : 0;
      const auto columns = Wide(low, high, bits, rng);
      std::array<BitColumn, 3> back;
      for (unsigned i = 0; i < 3; ++i) back[i] = PlanesOfRows(RowsOf(columns[i]), bits);
      for (unsigned b = 0; b < bits; ++b) {
        const auto words = WordsOf({back[0].planes[b], back[1].planes[b], back[2].planes[b]});
        const auto want = WordsOf({columns[0].planes[b], columns[1].planes[b], columns[2].planes[b]});
        ASSERT_TRUE(words && want);
        EXPECT_EQ(*words, *want);
        EXPECT_EQ(words->back() & ~TailMask(rows), 0u);
      }
    }
  }
}

TEST(Rows, GiveFewerPlanesWhenFewerAreAskedFor) {
  SeededRng rng(7);
  const Values values = {0xff, 0x0f, 0xf0};
  const auto columns = ShareBits(values, 8, rng);
  std::array<BitColumn, 3> back;
  for (unsigned i = 0; i < 3; ++i) back[i] = PlanesOfRows(RowsOf(columns[i]), 5);
  EXPECT_EQ(back[0].bits(), 5u);
  const auto words = WordsOf({back[0].planes[4], back[1].planes[4], back[2].planes[4]});
  EXPECT_EQ(words, (Values{0b101}));
}

TEST(Rows, AreNoneForNoRows) {
  BitColumn column;
  column.planes.assign(3, Zero(0));
  const SharedRows table = RowsOf(column);
  EXPECT_EQ(table.rows(), 0u);
  EXPECT_EQ(PlanesOfRows(table, 3).rows(), 0u);
  EXPECT_EQ(SharedRows().rows(), 0u);
}

}  // namespace
}  // namespace mpcstats
