#include "mpcstats/zktls/vole/columns.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/field/packed_kernels.h"
#include "mpcstats/zktls/vole/vole_kernels.h"

namespace mpcstats {

Columns::Columns(std::size_t blocks) : blocks_(blocks) {
  for (std::size_t first = 0; first < blocks; first += kChunkBlocks) {
    chunks_.push_back(Buffer<Gf2_128>::Raw(kBaseOts * std::min(kChunkBlocks, blocks - first)));
  }
}

void Columns::Stretch(std::span<const Seed> leaves, std::size_t tree, std::size_t chunk, std::uint64_t first,
                      std::span<Gf2_128> sum) {
  const std::size_t blocks = chunk_blocks(chunk);
  CHECK(leaves.size() == kTreeLeaves && sum.size() == blocks);
  const std::span<Gf2_128> planes = column(chunk, kTreeDepth * tree);
  GetVoleKernels().stretch(leaves.data()->data(), first + chunk * kChunkBlocks, blocks,
                           reinterpret_cast<std::uint64_t*>(sum.data()),
                           reinterpret_cast<std::uint64_t*>(planes.data()), 2 * blocks);
}

std::vector<Gf2_128> HashWeights(std::size_t blocks, Gf2_128 chi) {
  std::vector<Gf2_128> weights(blocks);
  Gf2_128 power = Gf2_128::One();
  for (Gf2_128& weight : weights) weight = power *= chi;
  weights.back() = Gf2_128::One();
  return weights;
}

Buffer<Gf2_128> Columns::Hash(Gf2_128 chi) {
  const std::vector<Gf2_128> weights = HashWeights(blocks_, chi);
  Buffer<Gf2_128> hashes(kBaseOts);
  for (std::size_t chunk = 0; chunk < chunks(); ++chunk) {
    const auto piece = std::span(weights).subspan(chunk * kChunkBlocks, chunk_blocks(chunk));
    for (std::size_t c = 0; c < kBaseOts; ++c) hashes[c] += InnerProduct(column(chunk, c), piece);
  }
  return hashes;
}

Buffer<Gf2_128> Columns::Rows(std::size_t count) const {
  CHECK(BlocksOf(count) == blocks_);
  auto rows = Buffer<Gf2_128>::Raw(count);
  Buffer<std::uint64_t> tile(2 * 64);
  for (std::size_t first = 0; first < count; first += 64) {
    const std::size_t chunk = first / (kChunkBlocks * kVoleBlockBits);
    const std::size_t word = first / 64 - chunk * kChunkBlocks * 2;
    const auto* words = reinterpret_cast<const std::uint64_t*>(chunks_[chunk].data());
    const std::size_t stride = 2 * chunk_blocks(chunk);
    for (std::size_t c = 0; c < kBaseOts; ++c) tile[c] = words[c * stride + word];
    Kernels().transpose64(2, tile.data(), tile.data());
    const std::size_t here = std::min<std::size_t>(64, count - first);
    for (std::size_t i = 0; i < here; ++i) rows[first + i] = Gf2_128(tile[i], tile[64 + i]);
  }
  return rows;
}

}  // namespace mpcstats
