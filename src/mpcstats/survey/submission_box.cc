#include "mpcstats/survey/submission_box.h"

#include <fmt/format.h>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kPublicBlock = 64;

// Declared surveys have one group, whose row is the whole row.
bool Opens(const CheckedEnvelope& envelope, const Bytes32& context, unsigned j, ByteSpan opening) {
  const unsigned bits = envelope.header.groups[0].bits;
  return HasZeroTop(opening.first(opening.size() - kOpeningNonceBytes), bits) &&
         Commitment(context, {.j = j, .group = 0, .bits = bits}, opening) ==
             envelope.header.commitments[0][j];
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

std::size_t ComponentBytes(const Survey& survey) { return LayoutOf(survey).bytes() + kOpeningNonceBytes; }

std::size_t BoxBytes(const Survey& survey) { return 2 * ComponentBytes(survey) + kHpkeOverhead; }

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
  const Bytes32 context = ContextOf(envelope.header);
  const std::size_t half = plaintext->size() / 2;
  const bool own = Opens(envelope, context, party, ByteSpan(*plaintext).first(half));
  const bool next = Opens(envelope, context, (party + 1) % 3, ByteSpan(*plaintext).subspan(half));
  if (own && next) return plaintext;
  SecureWipe(plaintext->data(), plaintext->size());
  return DoesNotOpen(party);
}

bool CheckComponent(const SignedSurvey& survey, const CheckedEnvelope& envelope, unsigned j,
                    ByteSpan opening) {
  CHECK(j < 3);
  return opening.size() == ComponentBytes(survey.survey()) &&
         Opens(envelope, ContextOf(envelope.header), j, opening);
}

Bytes ComponentOfBox(const Survey& survey, ByteSpan box_plaintext, unsigned which) {
  const std::size_t size = ComponentBytes(survey);
  CHECK(which < 2 && box_plaintext.size() == 2 * size);
  const ByteSpan component = box_plaintext.subspan(which * size, size);
  return {component.begin(), component.end()};
}

Bytes JoinComponents(const Survey& survey, ByteSpan own, ByteSpan next) {
  const std::size_t size = ComponentBytes(survey);
  CHECK(own.size() == size && next.size() == size);
  Bytes joined(2 * size);
  std::ranges::copy(next, std::ranges::copy(own, joined.begin()).out);
  return joined;
}

Bytes RowShare(const Survey& survey, ByteSpan box_plaintext, unsigned which) {
  const std::size_t size = ComponentBytes(survey);
  CHECK(which < 2 && box_plaintext.size() == 2 * size);
  const ByteSpan x = box_plaintext.subspan(which * size, size - kOpeningNonceBytes);
  return {x.begin(), x.end()};
}

}  // namespace mpcstats
