// The lists of a batch as bytes in a row of a database.
#pragma once

#include <utility>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats {

inline constexpr std::size_t kPseudonymBytes = 16;

[[nodiscard]] Bytes EncodeIds(std::span<const Bytes32> ids);
[[nodiscard]] Bytes EncodeRefused(std::span<const std::pair<Bytes32, Refusal>> refused);
/// Each has kPseudonymBytes.
[[nodiscard]] Bytes EncodePseudonyms(std::span<const Bytes> pseudonyms);

/// Errors: kInvalidArgument: the database is damaged.
[[nodiscard]] Result<std::vector<Bytes32>> DecodeIds(ByteSpan bytes);
[[nodiscard]] Result<std::vector<std::pair<Bytes32, Refusal>>> DecodeRefused(ByteSpan bytes);
[[nodiscard]] Result<std::vector<Bytes>> DecodePseudonyms(ByteSpan bytes);

}  // namespace mpcstats
