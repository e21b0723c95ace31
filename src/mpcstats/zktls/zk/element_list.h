// The checks of a round on their way to the challenge: a list of field elements that grows in place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/field/gf2_128.h"

namespace mpcstats {

/// Wiped when it dies. Weighted by the powers of a challenge only when all elements are there.
class ElementList {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Room for the next elements: at least one and at most `count` of them, in one piece.
  [[nodiscard]] std::span<Gf2_128> Extend(std::size_t count) {
    const std::size_t used = size_ % kChunk;
    if (used == 0) chunks_.push_back(Buffer<Gf2_128>::Raw(kChunk));
    const std::size_t take = std::min(count, kChunk - used);
    size_ += take;
    return chunks_.back().span().subspan(used, take);
  }

  /// sum_i chi^(i+1) * element_i.
  [[nodiscard]] Gf2_128 Weighted(Gf2_128 chi) const;

  void Clear() {
    chunks_.clear();
    size_ = 0;
  }

 private:
  static constexpr std::size_t kChunk = 4096;

  std::vector<Buffer<Gf2_128>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace mpcstats
