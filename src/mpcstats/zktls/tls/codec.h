// Big-endian reading and writing as TLS has it (RFC 5246 section 4).
#pragma once

#include <cstdint>
#include <utility>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

class TlsWriter {
 public:
  TlsWriter& U8(std::uint64_t value) { return Number(value, 1); }
  TlsWriter& U16(std::uint64_t value) { return Number(value, 2); }
  TlsWriter& U24(std::uint64_t value) { return Number(value, 3); }
  TlsWriter& U64(std::uint64_t value) { return Number(value, 8); }
  TlsWriter& Raw(ByteSpan bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  /// The length in one, two or three bytes, then the bytes.
  TlsWriter& Vector8(ByteSpan bytes) { return U8(bytes.size()).Raw(bytes); }
  TlsWriter& Vector16(ByteSpan bytes) { return U16(bytes.size()).Raw(bytes); }
  TlsWriter& Vector24(ByteSpan bytes) { return U24(bytes.size()).Raw(bytes); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] Bytes Take() && { return std::move(bytes_); }

 private:
  TlsWriter& Number(std::uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }

  Bytes bytes_;
};

/// Fails once and for all on the first read past the end.
class TlsReader {
 public:
  explicit TlsReader(ByteSpan bytes) : rest_(bytes) {}
  std::uint8_t U8() { return static_cast<std::uint8_t>(Number(1)); }
  std::uint16_t U16() { return static_cast<std::uint16_t>(Number(2)); }
  std::uint32_t U24() { return static_cast<std::uint32_t>(Number(3)); }
  /// The next `size` bytes, as a view into the input.
  ByteSpan Raw(std::size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const ByteSpan head = rest_.first(size);
    rest_ = rest_.subspan(size);
    return head;
  }
  ByteSpan Vector8() { return Raw(U8()); }
  ByteSpan Vector16() { return Raw(U16()); }
  ByteSpan Vector24() { return Raw(U24()); }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  /// True when every read succeeded and nothing is left.
  [[nodiscard]] bool Complete() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t Number(std::size_t width) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : Raw(width)) value = value << 8 | byte;
    return value;
  }

  ByteSpan rest_;
  bool ok_ = true;
};

}  // namespace mpcstats
