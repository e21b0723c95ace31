// The 128 columns of bits of one extension, in chunks, until they are checked and become rows. For both ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/field/gf2_128.h"
#include "mpcstats/zktls/vole/ggm.h"

namespace mpcstats {

/// Bits of one block, and blocks of one chunk: a chunk of 128 columns has 256 KB and stays in the second cache.
inline constexpr std::size_t kVoleBlockBits = 128;
inline constexpr std::size_t kChunkBlocks = 128;

/// Blocks of an extension of `count` correlations: one more than they fill, for the mask of its check.
[[nodiscard]] constexpr std::size_t BlocksOf(std::size_t count) {
  return (count + kVoleBlockBits - 1) / kVoleBlockBits + 1;
}

/// Column c of a chunk is one block of 128 bits a row of blocks: an element of GF(2^128) each.
class Columns {
 public:
  explicit Columns(std::size_t blocks);

  [[nodiscard]] std::size_t blocks() const { return blocks_; }
  [[nodiscard]] std::size_t chunks() const { return chunks_.size(); }
  [[nodiscard]] std::size_t chunk_blocks(std::size_t chunk) const {
    return chunk + 1 < chunks_.size() ? kChunkBlocks : blocks_ - chunk * kChunkBlocks;
  }
  /// Column `c` of the chunk.
  [[nodiscard]] std::span<Gf2_128> column(std::size_t chunk, std::size_t c) {
    return chunks_[chunk].span().subspan(c * chunk_blocks(chunk), chunk_blocks(chunk));
  }

  /// The columns 8*tree .. 8*tree+7 of the chunk from the leaves of the tree; the sum of all leaves goes to `sum`.
  void Stretch(std::span<const Seed> leaves, std::size_t tree, std::size_t chunk, std::uint64_t first,
               std::span<Gf2_128> sum);

  /// h(column c) for all c: sum_{b < blocks-1} chi^(b+1) * block_b + the last block. Linear over bits, and two different
  /// columns agree with probability at most blocks / 2^128 over chi.
  [[nodiscard]] Buffer<Gf2_128> Hash(Gf2_128 chi);

  /// The first `count` rows: bit c of row i is bit i of column c.
  [[nodiscard]] Buffer<Gf2_128> Rows(std::size_t count) const;

 private:
  std::size_t blocks_;
  std::vector<Buffer<Gf2_128>> chunks_;
};

/// The weights of Hash: chi, chi^2, ..., 1.
[[nodiscard]] std::vector<Gf2_128> HashWeights(std::size_t blocks, Gf2_128 chi);

}  // namespace mpcstats
