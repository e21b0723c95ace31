// Bits of the garbled plan, one a byte, and the byte strings that they are: lowest bit of a byte first, as in Circuit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"

namespace mpcstats {

/// The bits of byte strings, joined, as inputs of a phase.
class PhaseBits {
 public:
  explicit PhaseBits(std::size_t bytes) : bits_(8 * bytes) {}
  PhaseBits& Add(ByteSpan bytes) {
    for (const std::uint8_t byte : bytes) {
      for (unsigned k = 0; k < 8; ++k) bits_[at_++] = static_cast<std::uint8_t>((byte >> k) & 1);
    }
    return *this;
  }
  /// A number that is stored highest byte first; in the plan numbers have their lowest bit first.
  PhaseBits& AddNumber(ByteSpan big_endian) {
    for (std::size_t i = big_endian.size(); i-- > 0;) Add(big_endian.subspan(i, 1));
    return *this;
  }
  [[nodiscard]] std::span<const std::uint8_t> span() const { return bits_.span(); }

 private:
  Buffer<std::uint8_t> bits_;
  std::size_t at_ = 0;
};

/// Bytes number `first` to `first + out.size()` of a phase's outputs.
inline void BytesOfBits(std::span<const std::uint8_t> bits, std::size_t first, MutableByteSpan out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint8_t byte = 0;
    for (unsigned k = 0; k < 8; ++k) {
      byte = static_cast<std::uint8_t>(byte | (bits[8 * (first + i) + k] << k));
    }
    out[i] = byte;
  }
}

}  // namespace mpcstats
