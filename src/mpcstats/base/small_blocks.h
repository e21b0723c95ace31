// Small blocks of memory, aligned to 64 bytes, from free lists of each thread: aligned blocks are the slow path of an
// allocator, and the planes of few rows and the frames of coroutines come and go by the million.
#pragma once

#include <cstddef>

namespace mpcstats {

class SmallBlocks {
 public:
  static constexpr std::size_t kLargestBytes = 4096;
  static constexpr std::size_t kAlignment = 64;
  /// What a thread holds at most beyond what is in use; more goes back to the allocator, and all when the thread ends.
  static constexpr std::size_t kMostHeldBytes = std::size_t{1} << 20;

  /// A block with undefined content, of 1 to kLargestBytes. Throws std::bad_alloc.
  [[nodiscard]] static void* Take(std::size_t bytes);
  /// Takes back a block that was taken with the same `bytes`, perhaps by another thread. The caller has wiped it.
  static void Give(void* block, std::size_t bytes) noexcept;
  /// Whether blocks are listed at all: not under sanitizers, which could not see the misuse of one that is.
  [[nodiscard]] static bool Listed();
  /// What this thread holds.
  [[nodiscard]] static std::size_t HeldBytes();
};

}  // namespace mpcstats
