#include "mpcstats/zktls/zk/element_list.h"

namespace mpcstats {

Gf2_128 ElementList::Weighted(Gf2_128 chi) const {
  // The weights of one chunk; from one chunk to the next they grow by the last of them.
  std::vector<Gf2_128> powers(std::min(size_, kChunk));
  Gf2_128 power = Gf2_128::One();
  for (Gf2_128& weight : powers) weight = power *= chi;
  Gf2_128 sum;
  Gf2_128 chunk_weight = Gf2_128::One();
  for (std::size_t k = 0; k < chunks_.size(); ++k) {
    const std::size_t count = std::min(kChunk, size_ - k * kChunk);
    const std::span<const Gf2_128> chunk = chunks_[k].span();
    sum += chunk_weight * InnerProduct(chunk.first(count), std::span(powers).first(count));
    chunk_weight *= powers.back();
  }
  return sum;
}

}  // namespace mpcstats
