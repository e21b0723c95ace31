#include "mpcstats/crypto/merkle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

Bytes32 NodeHash(const Bytes32& left, const Bytes32& right) {
  std::array<std::uint8_t, 65> input;
  input[0] = 0x01;
  std::ranges::copy(left, input.begin() + 1);
  std::ranges::copy(right, input.begin() + 33);
  return Sha256(input);
}

std::vector<Bytes32> LeafHashes(std::string_view tag, std::span<const Bytes32> leaves) {
  std::vector<Bytes32> hashes;
  hashes.reserve(leaves.size());
  for (const Bytes32& leaf : leaves) hashes.push_back(MerkleLeafHash(tag, leaf));
  return hashes;
}

}  // namespace

Bytes32 MerkleLeafHash(std::string_view tag, ByteSpan data) {
  Bytes input;
  input.reserve(1 + tag.size() + data.size());
  input.push_back(0x00);
  input.insert(input.end(), tag.begin(), tag.end());
  input.insert(input.end(), data.begin(), data.end());
  return Sha256(input);
}

Bytes32 MerkleRoot(std::string_view tag, std::span<const Bytes32> leaves) {
  // The roots of the perfect subtrees so far, largest first: one for each 1 bit of the number of leaves so far.
  std::vector<Bytes32> pending;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Bytes32 hash = MerkleLeafHash(tag, leaves[i]);
    for (int merges = std::countr_one(i); merges > 0; --merges) {
      hash = NodeHash(pending.back(), hash);
      pending.pop_back();
    }
    pending.push_back(hash);
  }
  if (pending.empty()) return Sha256({});
  Bytes32 root = pending.back();
  for (std::size_t i = pending.size() - 1; i-- > 0;) root = NodeHash(pending[i], root);
  return root;
}

MerkleTree::MerkleTree(std::string_view tag, std::span<const Bytes32> leaves)
    : MerkleTree(LeafHashes(tag, leaves)) {}

MerkleTree MerkleTree::OfLeafHashes(std::vector<Bytes32> leaf_hashes) {
  return MerkleTree(std::move(leaf_hashes));
}

MerkleTree::MerkleTree(std::vector<Bytes32> leaf_hashes) {
  levels_.push_back(std::move(leaf_hashes));
  while (levels_.back().size() > 1) {
    const std::vector<Bytes32>& below = levels_.back();
    std::vector<Bytes32> level;
    level.reserve((below.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) level.push_back(NodeHash(below[i], below[i + 1]));
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
}

Bytes32 MerkleTree::Root() const { return levels_.front().empty() ? Sha256({}) : levels_.back().front(); }

std::vector<Bytes32> MerkleTree::Path(std::uint64_t index) const {
  CHECK(index < size());
  std::vector<Bytes32> path;
  for (const std::vector<Bytes32>& level : levels_) {
    const std::uint64_t sibling = index ^ 1;
    if (sibling < level.size()) path.push_back(level[sibling]);
    index /= 2;
  }
  return path;
}

bool VerifyLeafHashPath(const Bytes32& leaf_hash, std::uint64_t index, std::uint64_t count,
                        std::span<const Bytes32> path, const Bytes32& root) {
  if (index >= count) return false;
  // `last` is the last node of the level: a node there at an even place has no sibling and goes up unchanged.
  std::size_t length = 0;
  for (std::uint64_t node = index, last = count - 1; last > 0; node /= 2, last /= 2) {
    if (node % 2 == 1 || node < last) ++length;
  }
  if (path.size() != length) return false;
  Bytes32 hash = leaf_hash;
  std::size_t used = 0;
  for (std::uint64_t node = index, last = count - 1; last > 0; node /= 2, last /= 2) {
    if (node % 2 == 1) {
      hash = NodeHash(path[used++], hash);
    } else if (node < last) {
      hash = NodeHash(hash, path[used++]);
    }
  }
  return hash == root;
}

bool VerifyPath(std::string_view tag, const Bytes32& leaf_data, std::uint64_t index, std::uint64_t count,
                std::span<const Bytes32> path, const Bytes32& root) {
  return VerifyLeafHashPath(MerkleLeafHash(tag, leaf_data), index, count, path, root);
}

}  // namespace mpcstats
