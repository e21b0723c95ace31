#include "mpcstats/survey/proven.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/submission_box.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

std::unexpected<Error> Refuse(std::string sentence) {
  return Fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

AttestedKind KindOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kNumber: return AttestedKind::kNumber;
    case ColumnKind::kCategory: return AttestedKind::kCategory;
    case ColumnKind::kUnique: return AttestedKind::kUnique;
  }
  CHECK(false);
  return AttestedKind::kNumber;
}

std::vector<NotaryKey> KeysOf(const Survey& survey, const SurveySource& source) {
  std::vector<NotaryKey> keys;
  for (const std::size_t notary : source.notaries) {
    const auto& its = survey.notaries[notary].keys;
    keys.insert(keys.end(), its.begin(), its.end());
  }
  return keys;
}

const SurveySource& SourceOf(const Survey& survey, const HeaderGroup& group) {
  CHECK(group.source_id > 0 && group.source_id <= survey.sources.size());
  return survey.sources[group.source_id - 1u];
}

// Everything but the time: a person cannot know when her answer arrives.
Status CheckOwn(const Survey& survey, const Header& header, std::size_t g, ByteSpan attestation) {
  const SurveySource& source = SourceOf(survey, header.groups[g]);
  const TimeWindow any{.earliest = 0, .latest = INT64_MAX};
  const auto faults = CheckAttestation(attestation, ExpectationOf(survey, source), ClaimOf(header, g), {},
                                       any, SignatureCheck::kVerify);
  if (faults.empty()) return {};
  return Refuse(
      fmt::format("the proof of \"{}\" cannot be sent: {}", source.id, AttestationFaultSentence(faults[0])));
}

bool Fits(const Components& components, const RowLayout& layout) {
  return std::ranges::all_of(components, [&](const Buffer<std::uint8_t>& one) {
    return one.size() == layout.bytes() + kOpeningNonceBytes &&
           HasZeroTop(one.span().first(layout.bytes()), layout.bits);
  });
}

// Group after group, for each component a buffer of its own.
void Append(Components& all, std::size_t at, const Components& part) {
  for (unsigned j = 0; j < 3; ++j) std::ranges::copy(part[j].span(), all[j].data() + at);
}

// size u16 | attestation | zeros
Status AppendPlace(const Survey& survey, const ColumnGroup& group, ByteSpan attestation, Bytes& places) {
  const std::size_t size = AttestationPlace(survey, group);
  if (attestation.size() + 2 > size) {
    return Refuse(
        fmt::format("the attestation of \"{}\" has {} bytes where the survey has place for {}; withhold its "
                    "last two leaves, and show at most 256 bytes",
                    survey.sources[group.source_id - 1u].id, attestation.size(), size - 2));
  }
  Writer place;
  place.U16(static_cast<std::uint16_t>(attestation.size()))
      .Raw(attestation)
      .Raw(Bytes(size - 2 - attestation.size()));
  places.insert(places.end(), place.bytes().begin(), place.bytes().end());
  return {};
}

}  // namespace

AttestedColumn AttestedOf(const SurveyColumn& column) {
  AttestedColumn out{.name = column.name,
                     .kind = KindOf(column.kind),
                     .scale = static_cast<std::uint8_t>(column.scale),
                     .bits = static_cast<std::uint16_t>(column.value_bits()),
                     .may_be_missing = column.may_be_missing,
                     .min_units = column.min_units,
                     .max_units = column.max_units,
                     .categories = {}};
  if (column.kind == ColumnKind::kCategory) {
    out.max_units = static_cast<std::int64_t>(column.categories.size()) - 1;
    out.categories = HashOfCategories(column.categories);
  }
  return out;
}

Result<Header> DraftHeader(const SignedSurvey& survey, const SigningKey& control, const SealOptions& options,
                           std::span<const Bytes32> notary_key_ids, Rng& rng) {
  const Survey& content = survey.survey();
  if (content.sources.empty())
    return Refuse("this survey takes no proven answers; share one without a proof");
  if (notary_key_ids.size() != content.sources.size()) {
    return Refuse(
        fmt::format("this survey has {} sources; choose a notary's key for each", content.sources.size()));
  }
  if ((options.version == 0) != (options.replaces == Bytes32{}) || options.invite != nullptr) {
    return Refuse(
        "a replacement has a version from 1 on and the id of the answer it replaces, a first answer neither; "
        "this survey has no invitations");
  }
  Header header;
  header.survey_hash = survey.hash();
  header.control_key = control.PublicKey();
  rng.Fill(header.nonce);
  header.version = options.version;
  header.replaces = options.replaces;
  header.groups = HeaderGroupsOf(GroupsOf(content));
  for (HeaderGroup& group : header.groups) {
    if (group.source_id == 0) continue;
    group.notary_key_id = notary_key_ids[group.source_id - 1u];
    const std::vector<NotaryKey> keys = KeysOf(content, SourceOf(content, group));
    const bool known = std::ranges::any_of(
        keys, [&](const NotaryKey& key) { return NotaryKeyId(key.public_key) == group.notary_key_id; });
    if (!known) return Refuse(std::string(AttestationFaultSentence(AttestationFault::kUnknownKey)));
  }
  return header;
}

Result<Submission> SealUnchecked(const SignedSurvey& survey, Header draft, const RowBits* declared,
                                 std::span<const ProvenGroup> proven, const SigningKey& control, Rng& rng) {
  const Survey& content = survey.survey();
  const std::vector<ColumnGroup> groups = GroupsOf(content);
  const bool has_declared = groups[0].source_id == 0;
  if (draft.groups.size() != groups.size() || proven.size() != content.sources.size() ||
      content.sources.empty() || has_declared != (declared != nullptr) ||
      draft.survey_hash != survey.hash()) {
    return Refuse(
        "a proven answer has one part for each of the survey's sources, and one for the declared columns if "
        "there are any; start again with this survey");
  }
  const std::size_t size = ComponentBytes(groups);
  Components all;
  for (auto& component : all) component = Buffer<std::uint8_t>(size);
  Bytes places;
  draft.commitments.clear();
  std::size_t at = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const RowLayout& layout = groups[g].layout;
    if (groups[g].source_id == 0) {
      const Bytes& row = declared->bytes(SecretAccess("splitting the declared columns"));
      if (row.size() != layout.bytes() || !HasZeroTop(row, layout.bits)) {
        return Refuse("the declared columns are not this survey's; encode them with this survey");
      }
      const Components split = SplitRow(row, layout.bits, rng);
      draft.commitments.push_back(CommitTo(draft, g, split));
      Append(all, at, split);
    } else {
      const ProvenGroup& part = proven[groups[g].source_id - 1u];
      if (!Fits(part.components, layout))
        return Refuse("the proven columns are not of this survey's width; prove again");
      draft.groups[g].attestation_hash = AttestationHash(part.attestation);
      draft.commitments.push_back(CommitTo(draft, g, part.components));
      RETURN_IF_ERROR(AppendPlace(content, groups[g], part.attestation, places));
      Append(all, at, part.components);
    }
    at += layout.bytes() + kOpeningNonceBytes;
  }
  const SealInputs inputs{
      .survey = &survey, .components = {all[0].span(), all[1].span(), all[2].span()}, .places = places};
  return SealBoxes(draft, inputs, control, rng);
}

Result<Submission> SealProven(const SignedSurvey& survey, Header draft, const RowBits* declared,
                              std::span<const ProvenGroup> proven, const SigningKey& control, Rng& rng) {
  ASSIGN_OR_RETURN(Submission submission,
                   SealUnchecked(survey, std::move(draft), declared, proven, control, rng));
  ASSIGN_OR_RETURN(const Header header, DecodeHeader(submission.envelope.header));
  for (std::size_t g = 0; g < header.groups.size(); ++g) {
    const std::uint8_t source = header.groups[g].source_id;
    if (source != 0) RETURN_IF_ERROR(CheckOwn(survey.survey(), header, g, proven[source - 1u].attestation));
  }
  return submission;
}

SourceExpectation ExpectationOf(const Survey& survey, const SurveySource& source) {
  SourceExpectation expected{.weakest = source.weakest,
                             .host = source.host,
                             .template_hash = source.template_hash,
                             .root_store = source.root_store,
                             .keys = KeysOf(survey, source),
                             .bits = 0,
                             .columns = {}};
  unsigned bits = 0;
  for (const std::size_t index : source.columns) {
    const AttestedColumn& column = expected.columns.emplace_back(AttestedOf(survey.columns[index]));
    bits += column.bits + (column.may_be_missing ? 1u : 0u);
  }
  expected.bits = static_cast<std::uint16_t>(bits);
  return expected;
}

HeaderClaim ClaimOf(const Header& header, std::size_t group) {
  CHECK(group < header.groups.size() && group < header.commitments.size());
  return {.group = static_cast<std::uint8_t>(group),
          .key_id = header.groups[group].notary_key_id,
          .session_id = header.groups[group].notary_session_id,
          .attestation_hash = header.groups[group].attestation_hash,
          .context = ContextOf(header, group),
          .commitments = header.commitments[group]};
}

TimeWindow WindowOf(const Survey& survey, const SurveySource& source, const ProofTime& time) {
  const UnixSeconds arrival = time.when == ProofTime::When::kArrival ? time.time : survey.opens;
  return {.earliest = arrival - source.max_age_seconds - kNotaryClockTolerance,
          .latest = time.time + kNotaryClockTolerance};
}

Refusal CheckAttestations(const SignedSurvey& survey, const CheckedEnvelope& envelope, ByteSpan box_plaintext,
                          const std::set<Bytes32>& revoked, const ProofTime& time, SignatureCheck signature) {
  const Survey& content = survey.survey();
  for (std::size_t g = 0; g < envelope.header.groups.size(); ++g) {
    const HeaderGroup& group = envelope.header.groups[g];
    if (group.source_id == 0) continue;
    const SurveySource& source = SourceOf(content, group);
    const auto faults =
        CheckAttestation(AttestationOf(content, box_plaintext, g), ExpectationOf(content, source),
                         ClaimOf(envelope.header, g), revoked, WindowOf(content, source, time), signature);
    if (!faults.empty()) return RefusalOf(faults[0]);
  }
  return Refusal::kNone;
}

}  // namespace mpcstats
