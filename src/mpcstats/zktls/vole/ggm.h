// Trees of seeds (Goldreich, Goldwasser, Micali): one end knows all leaves, the other all but one of each tree.
//
// The builder draws roots and sends, for every level, the sums of the left and of the right children, each under the
// key of one base oblivious transfer, and a check of the leaves. The other end misses the leaf alpha of a tree: of each
// level it learns the sum on the side where alpha does not go.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/ot/base_ot.h"
#include "mpcstats/zktls/vole/vole_kernels.h"

namespace mpcstats {

inline constexpr std::size_t kTrees = kBaseOts / kTreeDepth;
using Seed = std::array<std::uint8_t, 16>;
/// Of each tree: two sums a level, the sum of the leaves' checks, the hash of all of them.
inline constexpr std::size_t kTreeBytes = kTreeDepth * 2 * sizeof(Seed) + 2 * sizeof(Bytes32);
inline constexpr std::size_t kTreesMessageBytes = kTrees * kTreeBytes;

/// The digits alpha of the trees, joined: byte t is the digit of tree t. These are the bytes of Delta.
using TreeDigits = OtChoices;

/// What the choices of the base transfers have to be for these digits: a key is learned where alpha does not go.
[[nodiscard]] Secret<OtChoices> ChoicesFor(const Secret<TreeDigits>& digits);

/// All leaves, 256 a tree.
struct BuiltTrees {
  Buffer<Seed> leaves;
  Bytes message;
};

/// Cost:     about 12,000 short hashes.
/// Source:   Roy, SoftSpokenOT, CRYPTO 2022 (ePrint 2022/192), the punctured pseudorandom function from OT and its check;
///           the check is from Boyle, Couteau, Gilboa, Ishai, Kohl, Rindal and Scholl, CCS 2019 (ePrint 2019/1159).
[[nodiscard]] BuiltTrees BuildTrees(const Bytes32& session, const OtKeyPairs& keys, Rng& rng);

/// The leaves but one of each tree, numbered by z = y ^ alpha, so that the missing one is z = 0 (zeros stand there).
///
/// Security: a builder whose message would give other leaves for other alphas is caught unless it guesses: of a tree
///           that passes for g of the 256 alphas, with probability 1 - g/256, and what it then knows of alpha is that
///           it is one of the g. No time or address depends on the digits.
/// Errors:   kProtocolViolation for a message of another length; kCheatingDetected when a check fails.
[[nodiscard]] Result<Buffer<Seed>> PuncturedLeaves(const Bytes32& session, const OtKeys& keys,
                                                   const Secret<TreeDigits>& digits, ByteSpan message);

}  // namespace mpcstats
