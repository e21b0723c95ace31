#include "mpcstats/zktls/tls/record.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/tls/codec.h"

namespace mpcstats {

void TlsRecordReader::Add(ByteSpan bytes) {
  // What was taken goes first, so that the buffer holds what is not taken yet and no history.
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

TlsResult<std::optional<TlsRecord>> TlsRecordReader::Next() {
  const ByteSpan rest = ByteSpan(buffer_).subspan(used_);
  if (rest.size() < kTlsHeaderBytes) return std::nullopt;
  TlsReader header(rest.first(kTlsHeaderBytes));
  const std::uint8_t type = header.U8();
  const std::uint16_t version = header.U16();
  const std::size_t size = header.U16();
  const std::string_view who = TlsSideName(from_);
  if (type < 20 || type > 23) {
    return TlsFail(
        TlsAlert::kUnexpectedMessage,
        fmt::format(
            "{} sent a record of {} where TLS 1.2 has types 20 to 23; does it speak TLS on this port?", who,
            TlsContentName(type)));
  }
  if (version != kTls12 && (hello_ || version != 0x0301)) {
    return TlsFail(
        TlsAlert::kProtocolVersion,
        fmt::format("{} sent a record of version {:#06x} where TLS 1.2 (0x0303) was expected", who, version));
  }
  const std::size_t most = kTlsMaxPlaintext + (protected_ ? kTlsGcmOverhead : 0);
  if (size > most) {
    return TlsFail(TlsAlert::kRecordOverflow,
                   fmt::format("{} sent a record of {} bytes where at most {} may come", who, size, most));
  }
  const std::size_t least = protected_ ? kTlsGcmOverhead : 1;
  if (size < least) {
    return TlsFail(TlsAlert::kDecodeError,
                   fmt::format("{} sent a record of {} bytes where at least {} must come", who, size, least));
  }
  if (rest.size() < kTlsHeaderBytes + size) return std::nullopt;
  const ByteSpan fragment = rest.subspan(kTlsHeaderBytes, size);
  TlsRecord record{static_cast<TlsContent>(type), version, offset_, Bytes(fragment.begin(), fragment.end())};
  used_ += kTlsHeaderBytes + size;
  offset_ += kTlsHeaderBytes + size;
  return record;
}

Bytes EncodeTlsRecord(TlsContent type, ByteSpan fragment, std::uint16_t version) {
  CHECK(fragment.size() <= kTlsMaxPlaintext + kTlsGcmOverhead);
  TlsWriter writer;
  writer.U8(static_cast<std::uint8_t>(type)).U16(version).Vector16(fragment);
  return std::move(writer).Take();
}

std::array<std::uint8_t, 13> TlsAdditionalData(std::uint64_t sequence, TlsContent type,
                                               std::size_t plaintext_bytes) {
  TlsWriter writer;
  writer.U64(sequence).U8(static_cast<std::uint8_t>(type)).U16(kTls12).U16(plaintext_bytes);
  std::array<std::uint8_t, 13> out{};
  std::ranges::copy(writer.bytes(), out.begin());
  return out;
}

}  // namespace mpcstats
