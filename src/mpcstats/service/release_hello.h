// The opening message of a release: what a party has, so that all three compute the same version.
#pragma once

#include <optional>

#include "mpcstats/store/party_store.h"

namespace mpcstats {

struct ReleaseHello {
  Bytes32 survey_hash{};
  std::uint32_t completed = 0;  ///< releases with three signatures
  std::uint32_t closed = 0;     ///< closed batches
  Bytes32 batch_head{};         ///< SHA-256 of the last certificate
  Bytes32 previous{};           ///< hash of the last completed receipt
  UnixSeconds as_of = 0;
  bool has_body = false;                ///< computed and saved, not yet signed by all
  std::optional<ReleaseIntent> intent;  ///< of release completed + 1
  std::optional<ReleaseRecord> last;    ///< the last completed one, for a peer that missed its end
};

inline constexpr std::size_t kReleaseHelloLimit = std::size_t{1} << 22;
[[nodiscard]] Bytes EncodeReleaseHello(const ReleaseHello& hello);
/// Errors: kProtocolViolation.
[[nodiscard]] Result<ReleaseHello> DecodeReleaseHello(ByteSpan bytes);

}  // namespace mpcstats
