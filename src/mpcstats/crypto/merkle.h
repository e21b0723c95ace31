// Merkle trees: one hash names a list, and a short path proves that a leaf stands at a place of it.
//
//   const MerkleTree tree("mpcstats/v1/batch", submission_ids);
//   Publish(tree.Root(), tree.size());
//   CHECK(VerifyPath("mpcstats/v1/batch", submission_ids[7], 7, tree.size(), tree.Path(7), tree.Root()));
//
// The tree of RFC 6962 section 2.1 with a type tag in its leaves: leaf hash = SHA-256(0x00 | tag | data) and
// node hash = SHA-256(0x01 | left | right); the left subtree of n leaves has the largest power of two below n.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

/// SHA-256(0x00 | tag | data).
///
/// Security: one tag a list, and all data of a list with the same length: then no leaf of one list is a leaf of another,
///           whatever the tags.
[[nodiscard]] Bytes32 MerkleLeafHash(std::string_view tag, ByteSpan data);

/// The root alone. No leaves: SHA-256 of nothing, as RFC 6962 says, whatever the tag.
/// Cost:     2n - 1 hashes; 32 * log2(n) bytes of memory.
[[nodiscard]] Bytes32 MerkleRoot(std::string_view tag, std::span<const Bytes32> leaves);

class MerkleTree {
 public:
  /// The tree over the data `leaves`. Cost: 2n - 1 hashes; 64n bytes of memory.
  MerkleTree(std::string_view tag, std::span<const Bytes32> leaves);
  /// The tree over leaves of other lengths, given by their MerkleLeafHash.
  [[nodiscard]] static MerkleTree OfLeafHashes(std::vector<Bytes32> leaf_hashes);

  [[nodiscard]] std::uint64_t size() const { return levels_.front().size(); }
  [[nodiscard]] Bytes32 Root() const;

  /// The hashes beside the way from leaf `index` to the root, lowest first: at most ceil(log2(n)) of them.
  /// `index` must be below size().
  [[nodiscard]] std::vector<Bytes32> Path(std::uint64_t index) const;

 private:
  explicit MerkleTree(std::vector<Bytes32> leaf_hashes);

  // levels_[0] holds the leaf hashes. A last node without a sibling goes up unchanged.
  std::vector<std::vector<Bytes32>> levels_;
};

/// True when `leaf_data` is leaf `index` of the `count` leaves under `root`.
///
/// Cost:     path.size() + 1 hashes; a path of the wrong length costs none.
/// Security: `index`, `count` and `path` may come from anybody: false when `index` is not below `count` or the path has
///           not exactly the length that belongs to them. `root` and `count` must be bound together by whoever vouches
///           for the root (a signature over both).
/// Source:   RFC 9162 section 2.1.3.2.
[[nodiscard]] bool VerifyPath(std::string_view tag, const Bytes32& leaf_data, std::uint64_t index,
                              std::uint64_t count, std::span<const Bytes32> path, const Bytes32& root);

/// The same for a leaf of another length, given by its MerkleLeafHash.
[[nodiscard]] bool VerifyLeafHashPath(const Bytes32& leaf_hash, std::uint64_t index, std::uint64_t count,
                                      std::span<const Bytes32> path, const Bytes32& root);

}  // namespace mpcstats
