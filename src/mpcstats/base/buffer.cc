#include "mpcstats/base/buffer.h"

#include "mpcstats/base/block_pool.h"
#include "mpcstats/base/small_blocks.h"

namespace mpcstats {

namespace {
constexpr std::align_val_t kAlignment{64};
}  // namespace

BufferMemory TakeBufferMemory(std::size_t bytes) {
  if (bytes <= SmallBlocks::kLargestBytes) return {SmallBlocks::Take(bytes), false};
  if (void* const kept = BlockPool::OfProcess().Take(bytes); kept != nullptr) return {kept, true};
  return {::operator new(bytes, kAlignment), false};
}

void GiveBufferMemory(void* data, std::size_t bytes) noexcept {
  SecureWipe(data, bytes);
  if (bytes <= SmallBlocks::kLargestBytes) {
    SmallBlocks::Give(data, bytes);
  } else if (!BlockPool::OfProcess().Give(data, bytes)) {
    ::operator delete(data, kAlignment);
  }
}

}  // namespace mpcstats
