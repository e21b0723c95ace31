#include <algorithm>

#include "mpcstats/crypto/merkle.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/submission_box.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kZero{};

// Bytes of an encoded envelope but for its groups and the invitation, and of a group.
constexpr std::size_t kEnvelopeBytes = 4 + 183 + 3 * 32 + 64 + 1;
constexpr std::size_t kGroupBytes = 107 + 96;
// Token key, index, number of nodes, signature.
constexpr std::size_t kInviteBytes = 32 + 4 + 1 + 64;

std::size_t LongestPath(std::uint32_t count) {
  return count < 2 ? 0 : static_cast<std::size_t>(std::bit_width(count - 1));
}

// A declared group has no notary; a proven one names all of its session.
bool HasItsNotary(const HeaderGroup& group) {
  const bool proven = group.source_id != 0;
  return proven == (group.notary_key_id != kZero) && proven == (group.notary_session_id != kZero) &&
         proven == (group.attestation_hash != kZero);
}

// The survey's groups in order, each with a session of its own.
bool FitsGroups(const std::vector<HeaderGroup>& groups, const Survey& survey) {
  const std::vector<HeaderGroup> expected = HeaderGroupsOf(GroupsOf(survey));
  if (groups.size() != expected.size()) return false;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const HeaderGroup& group = groups[g];
    const bool fits = group.source_id == expected[g].source_id &&
                      group.column_mask == expected[g].column_mask && group.bits == expected[g].bits &&
                      HasItsNotary(group);
    if (!fits) return false;
    for (std::size_t h = 0; h < g; ++h) {
      if (group.source_id != 0 && groups[h].notary_session_id == group.notary_session_id) return false;
    }
  }
  return true;
}

bool FitsSurvey(const CheckedEnvelope& checked, const Survey& survey) {
  const Header& header = checked.header;
  const bool invited = survey.eligibility == Eligibility::kInvite;
  return FitsGroups(header.groups, survey) && (header.version == 0) == (header.replaces == kZero) &&
         (invited || (header.token_hash == kZero && !checked.envelope.invite));
}

// The signature comes last: it costs a hundred times what the rest does.
bool IsInvited(const CheckedEnvelope& checked, const Survey& survey) {
  const std::optional<InviteProof>& invite = checked.envelope.invite;
  return invite && checked.header.token_hash == TokenHash(invite->token_key) &&
         IsInvited(survey, invite->token_key, invite->index, invite->path) &&
         VerifySignature(invite->token_key, InviteInput(checked.id), invite->signature);
}

}  // namespace

std::vector<HeaderGroup> HeaderGroupsOf(const std::vector<ColumnGroup>& groups) {
  std::vector<HeaderGroup> out;
  for (const ColumnGroup& group : groups) {
    HeaderGroup& made = out.emplace_back();
    made.source_id = group.source_id;
    made.column_mask = group.column_mask;
    made.bits = static_cast<std::uint16_t>(group.layout.bits);
  }
  return out;
}

Bytes SealInput(const Bytes32& id, const std::array<Bytes32, 3>& box_hashes) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/boxes")).Raw(id);
  for (const Bytes32& hash : box_hashes) writer.Raw(hash);
  return std::move(writer).Take();
}

Bytes InviteInput(const Bytes32& id) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/invite")).Raw(id);
  return std::move(writer).Take();
}

Bytes32 TokenHash(const Bytes32& token_key) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/token")).Raw(token_key);
  return Sha256(writer.bytes());
}

bool IsInvited(const Survey& survey, const Bytes32& token_key, std::uint32_t index,
               std::span<const Bytes32> path) {
  return VerifyPath("mpcstats/v1/invited", token_key, index, survey.invite_count, path, survey.invite_root);
}

std::size_t EnvelopeBytesLimit(const Survey& survey) {
  const std::size_t bytes = kEnvelopeBytes + kGroupBytes * GroupsOf(survey).size();
  if (survey.eligibility != Eligibility::kInvite) return bytes;
  return bytes + kInviteBytes + 32 * LongestPath(survey.invite_count);
}

std::expected<CheckedEnvelope, Refusal> CheckEnvelope(const SignedSurvey& signed_survey,
                                                      ByteSpan envelope_bytes) {
  const Survey& survey = signed_survey.survey();
  if (envelope_bytes.size() > EnvelopeBytesLimit(survey)) return std::unexpected(Refusal::kMalformed);
  auto envelope = DecodeEnvelope(envelope_bytes);
  if (!envelope) return std::unexpected(Refusal::kMalformed);
  auto header = DecodeHeader(envelope->header);
  if (!header) return std::unexpected(Refusal::kMalformed);
  if (header->survey_hash != signed_survey.hash()) return std::unexpected(Refusal::kOtherSurvey);
  CheckedEnvelope checked;
  checked.id = SubmissionId(envelope->header);
  checked.envelope = *std::move(envelope);
  checked.header = *std::move(header);
  if (!FitsSurvey(checked, survey)) return std::unexpected(Refusal::kMalformed);
  if (survey.eligibility == Eligibility::kInvite && !IsInvited(checked, survey)) {
    return std::unexpected(Refusal::kNotInvited);
  }
  return checked;
}

bool VerifySeal(const CheckedEnvelope& envelope) {
  return VerifySignature(envelope.header.control_key, SealInput(envelope.id, envelope.envelope.box_hashes),
                         envelope.envelope.seal);
}

}  // namespace mpcstats
