// The parts a submission is made of below its header: commitments, and what is signed and sealed. For the sources of this
// folder; everybody else uses submission.h.
#pragma once

#include "mpcstats/base/buffer.h"
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

/// Bytes of [x | r]_g: a component of all groups.
[[nodiscard]] std::size_t ComponentBytes(const std::vector<ColumnGroup>& groups);
/// Bytes of the places for attestations at the end of a box; 0 for declared surveys.
[[nodiscard]] std::size_t AttestationPlaces(const Survey& survey, const std::vector<ColumnGroup>& groups);
/// Of one group's place, its length field included; 0 for the declared group. Enough for any attestation that the survey can
/// take, with at most 256 bytes of public values.
[[nodiscard]] std::size_t AttestationPlace(const Survey& survey, const ColumnGroup& group);

[[nodiscard]] Bytes BoxInfo(const Bytes32& survey_hash, unsigned party);
[[nodiscard]] Bytes SealInput(const Bytes32& id, const std::array<Bytes32, 3>& box_hashes);
[[nodiscard]] Bytes InviteInput(const Bytes32& id);
[[nodiscard]] Bytes32 TokenHash(const Bytes32& token_key);

/// The groups of a header to the survey, without notary fields.
[[nodiscard]] std::vector<HeaderGroup> HeaderGroupsOf(const std::vector<ColumnGroup>& groups);
/// x_0, x_1 and every r independent and of full length; x_2 = row ^ x_0 ^ x_1. Unused top bits are zero in each. Secret.
using Components = std::array<Buffer<std::uint8_t>, 3>;
[[nodiscard]] Components SplitRow(ByteSpan row, unsigned bits, Rng& rng);
/// c_g0, c_g1, c_g2.
[[nodiscard]] std::array<Bytes32, 3> CommitTo(const Header& header, std::size_t group,
                                              const Components& components);
/// Signs and seals what goes with a whole header: [x_gj | r_gj]_g per component, the places for attestations.
struct SealInputs {
  const SignedSurvey* survey = nullptr;
  std::array<ByteSpan, 3> components;
  ByteSpan places;
};
/// SealProven without its look at what the attestations say: for tests of what the parties say.
struct ProvenGroup;
[[nodiscard]] Result<Submission> SealUnchecked(const SignedSurvey& survey, Header draft,
                                               const RowBits* declared, std::span<const ProvenGroup> proven,
                                               const SigningKey& control, Rng& rng);
[[nodiscard]] Result<Submission> SealBoxes(const Header& header, const SealInputs& inputs,
                                           const SigningKey& control, Rng& rng);
/// True when the survey's invite tree has `token_key` as leaf `index`.
[[nodiscard]] bool IsInvited(const Survey& survey, const Bytes32& token_key, std::uint32_t index,
                             std::span<const Bytes32> path);

}  // namespace mpcstats
