#include "mpcstats/zktls/tls/tag_check.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/zktls/tls/record.h"

namespace mpcstats {

GcmBlock TlsCounterBlock(const std::array<std::uint8_t, 4>& salt,
                         const std::array<std::uint8_t, kTlsNonceBytes>& explicit_nonce,
                         std::uint32_t counter) {
  GcmBlock block;
  std::ranges::copy(salt, block.begin());
  std::ranges::copy(explicit_nonce, block.begin() + 4);
  for (std::size_t i = 0; i < 4; ++i) block[12 + i] = static_cast<std::uint8_t>(counter >> (24 - 8 * i));
  return block;
}

Status CheckTlsTags(std::span<const ObservedRecord> records, const GcmBlock& h,
                    std::span<const GcmBlock> j0) {
  if (records.size() != j0.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} opened blocks for the tags of {} records", j0.size(), records.size()));
  }
  if (h == GcmBlock{}) {
    return Fail(ErrorCode::kCheatingDetected,
                "the opened authentication key is zero, which authenticates nothing");
  }
  const PublicGhash ghash(h);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ObservedRecord& record = records[i];
    GcmBlock tag = ghash.Hash(TlsAdditionalData(record.sequence, record.type, record.ciphertext.size()),
                              record.ciphertext);
    for (std::size_t k = 0; k < tag.size(); ++k) tag[k] ^= j0[i][k];
    if (tag != record.tag) {
      return Fail(ErrorCode::kCheatingDetected,
                  fmt::format("the tag of record {} is not that of the opened keys", record.sequence));
    }
  }
  return {};
}

}  // namespace mpcstats
