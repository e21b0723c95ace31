// The prover's commitments as bits on their way into and out of bytes: lowest bit first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

class BitWriter {
 public:
  /// Bit 0 of `bit`; no branch on it.
  void Push(std::uint8_t bit) {
    if (count_ % 8 == 0) bytes_.push_back(0);
    bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | ((bit & 1u) << (count_ % 8)));
    ++count_;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// All bits since the last call, the last byte filled up with zeros.
  [[nodiscard]] Bytes Take() {
    count_ = 0;
    return std::exchange(bytes_, {});
  }

 private:
  Bytes bytes_;
  std::size_t count_ = 0;
};

class BitReader {
 public:
  BitReader() = default;
  explicit BitReader(ByteSpan bytes) : bytes_(bytes.begin(), bytes.end()) {}
  [[nodiscard]] std::size_t remaining() const { return 8 * bytes_.size() - next_; }
  /// The next bit; the caller has looked at remaining().
  std::uint8_t Next() {
    const auto bit = static_cast<std::uint8_t>((bytes_[next_ / 8] >> (next_ % 8)) & 1u);
    ++next_;
    return bit;
  }
  /// Whether what is left is what a BitWriter fills up with.
  [[nodiscard]] bool AtEnd() const {
    return remaining() < 8 && (next_ % 8 == 0 || (bytes_.back() >> (next_ % 8)) == 0);
  }

 private:
  Bytes bytes_;
  std::size_t next_ = 0;
};

}  // namespace mpcstats
