// Canonical binary encoding: little-endian fixed-width integers and length-prefixed strings; no padding, no optional
// spellings, so one value has one encoding. A Reader fails once and for all on the first malformed field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

class Writer {
 public:
  Writer& U8(std::uint8_t value);
  Writer& U16(std::uint16_t value);
  Writer& U32(std::uint32_t value);
  Writer& U64(std::uint64_t value);
  Writer& Raw(ByteSpan bytes);
  /// u32 length, then the bytes.
  Writer& String(std::string_view text);
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] Bytes Take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

class Reader {
 public:
  explicit Reader(ByteSpan bytes) : rest_(bytes) {}
  std::uint8_t U8();
  std::uint16_t U16();
  std::uint32_t U32();
  std::uint64_t U64();
  /// The next `size` bytes, as a view into the input.
  ByteSpan Raw(std::size_t size);
  /// A string of at most `limit` bytes.
  std::string String(std::size_t limit);
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  /// kProtocolViolation unless every read succeeded and nothing is left.
  [[nodiscard]] Status Finish(std::string_view what) const;

 private:
  ByteSpan rest_;
  bool ok_ = true;
};

}  // namespace mpcstats
