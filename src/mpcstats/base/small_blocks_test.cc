#include "mpcstats/base/small_blocks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/sanitizers.h"

namespace mpcstats {
namespace {

TEST(SmallBlocks, AreAlignedAndApartForEverySize) {
  std::mt19937_64 random(1);
  struct Held {
    unsigned char* block;
    std::size_t bytes;
    unsigned char mark;
  };
  std::vector<Held> held;
  for (std::size_t bytes = 1; bytes <= SmallBlocks::kLargestBytes; bytes += 1 + random() % 7) {
    auto* block = static_cast<unsigned char*>(SmallBlocks::Take(bytes));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % SmallBlocks::kAlignment, 0u);
    const auto mark = static_cast<unsigned char>(random());
    std::memset(block, mark, bytes);
    held.push_back({block, bytes, mark});
    if (random() % 2 == 0) continue;
    const std::size_t at = random() % held.size();
    const Held one = held[at];
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::size_t i = 0; i < one.bytes; ++i) ASSERT_EQ(one.block[i], one.mark);
    SmallBlocks::Give(one.block, one.bytes);
  }
  for (const Held& one : held) {
    for (std::size_t i = 0; i < one.bytes; ++i) ASSERT_EQ(one.block[i], one.mark);
    SmallBlocks::Give(one.block, one.bytes);
  }
}

TEST(SmallBlocks, HoldNoMoreThanTheirLimit) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < 2 * SmallBlocks::kMostHeldBytes / 1024; ++i)
    blocks.push_back(SmallBlocks::Take(1024));
  for (void* block : blocks) {
    SmallBlocks::Give(block, 1024);
    ASSERT_LE(SmallBlocks::HeldBytes(), SmallBlocks::kMostHeldBytes);
  }
}

TEST(SmallBlocks, OfOneThreadMayGoBackInAnotherThatThenEnds) {
  void* block = SmallBlocks::Take(200);
  std::size_t held_before = 0, held_after = 0;
  std::thread other([&] {
    held_before = SmallBlocks::HeldBytes();
    SmallBlocks::Give(block, 200);
    held_after = SmallBlocks::HeldBytes();
    SmallBlocks::Give(SmallBlocks::Take(200), 200);
  });
  other.join();
  EXPECT_EQ(held_before, 0u);
  EXPECT_LE(held_after, 256u);
}

TEST(SmallBlocks, HoldNothingOfTheBufferThatWasWipedButALink) {
  constexpr std::size_t kWords = 60;
  const std::uint64_t* where = nullptr;
  {
    Buffer<std::uint64_t> secret = Buffer<std::uint64_t>::Raw(kWords);
    for (std::size_t i = 0; i < kWords; ++i) secret[i] = 0x5ec2e7;
    where = secret.data();
  }
  if (!SmallBlocks::Listed()) GTEST_SKIP() << "under a sanitizer";
  ASSERT_GT(SmallBlocks::HeldBytes(), 0u);
  const Buffer<std::uint64_t> next = Buffer<std::uint64_t>::Raw(kWords);
  ASSERT_EQ(next.data(), where);
  for (std::size_t i = 1; i < kWords; ++i) EXPECT_EQ(next[i], 0u) << i;
}

TEST(SmallBlocksDeathTest, UseOfABlockThatWasGivenBackIsReported) {
  if (!kAddressSanitizer) GTEST_SKIP() << "nothing watches";
  volatile std::uint8_t* where = nullptr;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{200}, SmallBlocks::kLargestBytes}) {
    {
      Buffer<std::uint8_t> secret(bytes);
      where = secret.data();
      EXPECT_FALSE(IsForbidden(where));
    }
    EXPECT_TRUE(IsForbidden(where) && IsForbidden(where + bytes - 1)) << bytes;
  }
  EXPECT_DEATH(where[0] = 1, "heap-use-after-free");
}

}  // namespace
}  // namespace mpcstats
