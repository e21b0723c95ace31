#include "mpcstats/service/equal_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mpcstats {
namespace {

using ::testing::ElementsAre;

Bytes32 Value(std::uint8_t first, std::uint8_t last) {
  Bytes32 value{};
  value[0] = first;
  value[31] = last;
  return value;
}

TEST(FirstOfEach, MarksTheFirstInListOrder) {
  const std::vector<Bytes32> values = {Value(9, 1), Value(1, 1), Value(9, 1),
                                       Value(9, 2), Value(1, 1), Value(0, 0)};
  EXPECT_THAT(FirstOfEach(std::span<const Bytes32>(values)),
              ElementsAre(true, true, false, true, false, true));
}

TEST(FirstOfEach, TakesNothingForNothing) {
  EXPECT_TRUE(FirstOfEach(std::span<const Bytes32>()).empty());
  int visits = 0;
  ForEachValue(std::span<const Bytes32>(), [&](std::span<const std::uint32_t>) { ++visits; });
  EXPECT_EQ(visits, 0);
}

// Of other lengths, one the beginning of another: zeros behind the end are no part of it.
TEST(FirstOfEach, TellsAValueFromItsBeginning) {
  const std::vector<Bytes> values = {{1}, {1, 0}, {}, {0}, {1}, {1, 0}};
  EXPECT_THAT(FirstOfEach(std::span<const Bytes>(values)), ElementsAre(true, true, true, true, false, false));
}

TEST(ForEachValue, IsWhatATreeSays) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<Bytes32> values;
    // Few values, many of them with the same first eight bytes.
    const std::size_t count = random() % 200;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(
          Value(static_cast<std::uint8_t>(random() % 2), static_cast<std::uint8_t>(random() % 20)));
    }
    std::map<Bytes32, std::vector<std::uint32_t>> tree;
    for (std::size_t i = 0; i < values.size(); ++i) tree[values[i]].push_back(static_cast<std::uint32_t>(i));
    std::map<Bytes32, std::vector<std::uint32_t>> found;
    ForEachValue(std::span<const Bytes32>(values), [&](std::span<const std::uint32_t> members) {
      ASSERT_FALSE(members.empty());
      EXPECT_TRUE(found.emplace(values[members[0]], std::vector(members.begin(), members.end())).second);
    });
    EXPECT_EQ(found, tree);
    const std::vector<bool> first = FirstOfEach(std::span<const Bytes32>(values));
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(first[i], tree[values[i]].front() == i);
  }
}

}  // namespace
}  // namespace mpcstats
