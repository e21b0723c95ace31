#include "mpcstats/stats/mean_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace mpcstats {
namespace {

// Both ends of every unit in which a mantissa may lie: the functions are monotone, so nothing between is further off.
template <typename F>
double LargestError(F&& error) {
  double largest = 0;
  for (std::uint64_t i = 0; i < 256; ++i) {
    for (std::uint64_t r = 0; r < (std::uint64_t{1} << kInnerBits); ++r) {
      const double low =
          1 + std::ldexp(static_cast<double>((i << kInnerBits) + r), -static_cast<int>(kMantissaDigits));
      for (const double m : {low, low + 0x1p-20}) largest = std::max(largest, std::abs(error(i, r, m)));
    }
  }
  return largest;
}

TEST(LogTable, IsWithinItsErrorForEveryMantissa) {
  const PieceTable& table = LogTable();
  const double largest = LargestError([&](std::uint64_t i, std::uint64_t r, double m) {
    const double log = std::ldexp(static_cast<double>(table.start.at(i)), -24) +
                       std::ldexp(static_cast<double>(table.slope.at(i) * r), -31);
    return log - std::log2(m);
  });
  EXPECT_LE(largest, kLogError);
  EXPECT_GE(largest, kLogError / 2) << "the bound could be better";
}

TEST(ReciprocalTable, IsWithinItsErrorForEveryMantissa) {
  const PieceTable& table = ReciprocalTable();
  const double largest = LargestError([&](std::uint64_t i, std::uint64_t r, double m) {
    const std::uint64_t units = table.start.at(i) - (table.slope.at(i) * r >> 9);
    return std::ldexp(static_cast<double>(units), -22) * m - 1;
  });
  EXPECT_LE(largest, kReciprocalError);
  EXPECT_GE(largest, kReciprocalError / 2) << "the bound could be better";
}

TEST(PieceTables, FitTheirPlanes) {
  for (std::size_t i = 0; i < 256; ++i) {
    for (const PieceTable* table : {&LogTable(), &ReciprocalTable()}) {
      EXPECT_LT(table->start.at(i), std::uint64_t{1} << kStartBits);
      EXPECT_LT(table->slope.at(i), std::uint64_t{1} << kSlopeBits);
    }
    EXPECT_LT(ReciprocalTable().start.at(i), std::uint64_t{1} << 23);
    // What is taken off inside a piece leaves a positive number.
    EXPECT_GT(ReciprocalTable().start.at(i), ReciprocalTable().slope.at(i) * 4095 >> 9);
  }
}

}  // namespace
}  // namespace mpcstats
