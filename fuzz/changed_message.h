// What fuzz targets of protocols share: one message of an honest run is changed by the input, and whoever gets it refuses it with a
// clear error.
//
// The input: which message (one byte), how its length is changed (one byte), where the change starts (two bytes), and the bytes that
// are xored into it there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/check.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

class ChangedMessage {
 public:
  /// A run has so many messages.
  ChangedMessage(ByteSpan input, unsigned messages) : messages_(messages) {
    if (input.size() < 4) return;
    message_ = input[0];
    length_ = input[1];
    at_ = input[2] | std::size_t{input[3]} << 8;
    bytes_ = input.subspan(4);
  }

  /// Nothing is changed, wherever it is: the run of two honest ends, which is always the same.
  [[nodiscard]] bool none() const {
    return length_ < 0xe0 && std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
  }
  /// The one that is changed.
  [[nodiscard]] unsigned message() const { return message_ % messages_; }

  /// What the other end gets in place of this message of an honest end.
  [[nodiscard]] Bytes Of(unsigned message, Bytes honest) const {
    if (message != this->message()) return honest;
    // Mostly the right length: the others are refused before anything is read.
    if (length_ >= 0xf0) honest.resize(honest.size() - std::min<std::size_t>(honest.size(), length_ - 0xefu));
    if (length_ >= 0xe0 && length_ < 0xf0) honest.resize(honest.size() + length_ - 0xdfu);
    for (std::size_t i = 0; i < bytes_.size() && at_ + i < honest.size(); ++i) honest[at_ + i] ^= bytes_[i];
    return honest;
  }

 private:
  unsigned messages_;
  unsigned message_ = 0;
  unsigned length_ = 0;
  std::size_t at_ = 0;
  ByteSpan bytes_;
};

/// A peer that does not follow ends a session in one of two ways, with a sentence.
inline void CheckRefusal(const Error& error) {
  CHECK(error.code() == ErrorCode::kProtocolViolation || error.code() == ErrorCode::kCheatingDetected);
  CHECK(!error.message().empty() && error.message().size() < 256);
}

}  // namespace mpcstats
