// A row of proven values, split into three components and committed to: what binds a notary's attestation to what the three
// parties get in their boxes.
//
//   c_j = SHA-256([64-byte public block: "mpcstats/v1/commit" | j | group | bits | ctx] | x_j | r_j),  x_0 ^ x_1 ^ x_2 = row
//
// The bytes are those of survey/submission.h.
#pragma once

#include <array>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/zktls/zk/role.h"

namespace mpcstats {

inline constexpr std::size_t kShareNonceBytes = 16;

/// What all three commitments have in common; public.
struct ShareContext {
  Bytes32 ctx{};
  unsigned group = 0;
  std::size_t bits = 0;  ///< of the row; at most 4096
  [[nodiscard]] std::size_t bytes() const { return (bits + 7) / 8; }
};

/// The prover's shares of one row; wiped.
struct RowShares {
  Buffer<std::uint8_t> witness;  ///< x_0 | x_1 | r_0 | r_1 | r_2: what ProveShares commits to
  std::array<Buffer<std::uint8_t>, 3> components;  ///< x_j | r_j: what goes into the boxes
  std::array<Bytes32, 3> commitments{};            ///< public
};

/// Splits `row` (context.bytes() bytes, unused top bits zero) with independent randomness for x_0, x_1 and each r.
[[nodiscard]] RowShares ShareRow(ByteSpan row, const ShareContext& context, Rng& rng);

/// Bytes of RowShares::witness.
[[nodiscard]] constexpr std::size_t ShareWitnessBytes(std::size_t row_bytes) {
  return 2 * row_bytes + 3 * kShareNonceBytes;
}

/// The state behind the public first block of c_j.
[[nodiscard]] Bytes32 ShareMidstate(const ShareContext& context, unsigned j);

/// MakeSha256TailCircuit(row_bytes + 16), made once for each length.
[[nodiscard]] const Circuit& ShareCommitmentCircuit(std::size_t row_bytes);

/// The commitments are to components whose sum is `row` (context.bits bits).
///
/// Cost:     for rows of up to 39 bytes three compressions, 3 x 21,184 bits of witness for 8 bytes, and 8 bits for each byte of
///           the witness. Longer rows take a compression more for each 64 bytes, three times.
/// Security: binding by SHA-256 on a fixed-length encoding; hiding by 128 bits of r each. Unused top bits are zero in each
///           component, so that there is one encoding.
template <ZkRole Zk>
Status ProveShares(Zk& zk, const typename Zk::Bits& row, const ShareContext& context,
                   const std::array<Bytes32, 3>& commitments, const typename Zk::Witness& witness) {
  const std::size_t n = 8 * context.bytes();
  const std::size_t spare = n - context.bits;
  ASSIGN_OR_RETURN(const auto committed, zk.Commit(witness));
  const auto x_0 = zk.Slice(committed, 0, n);
  const auto x_1 = zk.Slice(committed, n, n);
  if (spare > 0) {
    RETURN_IF_ERROR(zk.AssertZero(zk.Slice(x_0, context.bits, spare)));
    RETURN_IF_ERROR(zk.AssertZero(zk.Slice(x_1, context.bits, spare)));
  }
  const auto zeros = zk.Repeat(false, spare);
  const auto x_2 = zk.Xor(zk.Xor(x_0, x_1), zk.Concat({row, zeros}));
  const Circuit& circuit = ShareCommitmentCircuit(context.bytes());
  const auto prove = [&](unsigned j, const typename Zk::Bits& x) -> Status {
    const auto r = zk.Slice(committed, 2 * n + 8 * kShareNonceBytes * j, 8 * kShareNonceBytes);
    const auto state = zk.Constant(ShareMidstate(context, j));
    ASSIGN_OR_RETURN(const auto digest, zk.EvaluateCircuit(circuit, zk.Concat({state, x, r})));
    return zk.AssertEqual(digest, commitments[j]);
  };
  RETURN_IF_ERROR(prove(0, x_0));
  RETURN_IF_ERROR(prove(1, x_1));
  return prove(2, x_2);
}

}  // namespace mpcstats
