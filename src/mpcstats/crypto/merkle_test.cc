#include "mpcstats/crypto/merkle.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

constexpr std::string_view kTag = "mpcstats/v1/test";

std::vector<Bytes32> Leaves(std::size_t count) {
  SeededRng rng(count);
  std::vector<Bytes32> leaves(count);
  for (Bytes32& leaf : leaves) rng.Fill(leaf);
  return leaves;
}

// The eight leaves of the Certificate Transparency reference tests (certificate-transparency-go, merkle/testonly).
MerkleTree ReferenceTree(std::size_t count) {
  const char* const data[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  std::vector<Bytes32> hashes;
  for (std::size_t i = 0; i < count; ++i) hashes.push_back(MerkleLeafHash("", *FromHex(data[i])));
  return MerkleTree::OfLeafHashes(hashes);
}

// RFC 6962 section 2.1 word for word, over leaf hashes.
Bytes32 DefinedRoot(std::span<const Bytes32> hashes) {
  if (hashes.empty()) return Sha256({});
  if (hashes.size() == 1) return hashes[0];
  std::size_t left = 1;
  while (2 * left < hashes.size()) left *= 2;
  Bytes input = {0x01};
  for (const Bytes32& half : {DefinedRoot(hashes.first(left)), DefinedRoot(hashes.subspan(left))}) {
    input.insert(input.end(), half.begin(), half.end());
  }
  return Sha256(input);
}

TEST(Merkle, MatchesTheRootsOfTheReferenceTests) {
  const char* const roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                               "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  for (std::size_t count = 0; count < std::size(roots); ++count) {
    EXPECT_EQ(ToHex(ReferenceTree(count).Root()), roots[count]) << count;
  }
}

TEST(Merkle, MatchesAPathOfTheReferenceTests) {
  // The audit path of leaf 5 (counted from 0) of 8.
  const std::vector<Bytes32> path = ReferenceTree(8).Path(5);
  ASSERT_EQ(path.size(), 3u);
  EXPECT_EQ(ToHex(path[0]), "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  EXPECT_EQ(ToHex(path[1]), "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  EXPECT_EQ(ToHex(path[2]), "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST(Merkle, RootIsTheDefinedOneForEverySizeEitherWay) {
  for (std::size_t count = 0; count <= 200; ++count) {
    const std::vector<Bytes32> leaves = Leaves(count);
    std::vector<Bytes32> hashes;
    for (const Bytes32& leaf : leaves) hashes.push_back(MerkleLeafHash(kTag, leaf));
    const Bytes32 expected = DefinedRoot(hashes);
    EXPECT_EQ(MerkleTree(kTag, leaves).Root(), expected) << count;
    EXPECT_EQ(MerkleRoot(kTag, leaves), expected) << count;
  }
}

TEST(Merkle, EveryPathOfEverySizeVerifies) {
  for (std::size_t count = 1; count <= 200; ++count) {
    const std::vector<Bytes32> leaves = Leaves(count);
    const MerkleTree tree(kTag, leaves);
    EXPECT_EQ(tree.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(VerifyPath(kTag, leaves[i], i, count, tree.Path(i), tree.Root())) << i << " of " << count;
    }
  }
}

TEST(Merkle, LeafHashStartsWithZeroAndTheTag) {
  EXPECT_EQ(MerkleLeafHash("ab", Bytes{7}), Sha256(Bytes{0x00, 'a', 'b', 7}));
  EXPECT_NE(MerkleRoot("a", Leaves(3)), MerkleRoot("b", Leaves(3)));
}

TEST(MerklePath, RefusesEveryOtherIndex) {
  for (std::size_t count : {1, 2, 3, 7, 8, 13, 64, 65}) {
    const std::vector<Bytes32> leaves = Leaves(count);
    const MerkleTree tree(kTag, leaves);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t other = 0; other <= count + 1; ++other) {
        EXPECT_EQ(VerifyPath(kTag, leaves[i], other, count, tree.Path(i), tree.Root()), other == i)
            << i << " as " << other << " of " << count;
      }
    }
  }
}

TEST(MerklePath, RefusesAnIndexNotBelowTheCount) {
  const std::vector<Bytes32> one = Leaves(1);
  EXPECT_FALSE(VerifyPath(kTag, one[0], 1, 1, {}, MerkleRoot(kTag, one)));
  EXPECT_FALSE(VerifyPath(kTag, one[0], 0, 0, {}, MerkleRoot(kTag, one)));
  EXPECT_FALSE(VerifyPath(kTag, one[0], UINT64_MAX, UINT64_MAX, {}, MerkleRoot(kTag, one)));
}

TEST(MerklePath, RefusesAnExtraAndAMissingNode) {
  for (std::size_t count : {1, 2, 5, 8, 100}) {
    const std::vector<Bytes32> leaves = Leaves(count);
    const MerkleTree tree(kTag, leaves);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<Bytes32> path = tree.Path(i);
      path.push_back(tree.Root());
      EXPECT_FALSE(VerifyPath(kTag, leaves[i], i, count, path, tree.Root()));
      path = tree.Path(i);
      if (path.empty()) continue;
      path.pop_back();
      EXPECT_FALSE(VerifyPath(kTag, leaves[i], i, count, path, tree.Root()));
    }
  }
}

TEST(MerklePath, RefusesSwappedAndChangedNodes) {
  const std::vector<Bytes32> leaves = Leaves(21);
  const MerkleTree tree(kTag, leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    for (std::size_t node = 0; node < tree.Path(i).size(); ++node) {
      std::vector<Bytes32> path = tree.Path(i);
      path[node][31] ^= 1;
      EXPECT_FALSE(VerifyPath(kTag, leaves[i], i, 21, path, tree.Root()));
      if (node == 0) continue;
      path = tree.Path(i);
      std::swap(path[node], path[node - 1]);
      EXPECT_FALSE(VerifyPath(kTag, leaves[i], i, 21, path, tree.Root()));
    }
  }
}

TEST(MerklePath, RefusesAnotherLeafTagAndRoot) {
  std::vector<Bytes32> leaves = Leaves(10);
  const MerkleTree tree(kTag, leaves);
  EXPECT_FALSE(VerifyPath(kTag, leaves[4], 3, 10, tree.Path(3), tree.Root()));
  EXPECT_FALSE(VerifyPath("mpcstats/v1/tess", leaves[3], 3, 10, tree.Path(3), tree.Root()));
  std::swap(leaves[8], leaves[9]);
  EXPECT_FALSE(VerifyPath(kTag, leaves[3], 3, 10, tree.Path(3), MerkleRoot(kTag, leaves)));
}

TEST(MerklePath, TakesNoInnerNodeForALeaf) {
  const std::vector<Bytes32> leaves = Leaves(4);
  const MerkleTree tree(kTag, leaves);
  // A tree of two leaves whose hashes are the inner nodes has the same root; no data hashes to them as a leaf.
  const std::vector<Bytes32> path = tree.Path(0);
  EXPECT_TRUE(VerifyLeafHashPath(tree.Path(2)[1], 0, 2, std::span(path).last(1), tree.Root()));
  EXPECT_FALSE(VerifyPath(kTag, tree.Path(2)[1], 0, 2, std::span(path).last(1), tree.Root()));
}

TEST(MerkleDeathTest, PathOfALeafThatIsNotThereStops) {
  EXPECT_DEATH((void)MerkleTree(kTag, Leaves(3)).Path(3), "index < size");
}

}  // namespace
}  // namespace mpcstats
