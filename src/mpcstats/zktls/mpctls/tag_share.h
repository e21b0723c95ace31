// One end's share of a record's tag, from its XOR shares of the powers of H and of the tag mask. Both ends do the same.
#pragma once

#include <cstddef>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/field/gf2_128.h"
#include "mpcstats/zktls/tls/ghash.h"

namespace mpcstats {

/// Shares of H, H^2, H^3, ... of one direction, in order. GHASH is linear in them with public coefficients, so shares of a
/// tag cost nothing but this: no product is made between the ends.
///
/// Cost:     a square for each even power, a product for each block; below 1 us a record.
/// Security: constant time in the shares. A share of a tag that leaves is masked by the tag mask's share, once: each mask is for
///           one record. Nothing here is checked: who gave other powers to the other end makes tags that are none, and the
///           notary recomputes them all after close.
/// Source:   NIST SP 800-38D section 6.4; even powers from odd ones by (a + b)^2 = a^2 + b^2, as in DECO and TLSNotary.
class TagShares {
 public:
  /// From shares of H, H^3, H^5, ..., as many as there are. Errors: kInvalidArgument for none.
  [[nodiscard]] static Result<TagShares> FromOddPowers(std::span<const GcmBlock> odd_powers);
  /// The longest ciphertext, in bytes, that the powers are enough for beside 13 bytes of additional data.
  [[nodiscard]] std::size_t max_ciphertext() const { return (powers_.size() - 2) * sizeof(GcmBlock); }

  /// The share of the tag of this record. `mask` is the share of its tag mask.
  /// Errors: kInvalidArgument for a longer ciphertext or additional data of more than one block.
  [[nodiscard]] Result<GcmBlock> Share(ByteSpan additional_data, ByteSpan ciphertext,
                                       const Secret<GcmBlock>& mask) const;

 private:
  explicit TagShares(Buffer<Gf2_128> powers) : powers_(std::move(powers)) {}
  Buffer<Gf2_128> powers_;  ///< powers_[i] is the share of H^(i+1)
};

}  // namespace mpcstats
