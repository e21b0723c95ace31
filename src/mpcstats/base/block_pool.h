// Memory of large buffers that is kept between uses while something asks for it: a page that was touched once is not
// faulted in and cleared by the kernel again, and blocks of different sizes fill each other's gaps.
//
//   const KeepBlocks keep;  // for the time of one job: what buffers give back stays here; at its end all goes back
//
// Every free byte here is zero: fresh pages are, and blocks are wiped before they come back. So nothing that was in a
// buffer is ever seen by the next, and a buffer that starts with zeros costs nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

namespace mpcstats {

class BlockPool {
 public:
  /// Smaller blocks are the allocator's.
  static constexpr std::size_t kSmallestBytes = std::size_t{32} << 10;

  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// The one that Buffer uses; never destroyed.
  static BlockPool& OfProcess();

  /// A block of zeros at the start of a page, or nullptr when it is too small, when nobody keeps blocks, or when the
  /// kernel has no more: the caller then asks the allocator.
  [[nodiscard]] void* Take(std::size_t bytes);
  /// Takes back a block of `bytes`, all zeros again. False when it is not one of these: it is the allocator's then.
  [[nodiscard]] bool Give(void* block, std::size_t bytes);

  /// Free blocks are kept from the first keeper to the last, when the pool grows no more than a quarter and kSlackBytes beyond
  /// the most that was in use at once, and what it grows by; after the last they go back to the kernel, those in use when they are given back.
  void AddKeeper();
  void DropKeeper();
  static constexpr std::size_t kSlackBytes = std::size_t{32} << 20;

  struct Size {
    std::size_t in_use = 0;
    std::size_t free = 0;  ///< kept, or not touched yet
    bool operator==(const Size&) const = default;
  };
  [[nodiscard]] Size size() const;

 private:
  using Address = std::uintptr_t;

  bool Grow(std::size_t bytes);
  void AddFree(Address at, std::size_t bytes);
  void RemoveFree(Address at, std::size_t bytes);
  /// Gives the largest free ranges back to the kernel until no more than `bytes` are free.
  void ReleaseTo(std::size_t bytes);

  mutable std::mutex mutex_;
  std::size_t keepers_ = 0;
  std::size_t in_use_ = 0;
  std::size_t most_in_use_ = 0;
  std::size_t free_bytes_ = 0;
  Address lowest_ = 0;  ///< where the last mapping begins; the next one is asked for in front of it
  std::unordered_map<Address, std::size_t> taken_;
  std::map<Address, std::size_t> free_;
  std::set<std::pair<std::size_t, Address>> free_by_size_;
};

/// While one lives, large buffers of this process are kept when they die.
class KeepBlocks {
 public:
  KeepBlocks() { BlockPool::OfProcess().AddKeeper(); }
  ~KeepBlocks() { BlockPool::OfProcess().DropKeeper(); }
  KeepBlocks(const KeepBlocks&) = delete;
  KeepBlocks& operator=(const KeepBlocks&) = delete;
};

}  // namespace mpcstats
