#include "mpcstats/base/block_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/sanitizers.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

bool AllZero(const void* block, std::size_t bytes) {
  const auto* begin = static_cast<const unsigned char*>(block);
  return std::all_of(begin, begin + bytes, [](unsigned char byte) { return byte == 0; });
}

// As Buffer does it: full of secrets, then wiped, then given back.
void UseAndGive(BlockPool& pool, void* block, std::size_t bytes) {
  std::memset(block, 0xa5, bytes);
  SecureWipe(block, bytes);
  ASSERT_TRUE(pool.Give(block, bytes));
}

TEST(BlockPool, LeavesSmallBlocksAndAllBlocksThatNobodyKeepsToTheAllocator) {
  BlockPool pool;
  EXPECT_EQ(pool.Take(kMegabyte), nullptr);
  pool.AddKeeper();
  EXPECT_EQ(pool.Take(BlockPool::kSmallestBytes - 1), nullptr);
  EXPECT_EQ(pool.Take(0), nullptr);
  EXPECT_EQ(pool.size(), BlockPool::Size());
  pool.DropKeeper();
}

TEST(BlockPool, RefusesABlockThatIsNotItsOwn) {
  BlockPool pool;
  pool.AddKeeper();
  std::vector<unsigned char> other(kMegabyte);
  EXPECT_FALSE(pool.Give(other.data(), other.size()));
  void* block = pool.Take(kMegabyte);
  ASSERT_NE(block, nullptr);
  EXPECT_FALSE(pool.Give(static_cast<unsigned char*>(block) + 64, kMegabyte));
  EXPECT_TRUE(pool.Give(block, kMegabyte));
  EXPECT_FALSE(pool.Give(block, kMegabyte));
  pool.DropKeeper();
}

TEST(BlockPoolDeathTest, EndsTheProcessOnAnotherSizeThanWasTaken) {
  BlockPool pool;
  pool.AddKeeper();
  void* block = pool.Take(kMegabyte);
  EXPECT_DEATH((void)pool.Give(block, 2 * kMegabyte), "rounded");
  EXPECT_TRUE(pool.Give(block, kMegabyte));
  pool.DropKeeper();
}

TEST(BlockPool, GivesTheSameMemoryAgainAndNothingOfWhatWasInIt) {
  BlockPool pool;
  pool.AddKeeper();
  void* const first = pool.Take(3 * kMegabyte);
  ASSERT_NE(first, nullptr);
  UseAndGive(pool, first, 3 * kMegabyte);
  // Of another size, in the same place.
  void* const second = pool.Take(kMegabyte + 5);
  EXPECT_EQ(second, first);
  EXPECT_TRUE(AllZero(second, kMegabyte + 5));
  UseAndGive(pool, second, kMegabyte + 5);
  pool.DropKeeper();
}

TEST(BlockPool, BlocksAreZeroAndApartWhateverTheOrder) {
  std::mt19937_64 random(1);
  BlockPool pool;
  pool.AddKeeper();
  struct Held {
    unsigned char* block;
    std::size_t bytes;
    unsigned char mark;
  };
  std::vector<Held> held;
  for (int step = 0; step < 400; ++step) {
    if (held.size() > 20 || (!held.empty() && random() % 3 == 0)) {
      const std::size_t at = random() % held.size();
      const Held one = held[at];
      ASSERT_TRUE(
          std::all_of(one.block, one.block + one.bytes, [&](unsigned char b) { return b == one.mark; }));
      SecureWipe(one.block, one.bytes);
      ASSERT_TRUE(pool.Give(one.block, one.bytes));
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    const std::size_t bytes = BlockPool::kSmallestBytes + random() % kMegabyte;
    auto* block = static_cast<unsigned char*>(pool.Take(bytes));
    ASSERT_NE(block, nullptr);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u);
    ASSERT_TRUE(AllZero(block, bytes));
    const auto mark = static_cast<unsigned char>(1 + random() % 255);
    std::memset(block, mark, bytes);
    held.push_back({block, bytes, mark});
  }
  for (const Held& one : held) UseAndGive(pool, one.block, one.bytes);
  EXPECT_EQ(pool.size().in_use, 0u);
  pool.DropKeeper();
}

TEST(BlockPool, KeepsNoMoreThanWasInUseAtOnceAndALittle) {
  BlockPool pool;
  pool.AddKeeper();
  // Ever larger blocks, of which none fits where an earlier one was.
  const std::size_t largest = 60 * kMegabyte;
  for (std::size_t bytes = 40 * kMegabyte; bytes <= largest; bytes += kMegabyte) {
    void* block = pool.Take(bytes);
    ASSERT_NE(block, nullptr);
    void* fence = pool.Take(BlockPool::kSmallestBytes);
    const BlockPool::Size size = pool.size();
    EXPECT_LE(size.in_use + size.free, largest + largest / 4 + 2 * BlockPool::kSlackBytes) << bytes;
    ASSERT_TRUE(pool.Give(block, bytes));
    ASSERT_TRUE(pool.Give(fence, BlockPool::kSmallestBytes));
  }
  pool.DropKeeper();
}

TEST(BlockPool, TheLastKeeperGivesEverythingBack) {
  BlockPool pool;
  pool.AddKeeper();
  pool.AddKeeper();
  void* kept = pool.Take(kMegabyte);
  void* late = pool.Take(2 * kMegabyte);
  ASSERT_TRUE(pool.Give(kept, kMegabyte));
  pool.DropKeeper();
  EXPECT_GE(pool.size().free, kMegabyte);
  pool.DropKeeper();
  EXPECT_EQ(pool.size(), (BlockPool::Size{.in_use = 2 * kMegabyte, .free = 0}));
  // What is still in use goes back when it dies.
  std::memset(late, 1, 2 * kMegabyte);
  UseAndGive(pool, late, 2 * kMegabyte);
  EXPECT_EQ(pool.size(), BlockPool::Size());
}

TEST(BlockPool, GivesEachThreadZerosOfItsOwn) {
  BlockPool pool;
  pool.AddKeeper();
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937_64 random(thread);
      for (int step = 0; step < 200; ++step) {
        const std::size_t bytes = BlockPool::kSmallestBytes + random() % (kMegabyte / 4);
        void* block = pool.Take(bytes);
        if (block == nullptr || !AllZero(block, bytes)) ++wrong;
        if (block == nullptr) continue;
        std::memset(block, static_cast<int>(1 + thread), bytes);
        SecureWipe(block, bytes);
        if (!pool.Give(block, bytes)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(pool.size().in_use, 0u);
  pool.DropKeeper();
}

// Bytes of `block` from `begin` to `end` that may be used.
std::size_t Allowed(const void* block, std::size_t begin, std::size_t end) {
  std::size_t allowed = 0;
  for (std::size_t at = begin; at < end; ++at)
    allowed += !IsForbidden(static_cast<const unsigned char*>(block) + at);
  return allowed;
}

TEST(BlockPoolDeathTest, UseOfABlockThatWasGivenBackIsReported) {
  if (!kAddressSanitizer) GTEST_SKIP() << "nothing watches";
  BlockPool pool;
  pool.AddKeeper();
  void* const block = pool.Take(kMegabyte);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(Allowed(block, 0, kMegabyte), kMegabyte);
  UseAndGive(pool, block, kMegabyte);
  EXPECT_EQ(Allowed(block, 0, kMegabyte), 0u);
  EXPECT_DEATH(std::memset(block, 1, 1), "use-after-poison");
  // The part that is in use again may be touched, what is behind it not.
  const std::size_t bytes = kMegabyte / 2 + 5;
  void* const again = pool.Take(bytes);
  ASSERT_EQ(again, block);
  EXPECT_EQ(Allowed(again, 0, bytes), bytes);
  EXPECT_EQ(Allowed(again, bytes, kMegabyte), 0u);
  UseAndGive(pool, again, bytes);
  pool.DropKeeper();
}

TEST(BufferDeathTest, UseOfItsBlockAfterItDiedIsReported) {
  if (!kAddressSanitizer) GTEST_SKIP() << "nothing watches";
  const KeepBlocks keep;
  volatile std::uint64_t* where = nullptr;
  {
    Buffer<std::uint64_t> shares(kMegabyte);
    where = shares.data();
    EXPECT_FALSE(IsForbidden(where + 7));
  }
  EXPECT_TRUE(IsForbidden(where + kMegabyte - 1));
  EXPECT_DEATH(where[7] = 1, "use-after-poison");
}

// What Buffer gave back is looked at where it lies: the pool keeps it mapped.
TEST(Buffer, IsWipedBeforeItsBlockIsKept) {
  if (kAddressSanitizer) GTEST_SKIP() << "may not be looked at";
  const KeepBlocks keep;
  for (const std::size_t bytes : {BlockPool::kSmallestBytes, kMegabyte + 5, 3 * kMegabyte}) {
    const volatile unsigned char* where = nullptr;
    {
      Buffer<unsigned char> secret = Buffer<unsigned char>::Raw(bytes);
      std::fill(secret.data(), secret.data() + bytes, 0xa5);
      where = secret.data();
      ASSERT_GE(BlockPool::OfProcess().size().in_use, bytes);
    }
    ASSERT_EQ(BlockPool::OfProcess().size().in_use, 0u);
    std::size_t left = 0;
    for (std::size_t i = 0; i < bytes; ++i) left += where[i] != 0;
    EXPECT_EQ(left, 0u) << bytes;
  }
}

TEST(Buffer, OfAKeptBlockIsZeroAndKeepsNothingOfTheOneBefore) {
  const KeepBlocks keep;
  const std::size_t words = kMegabyte / 8;
  const std::uint64_t* where = nullptr;
  {
    Buffer<std::uint64_t> secret = Buffer<std::uint64_t>::Raw(words);
    where = secret.data();
    std::fill(secret.data(), secret.data() + words, 0x5ec2e7);
  }
  EXPECT_EQ(BlockPool::OfProcess().size().in_use, 0u);
  const Buffer<std::uint64_t> next = Buffer<std::uint64_t>::Raw(words);
  ASSERT_EQ(next.data(), where);
  EXPECT_TRUE(AllZero(next.data(), words * 8));
  const Buffer<std::uint64_t> zeros(words);
  EXPECT_TRUE(AllZero(zeros.data(), words * 8));
}

TEST(Buffer, MayOutliveTheKeeperOrBeOlderThanIt) {
  Buffer<std::uint64_t> young;
  Buffer<std::uint64_t> old(kMegabyte);
  {
    const KeepBlocks keep;
    young = Buffer<std::uint64_t>(kMegabyte);
    young[7] = 9;
    old = Buffer<std::uint64_t>();
  }
  EXPECT_EQ(young[7], 9u);
  young = Buffer<std::uint64_t>();
  EXPECT_EQ(BlockPool::OfProcess().size(), BlockPool::Size());
}

}  // namespace
}  // namespace mpcstats
