// GcmRecords: AES-128-GCM records under keys of this process (RFC 5288).
#pragma once

#include "mpcstats/zktls/tls/key_schedule.h"

namespace mpcstats {

class GcmRecords final : public RecordProtection {
 public:
  /// kServer swaps the two directions, for servers in tests.
  explicit GcmRecords(const Secret<TlsKeyBlock>& keys, TlsSide side = TlsSide::kClient);
  GcmRecords(const GcmRecords&) = delete;
  GcmRecords& operator=(const GcmRecords&) = delete;
  ~GcmRecords() override;

  [[nodiscard]] Result<Bytes> Seal(TlsContent type, std::uint64_t sequence, ByteSpan plaintext) override;
  [[nodiscard]] Result<std::optional<Buffer<std::uint8_t>>> Open(TlsContent type, std::uint64_t sequence,
                                                                 ByteSpan fragment) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats
