// GHASH (NIST SP 800-38D section 6.4) over public values: the notary's recomputation of tags.
#pragma once

#include <array>
#include <cstdint>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

using GcmBlock = std::array<std::uint8_t, 16>;

/// Multiplies by one key again and again.
///
/// Cost:     a table of 8 KB a key; about 30 ns a block.
/// Security: for an opened, public key only: table look-ups depend on the data.
class PublicGhash {
 public:
  explicit PublicGhash(const GcmBlock& key);

  /// GHASH of both strings, each padded with zeros to whole blocks, and of their lengths in bits.
  [[nodiscard]] GcmBlock Hash(ByteSpan aad, ByteSpan ciphertext) const;

 private:
  struct Element {
    std::uint64_t high = 0;  // bits 0..63 of the block, most significant first
    std::uint64_t low = 0;
  };
  void Absorb(Element& sum, ByteSpan bytes) const;
  [[nodiscard]] Element Times(const Element& x) const;

  // table_[i][n] = n * x^(4 i) * key, n of four bits.
  std::array<std::array<Element, 16>, 32> table_{};
};

}  // namespace mpcstats
