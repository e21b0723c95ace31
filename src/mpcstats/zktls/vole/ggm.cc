#include "mpcstats/zktls/vole/ggm.h"

#include <algorithm>
#include <cstring>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

/// A hash of 16 secret bytes under a public tweak, in one block of SHA-256. The tweak holds session, tree and purpose.
class TweakedHash {
 public:
  TweakedHash(const Bytes32& session, std::size_t tree, std::uint64_t purpose) {
    const Bytes32 tweak =
        Sha256Stream("mpcstats/v1/zktls/vole/tree").Add(session).AddU64(tree).AddU64(purpose).Finish();
    std::copy_n(tweak.begin(), 16, input_.begin());
  }
  TweakedHash(const TweakedHash&) = delete;
  TweakedHash& operator=(const TweakedHash&) = delete;
  ~TweakedHash() { SecureWipe(input_.data(), input_.size()); }

  [[nodiscard]] Bytes32 operator()(const Seed& seed) {
    std::ranges::copy(seed, input_.begin() + 16);
    return Sha256(input_);
  }

 private:
  std::array<std::uint8_t, 32> input_;
};

/// The hashes of one tree.
struct TreeHashes {
  TreeHashes(const Bytes32& session, std::size_t tree)
      : children(session, tree, 0), leaf(session, tree, 1), check(session, tree, 2) {}
  TweakedHash children;
  TweakedHash leaf;
  TweakedHash check;
};

template <std::size_t kSize>
void XorInto(std::array<std::uint8_t, kSize>& out, const std::array<std::uint8_t, kSize>& in) {
  for (std::size_t i = 0; i < kSize; ++i) out[i] ^= in[i];
}

template <class T>
void SwapIf(std::uint64_t bit, T& a, T& b) {
  const auto mask = static_cast<std::uint8_t>(ct::Mask(bit));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto difference = static_cast<std::uint8_t>(mask & (a[i] ^ b[i]));
    a[i] ^= difference;
    b[i] ^= difference;
  }
}

/// Moves the element z to y = z ^ digit, with no address that depends on the digit.
template <class T>
void PermuteByDigit(Buffer<T>& items, unsigned digit) {
  for (std::size_t j = 0; j < kTreeDepth; ++j) {
    const std::size_t step = std::size_t{1} << j;
    for (std::size_t z = 0; z < items.size(); ++z) {
      if ((z & step) == 0) SwapIf(digit >> j, items[z], items[z + step]);
    }
  }
}

Bytes32 HashOfChecks(const Buffer<Bytes32>& checks) {
  return Sha256Stream("mpcstats/v1/zktls/vole/leaves")
      .Add({checks.data()->data(), checks.size() * sizeof(Bytes32)})
      .Finish();
}

void ChildrenOf(TreeHashes& hashes, const Seed& node, Seed& left, Seed& right) {
  const Bytes32 both = hashes.children(node);
  std::copy_n(both.begin(), 16, left.begin());
  std::copy_n(both.begin() + 16, 16, right.begin());
}

Seed LeafSeed(TreeHashes& hashes, const Seed& node) {
  const Bytes32 digest = hashes.leaf(node);
  Seed seed;
  std::copy_n(digest.begin(), seed.size(), seed.begin());
  return seed;
}

/// The transfer that carries the sums of a level: level 1 decides the highest bit of a leaf's number.
std::size_t TransferOf(std::size_t tree, std::size_t level) { return kTreeDepth * tree + kTreeDepth - level; }

/// One tree of the builder: leaves at `out`, its part of the message at `message`.
void BuildTree(TreeHashes& hashes, std::size_t tree, const OtKeyPairs& keys, Rng& rng, Seed* out,
               std::uint8_t* message) {
  Buffer<Seed> nodes(kTreeLeaves);
  rng.Fill(nodes[0]);
  for (std::size_t level = 1; level <= kTreeDepth; ++level) {
    std::array<Seed, 2> sums{};
    // From the right, so that a node is read before its place is taken.
    for (std::size_t i = std::size_t{1} << (level - 1); i-- > 0;) {
      const Seed node = nodes[i];
      ChildrenOf(hashes, node, nodes[2 * i], nodes[2 * i + 1]);
      XorInto(sums[0], nodes[2 * i]);
      XorInto(sums[1], nodes[2 * i + 1]);
    }
    for (std::size_t side = 0; side < 2; ++side) {
      XorInto(sums[side], keys[TransferOf(tree, level)][side]);
      std::ranges::copy(sums[side], message);
      message += sizeof(Seed);
    }
  }
  Buffer<Bytes32> checks(kTreeLeaves);
  Bytes32 sum{};
  for (std::size_t y = 0; y < kTreeLeaves; ++y) {
    out[y] = LeafSeed(hashes, nodes[y]);
    checks[y] = hashes.check(nodes[y]);
    XorInto(sum, checks[y]);
  }
  std::ranges::copy(sum, message);
  std::ranges::copy(HashOfChecks(checks), message + sizeof(sum));
}

/// One punctured tree, as BuildTree has it with z = y ^ digit for y. False when the check fails.
bool PunctureTree(TreeHashes& hashes, std::size_t tree, const OtKeys& keys, unsigned digit, ByteSpan message,
                  Seed* out) {
  Buffer<Seed> nodes(kTreeLeaves);
  for (std::size_t level = 1; level <= kTreeDepth; ++level) {
    const std::uint64_t bit = (digit >> (kTreeDepth - level)) & 1u;
    Seed missing{};  // the sum of the known nodes on the side of z odd
    for (std::size_t i = std::size_t{1} << (level - 1); i-- > 1;) {
      const Seed node = nodes[i];
      ChildrenOf(hashes, node, nodes[2 * i], nodes[2 * i + 1]);
      SwapIf(bit, nodes[2 * i], nodes[2 * i + 1]);
      XorInto(missing, nodes[2 * i + 1]);
    }
    // The sibling of the punctured path is z = 1: the sum of its side, which is 1 ^ bit in y, without the others.
    Seed sums[2];
    std::copy_n(message.begin(), sizeof(Seed), sums[0].begin());
    std::copy_n(message.begin() + sizeof(Seed), sizeof(Seed), sums[1].begin());
    message = message.subspan(2 * sizeof(Seed));
    SwapIf(bit, sums[0], sums[1]);
    XorInto(missing, sums[1]);
    XorInto(missing, keys[TransferOf(tree, level)]);
    nodes[0] = Seed{};
    nodes[1] = missing;
  }
  Buffer<Bytes32> checks(kTreeLeaves);
  Bytes32 sum;
  std::copy_n(message.begin(), sum.size(), sum.begin());
  out[0] = Seed{};
  for (std::size_t z = 1; z < kTreeLeaves; ++z) {
    out[z] = LeafSeed(hashes, nodes[z]);
    checks[z] = hashes.check(nodes[z]);
    XorInto(sum, checks[z]);
  }
  checks[0] = sum;
  PermuteByDigit(checks, digit);
  return ct::Equal(HashOfChecks(checks), message.subspan(sum.size(), sizeof(Bytes32)));
}

}  // namespace

Secret<OtChoices> ChoicesFor(const Secret<TreeDigits>& digits) {
  return digits.With(SecretAccess("choices of the base transfers"), [](const TreeDigits& bytes) {
    OtChoices choices = bytes;
    for (std::uint8_t& byte : choices) byte = static_cast<std::uint8_t>(~byte);
    Secret<OtChoices> secret(choices);
    SecureWipe(choices.data(), choices.size());
    return secret;
  });
}

BuiltTrees BuildTrees(const Bytes32& session, const OtKeyPairs& keys, Rng& rng) {
  CHECK(keys.size() == kBaseOts);
  BuiltTrees built{Buffer<Seed>(kTrees * kTreeLeaves), Bytes(kTreesMessageBytes)};
  for (std::size_t tree = 0; tree < kTrees; ++tree) {
    TreeHashes hashes(session, tree);
    BuildTree(hashes, tree, keys, rng, built.leaves.data() + kTreeLeaves * tree,
              built.message.data() + kTreeBytes * tree);
  }
  return built;
}

Result<Buffer<Seed>> PuncturedLeaves(const Bytes32& session, const OtKeys& keys,
                                     const Secret<TreeDigits>& digits, ByteSpan message) {
  CHECK(keys.size() == kBaseOts);
  if (message.size() != kTreesMessageBytes) {
    return Fail(ErrorCode::kProtocolViolation, "the message with the trees of seeds has 5,120 bytes");
  }
  Buffer<Seed> leaves(kTrees * kTreeLeaves);
  // All trees are looked at before the verdict: which one failed would tell about its digit.
  bool holds = true;
  digits.With(SecretAccess("which leaves are missing"), [&](const TreeDigits& bytes) {
    for (std::size_t tree = 0; tree < kTrees; ++tree) {
      TreeHashes hashes(session, tree);
      holds &= PunctureTree(hashes, tree, keys, bytes[tree], message.subspan(kTreeBytes * tree, kTreeBytes),
                            leaves.data() + kTreeLeaves * tree);
    }
  });
  if (!holds) return Fail(ErrorCode::kCheatingDetected, "the check of the trees of seeds failed");
  return leaves;
}

}  // namespace mpcstats
