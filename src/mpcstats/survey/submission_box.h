// The parts a submission is made of below its header: commitments, and what is signed and sealed. For the sources of this
// folder; everybody else uses submission.h.
#pragma once

#include "mpcstats/survey/submission.h"

namespace mpcstats {

/// Where component `j` of group `group` stands, and how many bits its row part has.
struct CommitmentPlace {
  unsigned j = 0;
  unsigned group = 0;
  unsigned bits = 0;
};

/// SHA-256 of one public block of 64 bytes (tag | j | group | bits | ctx | zeros), then x | r.
///
/// Shapes:   `opening` is x | r: (bits + 7) / 8 bytes and kOpeningNonceBytes.
/// Cost:     two compressions for rows of up to 39 bytes; the first one is over public bytes only.
/// Security: hiding by the 128 bits of r, binding by SHA-256.
/// Source:   review.md K4.
[[nodiscard]] Bytes32 Commitment(const Bytes32& context, const CommitmentPlace& place, ByteSpan opening);

/// True when no bit of `x` beyond the first `bits` is set.
[[nodiscard]] bool HasZeroTop(ByteSpan x, unsigned bits);

/// Bytes of x | r of the survey's one group.
[[nodiscard]] std::size_t ComponentBytes(const Survey& survey);

[[nodiscard]] Bytes BoxInfo(const Bytes32& survey_hash, unsigned party);
[[nodiscard]] Bytes SealInput(const Bytes32& id, const std::array<Bytes32, 3>& box_hashes);
[[nodiscard]] Bytes InviteInput(const Bytes32& id);
[[nodiscard]] Bytes32 TokenHash(const Bytes32& token_key);

/// The one group of a declared survey's header.
[[nodiscard]] HeaderGroup DeclaredGroup(const Survey& survey);
/// True when the survey's invite tree has `token_key` as leaf `index`.
[[nodiscard]] bool IsInvited(const Survey& survey, const Bytes32& token_key, std::uint32_t index,
                             std::span<const Bytes32> path);

}  // namespace mpcstats
