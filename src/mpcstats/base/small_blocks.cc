#include "mpcstats/base/small_blocks.h"

#include <array>
#include <new>

namespace mpcstats {

namespace {

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kListed = false;  // a block that is listed is one whose misuse they cannot see
#else
constexpr bool kListed = true;
#endif

constexpr std::size_t kUnit = SmallBlocks::kAlignment;
constexpr std::size_t kClasses = SmallBlocks::kLargestBytes / kUnit;

constexpr std::size_t ClassOf(std::size_t bytes) { return (bytes - 1) / kUnit; }
constexpr std::size_t BytesOf(std::size_t size_class) { return (size_class + 1) * kUnit; }

struct Link {
  Link* next;
};

// Without destructors, so that whatever dies last in a thread still finds them.
struct Lists {
  std::array<Link*, kClasses> first;
  std::size_t held;
  bool open;
  bool ended;
};
constinit thread_local Lists lists{};

// Opens the lists of its thread, and empties them at the thread's end.
struct Keeper {
  Keeper() { lists.open = true; }
  ~Keeper() {
    lists.open = false;
    lists.ended = true;
    for (Link*& first : lists.first) {
      while (first != nullptr) {
        Link* const gone = first;
        first = gone->next;
        ::operator delete(gone, std::align_val_t{kUnit});
      }
    }
    lists.held = 0;
  }
};

void Open() {
  if (kListed && !lists.ended) {
    static thread_local const Keeper keeper;
    (void)keeper;
  }
}

}  // namespace

void* SmallBlocks::Take(std::size_t bytes) {
  const std::size_t size_class = ClassOf(bytes);
  if (Link* const block = lists.first[size_class]; block != nullptr) {
    lists.first[size_class] = block->next;
    lists.held -= BytesOf(size_class);
    return block;
  }
  return ::operator new(BytesOf(size_class), std::align_val_t{kUnit});
}

void SmallBlocks::Give(void* block, std::size_t bytes) noexcept {
  const std::size_t size_class = ClassOf(bytes);
  if (!lists.open) Open();
  if (!lists.open || lists.held + BytesOf(size_class) > kMostHeldBytes) {
    ::operator delete(block, std::align_val_t{kUnit});
    return;
  }
  lists.first[size_class] = new (block) Link{lists.first[size_class]};
  lists.held += BytesOf(size_class);
}

bool SmallBlocks::Listed() { return kListed; }

std::size_t SmallBlocks::HeldBytes() { return lists.held; }

}  // namespace mpcstats
