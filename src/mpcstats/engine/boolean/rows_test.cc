#include "mpcstats/engine/boolean/rows.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

// Row i holds bit 0 of i in the own component and bit 1 of i in the next one.
BitPlane Counting(std::size_t rows) {
  PlaneWriter writer(1, rows);
  for (std::size_t w = 0; w < WordsFor(rows); ++w) writer.own(0)[w] = writer.next(0)[w] = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    writer.own(0)[i / 64] |= std::uint64_t{i & 1} << (i % 64);
    writer.next(0)[i / 64] |= std::uint64_t{i >> 1 & 1} << (i % 64);
  }
  return std::move(writer).Take()[0];
}

void ExpectRows(const BitPlane& plane, std::size_t first, std::size_t from_source) {
  for (std::size_t i = 0; i < plane.words() * 64; ++i) {
    const std::size_t source = first + i;
    const bool kept = i < from_source;
    EXPECT_EQ(plane.own()[i / 64] >> (i % 64) & 1, kept ? source & 1 : 0) << i;
    EXPECT_EQ(plane.next()[i / 64] >> (i % 64) & 1, kept ? source >> 1 & 1 : 0) << i;
  }
}

TEST(FoldRows, LaysTheRowsAboveAPowerOfTwoOverTheLower) {
  for (const std::size_t rows : {2u, 3u, 63u, 64u, 65u, 127u, 128u, 129u, 1000u, 4097u}) {
    const FoldedRows fold = FoldRows(Counting(rows));
    const std::size_t half = fold.lower_half.rows();
    EXPECT_EQ(half + fold.high.rows(), rows);
    EXPECT_EQ(fold.low.rows(), fold.high.rows());
    EXPECT_LE(fold.high.rows(), half);
    ExpectRows(fold.lower_half, 0, half);
    ExpectRows(fold.low, 0, rows - half);
    ExpectRows(fold.high, half, rows - half);
  }
}

TEST(ExtendRows, AddsZeroRows) {
  for (const std::size_t rows : {0u, 1u, 64u, 65u}) {
    for (const std::size_t more : {0u, 1u, 63u, 64u, 200u}) {
      const BitPlane longer = ExtendRows(Counting(rows), rows + more);
      EXPECT_EQ(longer.rows(), rows + more);
      ExpectRows(longer, 0, rows);
    }
  }
}

TEST(FoldRowsDeathTest, RejectsASingleRow) { EXPECT_DEATH(static_cast<void>(FoldRows(Zero(1))), "rows"); }

TEST(ExtendRowsDeathTest, RejectsFewerRows) {
  EXPECT_DEATH(static_cast<void>(ExtendRows(Zero(3), 2)), "rows");
}

}  // namespace
}  // namespace mpcstats
