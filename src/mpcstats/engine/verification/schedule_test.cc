#include "mpcstats/engine/verification/schedule.h"

#include <gtest/gtest.h>

#include <bit>

namespace mpcstats {
namespace {

constexpr std::size_t kLargestGroups = (std::size_t{1} << 26) / 64 / 64;

constexpr FoldSchedule PackedSchedule(std::size_t groups) { return MakeSchedule(2 * groups * 64, 64); }

// Elements of the unpacked vectors that the levels behind the packed one take in.
constexpr std::size_t Capacity(const FoldSchedule& s, bool packed) {
  std::size_t capacity = s.last;
  for (std::size_t i = packed ? 1 : 0; i < s.folds; ++i) capacity *= s.factor[i];
  return capacity;
}

static_assert(MakeSchedule(0, 0).last == 2);
static_assert(MakeSchedule(128, 0).levels() == 1);
static_assert(MakeSchedule(129, 0).levels() == 2);
static_assert(PackedSchedule(1).levels() == 2 && PackedSchedule(1).rounds() == 6);
static_assert(PackedSchedule(kLargestGroups).rounds() == 12);
static_assert(SoundnessBits(PackedSchedule(kLargestGroups / 2), 64) >= 55);
static_assert(SoundnessBits(PackedSchedule(kLargestGroups), 64) >= 55);
static_assert(SoundnessBits(MakeSchedule(std::size_t{1} << 27, 0), 126) >= 116);

TEST(Schedule, TakesInEveryEntry) {
  for (std::size_t n = 0; n < 300000; ++n) EXPECT_GE(Capacity(MakeSchedule(n, 0), false), n);
  for (std::size_t n = 300000; n < std::size_t{1} << 40; n += n / 37) {
    EXPECT_GE(Capacity(MakeSchedule(n, 0), false), n) << n;
    EXPECT_GE(Capacity(MakeSchedule(n, 64), true), n) << n;
  }
}

TEST(Schedule, PadsLittleBeyondTheEntries) {
  for (std::size_t n = 1; n < 300000; ++n) {
    const std::size_t capacity = Capacity(MakeSchedule(n, 0), false);
    EXPECT_LE(capacity, n < 8192 ? 2 * n + 2 : 8 * n) << n;
  }
}

TEST(Schedule, HasFactorsTheKernelsAccept) {
  for (std::size_t n = 0; n < std::size_t{1} << 40; n += 1 + n / 97) {
    const FoldSchedule s = MakeSchedule(n, 0);
    ASSERT_LT(s.folds, FoldSchedule::kMaxLevels);
    for (std::size_t i = 0; i < s.folds; ++i) {
      EXPECT_TRUE(std::has_single_bit(s.factor[i]) && s.factor[i] >= 2 && s.factor[i] <= 64) << n;
    }
    EXPECT_TRUE(std::has_single_bit(s.last) && s.last >= 2 && s.last <= 128) << n;
  }
}

TEST(Schedule, NeverTakesFewerRoundsForMoreEntries) {
  std::size_t before = 0;
  for (std::size_t n = 0; n < std::size_t{1} << 22; ++n) {
    const std::size_t rounds = MakeSchedule(n, 0).rounds();
    ASSERT_GE(rounds, before) << n;
    before = rounds;
  }
  before = 0;
  for (std::size_t groups = 1; groups <= kLargestGroups; ++groups) {
    const std::size_t rounds = PackedSchedule(groups).rounds();
    ASSERT_GE(rounds, before) << groups;
    before = rounds;
  }
}

TEST(Schedule, CountsTheErrorOfEachLevel) {
  for (std::size_t n = 1; n < std::size_t{1} << 40; n += 1 + n / 97) {
    for (const std::uint16_t packed : {std::uint16_t{0}, std::uint16_t{64}}) {
      const FoldSchedule s = MakeSchedule(n, packed);
      std::uint64_t numerator = 2 + 2 * s.last + 1;
      for (std::size_t i = 0; i < s.folds; ++i) numerator += 2u * (s.factor[i] - 1u);
      EXPECT_EQ(s.error_numerator, numerator) << n;
    }
  }
}

// docs/verification.md section 5 promises 2^-55 for every size up to 2^26 gates.
TEST(Schedule, StaysUnderTwoToTheNineForBatchesUpTo2To26Gates) {
  for (std::size_t groups = 1; groups <= kLargestGroups; ++groups) {
    ASSERT_LE(PackedSchedule(groups).error_numerator, 511u) << groups;
  }
}

TEST(Schedule, KeepsFiftyFiveBitsForBatchesUpTo2To26Gates) {
  for (std::size_t groups = 1; groups <= kLargestGroups; ++groups) {
    ASSERT_GE(SoundnessBits(PackedSchedule(groups), 64), 55u) << groups;
  }
}

TEST(Schedule, RoundsSoundnessBitsDown) {
  FoldSchedule s;
  s.error_numerator = 512;
  EXPECT_EQ(SoundnessBits(s, 64), 55u);
  s.error_numerator = 513;
  EXPECT_EQ(SoundnessBits(s, 64), 54u);
}

}  // namespace
}  // namespace mpcstats
