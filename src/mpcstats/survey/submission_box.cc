#include "mpcstats/survey/submission_box.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kPublicBlock = 64;

// Every group of component `j`. `envelope` was checked, so that its groups are those of the survey.
bool Opens(const CheckedEnvelope& envelope, const std::vector<ColumnGroup>& groups, unsigned j,
           ByteSpan component) {
  for (unsigned g = 0; g < groups.size(); ++g) {
    const RowLayout& layout = groups[g].layout;
    const ByteSpan opening = component.first(layout.bytes() + kOpeningNonceBytes);
    component = component.subspan(opening.size());
    if (!HasZeroTop(opening.first(layout.bytes()), layout.bits)) return false;
    if (Commitment(ContextOf(envelope.header, g), {.j = j, .group = g, .bits = layout.bits}, opening) !=
        envelope.header.commitments[g][j]) {
      return false;
    }
  }
  return true;
}

// The attestation in its place: its length, its bytes, zeros. Nothing when the place has another form.
std::optional<ByteSpan> InPlace(ByteSpan place) {
  Reader reader(place);
  const std::uint16_t size = reader.U16();
  const ByteSpan attestation = reader.Raw(size);
  const ByteSpan rest = reader.Raw(reader.remaining());
  if (!reader.ok() || !std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; }))
    return std::nullopt;
  return attestation;
}

// The attestations are those that the header names.
bool HoldsAttestations(const Survey& survey, const CheckedEnvelope& envelope,
                       const std::vector<ColumnGroup>& groups, ByteSpan places) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::size_t size = AttestationPlace(survey, groups[g]);
    if (size == 0) continue;
    const std::optional<ByteSpan> attestation = InPlace(places.first(size));
    places = places.subspan(size);
    if (!attestation || AttestationHash(*attestation) != envelope.header.groups[g].attestation_hash)
      return false;
  }
  return places.empty();
}

std::unexpected<Error> DoesNotOpen(unsigned party) {
  return Fail(
      ErrorCode::kProtocolViolation,
      fmt::format("the box of party {} does not open to the commitments in the header; send a new answer",
                  party));
}

}  // namespace

Bytes32 Commitment(const Bytes32& context, const CommitmentPlace& place, ByteSpan opening) {
  CHECK(opening.size() == (place.bits + 7) / 8 + kOpeningNonceBytes);
  Writer block;
  block.Raw(AsBytes("mpcstats/v1/commit"));
  block.U8(static_cast<std::uint8_t>(place.j)).U8(static_cast<std::uint8_t>(place.group));
  block.U16(static_cast<std::uint16_t>(place.bits)).Raw(context);
  CHECK(block.bytes().size() <= kPublicBlock);
  Buffer<std::uint8_t> input(kPublicBlock + opening.size());
  std::ranges::copy(block.bytes(), input.data());
  std::ranges::copy(opening, input.data() + kPublicBlock);
  return Sha256(input.span());
}

bool HasZeroTop(ByteSpan x, unsigned bits) {
  return bits % 8 == 0 || x.empty() || x.back() >> (bits % 8) == 0;
}

std::size_t ComponentBytes(const std::vector<ColumnGroup>& groups) {
  std::size_t bytes = 0;
  for (const ColumnGroup& group : groups) bytes += group.layout.bytes() + kOpeningNonceBytes;
  return bytes;
}

std::size_t AttestationPlace(const Survey& survey, const ColumnGroup& group) {
  // What an attestation has beside the host, the names of columns and public values, the last two leaves withheld.
  constexpr std::size_t kFixed = 594;
  constexpr std::size_t kColumn = 25 + 32;
  constexpr std::size_t kPublicValues = 256;
  if (group.source_id == 0) return 0;
  std::size_t bytes = 2 + kFixed + kPublicValues + survey.sources[group.source_id - 1u].host.size();
  for (const std::size_t column : group.columns) bytes += kColumn + survey.columns[column].name.size();
  return bytes;
}

std::size_t AttestationPlaces(const Survey& survey, const std::vector<ColumnGroup>& groups) {
  std::size_t bytes = 0;
  for (const ColumnGroup& group : groups) bytes += AttestationPlace(survey, group);
  return bytes;
}

std::size_t BoxBytes(const Survey& survey) {
  const std::vector<ColumnGroup> groups = GroupsOf(survey);
  return 2 * ComponentBytes(groups) + AttestationPlaces(survey, groups) + kHpkeOverhead;
}

Bytes BoxInfo(const Bytes32& survey_hash, unsigned party) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/box")).Raw(survey_hash).U8(static_cast<std::uint8_t>(party));
  return std::move(writer).Take();
}

Result<Bytes> OpenBox(const SignedSurvey& survey, const CheckedEnvelope& envelope, unsigned party,
                      const HpkeKey& key, ByteSpan box) {
  CHECK(party < 3);
  if (Sha256(box) != envelope.envelope.box_hashes[party]) {
    return Fail(
        ErrorCode::kProtocolViolation,
        fmt::format("the box of party {} was not delivered: its hash is not the envelope's; send the answer "
                    "again, or to the party directly",
                    party));
  }
  if (box.size() != BoxBytes(survey.survey())) return DoesNotOpen(party);
  auto plaintext = HpkeOpen(key, BoxInfo(survey.hash(), party), envelope.id, box);
  if (!plaintext) return DoesNotOpen(party);
  const std::vector<ColumnGroup> groups = GroupsOf(survey.survey());
  const std::size_t size = ComponentBytes(groups);
  const ByteSpan bytes = *plaintext;
  const bool own = Opens(envelope, groups, party, bytes.first(size));
  const bool next = Opens(envelope, groups, (party + 1) % 3, bytes.subspan(size, size));
  if (own && next && HoldsAttestations(survey.survey(), envelope, groups, bytes.subspan(2 * size))) {
    return plaintext;
  }
  SecureWipe(plaintext->data(), plaintext->size());
  return DoesNotOpen(party);
}

bool CheckComponent(const SignedSurvey& survey, const CheckedEnvelope& envelope, unsigned j,
                    ByteSpan opening) {
  CHECK(j < 3);
  const std::vector<ColumnGroup> groups = GroupsOf(survey.survey());
  const std::size_t size = ComponentBytes(groups);
  return opening.size() == size + AttestationPlaces(survey.survey(), groups) &&
         Opens(envelope, groups, j, opening.first(size)) &&
         HoldsAttestations(survey.survey(), envelope, groups, opening.subspan(size));
}

Bytes ComponentOfBox(const Survey& survey, ByteSpan box_plaintext, unsigned which) {
  const std::vector<ColumnGroup> groups = GroupsOf(survey);
  const std::size_t size = ComponentBytes(groups);
  CHECK(which < 2 && box_plaintext.size() == 2 * size + AttestationPlaces(survey, groups));
  const ByteSpan component = box_plaintext.subspan(which * size, size);
  const ByteSpan places = box_plaintext.subspan(2 * size);
  Bytes part(size + places.size());
  std::ranges::copy(places, std::ranges::copy(component, part.begin()).out);
  return part;
}

Bytes JoinComponents(const Survey& survey, ByteSpan own, ByteSpan next) {
  const std::vector<ColumnGroup> groups = GroupsOf(survey);
  const std::size_t size = ComponentBytes(groups);
  CHECK(own.size() == size + AttestationPlaces(survey, groups) && next.size() == own.size());
  Bytes joined(size + own.size());
  const auto middle = std::ranges::copy(own.first(size), joined.begin()).out;
  std::ranges::copy(next, middle);
  return joined;
}

Bytes RowShare(const Survey& survey, ByteSpan box_plaintext, unsigned which) {
  const std::vector<ColumnGroup> groups = GroupsOf(survey);
  const std::size_t size = ComponentBytes(groups);
  CHECK(which < 2 && box_plaintext.size() >= 2 * size);
  ByteSpan component = box_plaintext.subspan(which * size, size);
  std::vector<ByteSpan> parts;
  for (const ColumnGroup& group : groups) {
    parts.push_back(component.first(group.layout.bytes()));
    component = component.subspan(group.layout.bytes() + kOpeningNonceBytes);
  }
  return JoinGroups(survey, groups, parts);
}

Bytes AttestationOf(const Survey& survey, ByteSpan box_plaintext, std::size_t group) {
  const std::vector<ColumnGroup> groups = GroupsOf(survey);
  CHECK(group < groups.size() && groups[group].source_id != 0);
  std::size_t at = 2 * ComponentBytes(groups);
  CHECK(box_plaintext.size() == at + AttestationPlaces(survey, groups));
  for (std::size_t g = 0; g < group; ++g) at += AttestationPlace(survey, groups[g]);
  const auto attestation = InPlace(box_plaintext.subspan(at, AttestationPlace(survey, groups[group])));
  CHECK(attestation.has_value());
  return {attestation->begin(), attestation->end()};
}

}  // namespace mpcstats
