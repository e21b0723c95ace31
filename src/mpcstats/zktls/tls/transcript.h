// The running SHA-256 over handshake messages, which can be read on the way (RFC 5246 section 7.4.9).
#pragma once

#include "mpcstats/base/bytes.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {

/// Keeps the messages themselves: a handshake is a few kilobytes and is hashed three times.
class TlsTranscript {
 public:
  void Add(ByteSpan message) { bytes_.insert(bytes_.end(), message.begin(), message.end()); }
  [[nodiscard]] Bytes32 Hash() const { return Sha256(bytes_); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace mpcstats
