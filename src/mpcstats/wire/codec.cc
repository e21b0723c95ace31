#include "mpcstats/wire/codec.h"

#include "mpcstats/base/check.h"

namespace mpcstats {

namespace {
template <typename T>
void Append(Bytes& bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
template <typename T>
T Parse(ByteSpan bytes) {
  T value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= static_cast<T>(static_cast<T>(bytes[i]) << (8 * i));
  return value;
}
}  // namespace

Writer& Writer::U8(std::uint8_t value) {
  bytes_.push_back(value);
  return *this;
}
Writer& Writer::U16(std::uint16_t value) {
  Append(bytes_, value);
  return *this;
}
Writer& Writer::U32(std::uint32_t value) {
  Append(bytes_, value);
  return *this;
}
Writer& Writer::U64(std::uint64_t value) {
  Append(bytes_, value);
  return *this;
}
Writer& Writer::Raw(ByteSpan bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}
Writer& Writer::String(std::string_view text) {
  CHECK(text.size() <= 0xffffffffu);
  U32(static_cast<std::uint32_t>(text.size()));
  return Raw(AsBytes(text));
}

ByteSpan Reader::Raw(std::size_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const ByteSpan head = rest_.first(size);
  rest_ = rest_.subspan(size);
  return head;
}
std::uint8_t Reader::U8() { return Parse<std::uint8_t>(Raw(1)); }
std::uint16_t Reader::U16() { return Parse<std::uint16_t>(Raw(2)); }
std::uint32_t Reader::U32() { return Parse<std::uint32_t>(Raw(4)); }
std::uint64_t Reader::U64() { return Parse<std::uint64_t>(Raw(8)); }
std::string Reader::String(std::size_t limit) {
  const std::uint32_t size = U32();
  if (size > limit) ok_ = false;
  const ByteSpan bytes = Raw(size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Status Reader::Finish(std::string_view what) const {
  if (ok_ && rest_.empty()) return {};
  return Fail(ErrorCode::kProtocolViolation,
              std::string(what) +
                  (ok_ ? " has bytes after its end" : " is shorter than its fields or breaks a limit"));
}

}  // namespace mpcstats
