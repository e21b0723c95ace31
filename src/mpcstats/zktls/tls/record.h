// TLS records out of a byte stream, and into one (RFC 5246 section 6.2, RFC 5288).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "mpcstats/base/bytes.h"
#include "mpcstats/zktls/tls/protocol.h"

namespace mpcstats {

struct TlsRecord {
  TlsContent type = TlsContent::kHandshake;
  std::uint16_t version = kTls12;
  std::size_t offset = 0;  ///< of the record's header in the stream of its direction
  Bytes fragment;
};

/// Cuts one direction's bytes into records. A header that cannot be right is refused as soon as its five bytes are
/// there, before anything is kept of the record's body.
///
/// Shapes:   content types 20 to 23 only; version 0x0303, and before Hello() was called also 0x0301 (RFC 5246 E.1 lets
///           a first record carry it). Fragments of 1 to 2^14 bytes; after Protect() of 24 to 2^14 + 24. Empty ones are
///           refused before Protect(), which RFC 5246 section 6.2.1 says of all types that can come there.
/// Security: holds at most one record and what was given with it.
class TlsRecordReader {
 public:
  explicit TlsRecordReader(TlsSide from) : from_(from) {}

  void Add(ByteSpan bytes);
  /// The next whole record, or nothing yet.
  [[nodiscard]] TlsResult<std::optional<TlsRecord>> Next();
  /// The version is agreed on: 0x0303 from now on.
  void Hello() { hello_ = true; }
  /// The records after the ones taken so far are protected.
  void Protect() { protected_ = true; }
  /// Where in the stream the next record starts.
  [[nodiscard]] std::size_t offset() const { return offset_; }
  /// Bytes of a record that is not whole yet.
  [[nodiscard]] std::size_t pending() const { return buffer_.size() - used_; }

 private:
  TlsSide from_;
  Bytes buffer_;
  std::size_t used_ = 0;
  std::size_t offset_ = 0;
  bool hello_ = false;
  bool protected_ = false;
};

/// header | fragment.
[[nodiscard]] Bytes EncodeTlsRecord(TlsContent type, ByteSpan fragment, std::uint16_t version = kTls12);

/// The 13 bytes that GCM authenticates beside the ciphertext: sequence number, type, version and plaintext length.
[[nodiscard]] std::array<std::uint8_t, 13> TlsAdditionalData(std::uint64_t sequence, TlsContent type,
                                                             std::size_t plaintext_bytes);

}  // namespace mpcstats
