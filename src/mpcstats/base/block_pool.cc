#include "mpcstats/base/block_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "mpcstats/base/check.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define MPCSTATS_FORBID_ACCESS(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
#define MPCSTATS_ALLOW_ACCESS(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define MPCSTATS_FORBID_ACCESS(at, bytes) (void)(at), (void)(bytes)
#define MPCSTATS_ALLOW_ACCESS(at, bytes) (void)(at), (void)(bytes)
#endif

namespace mpcstats {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kGrowBytes = std::size_t{32} << 20;

constexpr std::size_t RoundUp(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::size_t PageBytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

void* At(std::uintptr_t address) { return reinterpret_cast<void*>(address); }

// False when the kernel takes no more ranges apart: it stays mapped then.
bool Unmap(std::uintptr_t at, std::size_t bytes) {
  MPCSTATS_ALLOW_ACCESS(At(at), bytes);
  return munmap(At(at), bytes) == 0;
}

// Zeros, a multiple of 2 MB and if possible at one; in front of `before` if that is free, so that ranges grow together.
std::uintptr_t Map(std::size_t bytes, std::uintptr_t before) {
  void* hint = before > bytes ? At(before - bytes) : nullptr;
  const std::size_t asked = hint == nullptr ? bytes + kHugePage : bytes;
  void* got = mmap(hint, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return 0;
  auto begin = reinterpret_cast<std::uintptr_t>(got);
  if (asked > bytes) {
    const std::uintptr_t aligned = RoundUp(begin, kHugePage);
    const std::size_t behind = asked - bytes - (aligned - begin);
    // What cannot be given back was never touched, and costs addresses alone.
    if (aligned > begin) (void)Unmap(begin, aligned - begin);
    if (behind > 0) (void)Unmap(aligned + bytes, behind);
    begin = aligned;
  }
  (void)madvise(At(begin), bytes, MADV_HUGEPAGE);  // where there are none, small pages do
  return begin;
}

}  // namespace

BlockPool::~BlockPool() {
  CHECK(taken_.empty());
  ReleaseTo(0);
}

BlockPool& BlockPool::OfProcess() {
  static BlockPool* const pool = new BlockPool();
  return *pool;
}

void* BlockPool::Take(std::size_t bytes) {
  if (bytes < kSmallestBytes) return nullptr;
  const std::size_t rounded = RoundUp(bytes, PageBytes());
  const std::lock_guard lock(mutex_);
  if (keepers_ == 0) return nullptr;
  // The smallest range that is large enough, and the lowest of these.
  auto fit = free_by_size_.lower_bound({rounded, 0});
  if (fit == free_by_size_.end()) {
    if (!Grow(rounded)) return nullptr;
    fit = free_by_size_.lower_bound({rounded, 0});
  }
  const auto [range, at] = *fit;
  taken_.emplace(at, rounded);
  RemoveFree(at, range);
  if (range > rounded) AddFree(at + rounded, range - rounded);
  in_use_ += rounded;
  most_in_use_ = std::max(most_in_use_, in_use_);
  MPCSTATS_ALLOW_ACCESS(At(at), bytes);
  return At(at);
}

bool BlockPool::Give(void* block, std::size_t bytes) {
  if (bytes < kSmallestBytes) return false;
  const auto at = reinterpret_cast<Address>(block);
  const std::lock_guard lock(mutex_);
  const auto found = taken_.find(at);
  if (found == taken_.end()) return false;
  const std::size_t rounded = found->second;
  CHECK(rounded == RoundUp(bytes, PageBytes()));
  taken_.erase(found);
  in_use_ -= rounded;
  MPCSTATS_FORBID_ACCESS(block, rounded);
  AddFree(at, rounded);
  if (keepers_ == 0) ReleaseTo(0);
  return true;
}

void BlockPool::AddKeeper() {
  const std::lock_guard lock(mutex_);
  if (keepers_++ == 0) most_in_use_ = in_use_;
}

void BlockPool::DropKeeper() {
  const std::lock_guard lock(mutex_);
  CHECK(keepers_ > 0);
  if (--keepers_ == 0) ReleaseTo(0);
}

BlockPool::Size BlockPool::size() const {
  const std::lock_guard lock(mutex_);
  return {in_use_, free_bytes_};
}

bool BlockPool::Grow(std::size_t bytes) {
  // What is free now is in pieces that are too small. Beyond the limit they make room for the larger one.
  const std::size_t most = std::max(most_in_use_, in_use_ + bytes);
  const std::size_t limit = most + most / 4 + kSlackBytes;
  const std::size_t grown = RoundUp(std::max(bytes, kGrowBytes), kHugePage);
  ReleaseTo(limit > in_use_ + bytes ? limit - in_use_ - bytes : 0);
  const Address at = Map(grown, lowest_);
  if (at == 0) return false;
  lowest_ = at;
  MPCSTATS_FORBID_ACCESS(At(at), grown);
  AddFree(at, grown);
  return true;
}

void BlockPool::AddFree(Address at, std::size_t bytes) {
  Address begin = at;
  std::size_t joined = bytes;
  const auto after = free_.lower_bound(at);
  if (after != free_.end() && after->first == at + bytes) {
    joined += after->second;
    RemoveFree(after->first, std::size_t{after->second});
  }
  const auto behind = free_.lower_bound(at);
  if (behind != free_.begin()) {
    const auto [front, size] = *std::prev(behind);
    if (front + size == at) {
      begin = front;
      joined += size;
      RemoveFree(front, size);
    }
  }
  free_.emplace(begin, joined);
  free_by_size_.emplace(joined, begin);
  free_bytes_ += joined;
}

void BlockPool::RemoveFree(Address at, std::size_t bytes) {
  free_.erase(at);
  free_by_size_.erase({bytes, at});
  free_bytes_ -= bytes;
}

void BlockPool::ReleaseTo(std::size_t bytes) {
  while (free_bytes_ > bytes) {
    const auto [size, at] = *free_by_size_.rbegin();
    RemoveFree(at, size);
    if (!Unmap(at, size)) {
      MPCSTATS_FORBID_ACCESS(At(at), size);
      AddFree(at, size);
      return;
    }
    if (lowest_ >= at && lowest_ < at + size) lowest_ = 0;
  }
}

}  // namespace mpcstats
