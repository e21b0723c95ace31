#include "mpcstats/survey/submission.h"

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/submission_fields.h"

namespace mpcstats {
namespace {

constexpr std::string_view kHeaderTag = "mpcstats/v1/header";

// Nothing but the core of the header itself has everything. Attestations name ctx, so ctx cannot cover their hashes; and the
// ctx of one group is needed before the notary sessions of others exist.
constexpr std::size_t kEveryGroup = kMaxHeaderGroups;

void WriteCore(Writer& writer, const Header& header, std::size_t context_of) {
  CHECK(!header.groups.empty() && header.groups.size() <= kMaxHeaderGroups);
  writer.Raw(AsBytes(kHeaderTag)).Raw(header.survey_hash).Raw(header.control_key).Raw(header.nonce);
  writer.U32(header.version).Raw(header.replaces).Raw(header.token_hash);
  writer.U8(static_cast<std::uint8_t>(header.groups.size()));
  const bool whole = context_of == kEveryGroup;
  for (std::size_t g = 0; g < header.groups.size(); ++g) {
    const HeaderGroup& group = header.groups[g];
    writer.U8(group.source_id).U64(group.column_mask).U16(group.bits).Raw(group.notary_key_id);
    writer.Raw(whole || g == context_of ? group.notary_session_id : Bytes32{});
    if (whole) writer.Raw(group.attestation_hash);
  }
}

HeaderGroup ReadGroup(Reader& reader) {
  HeaderGroup group;
  group.source_id = reader.U8();
  group.column_mask = reader.U64();
  group.bits = reader.U16();
  ReadArray(reader, group.notary_key_id);
  ReadArray(reader, group.notary_session_id);
  ReadArray(reader, group.attestation_hash);
  return group;
}

std::unexpected<Error> Malformed(std::string message) {
  return Fail(ErrorCode::kProtocolViolation, std::move(message));
}

void WriteBytes(Writer& writer, ByteSpan bytes) {
  writer.U32(static_cast<std::uint32_t>(bytes.size())).Raw(bytes);
}

// Length-prefixed bytes of at most `limit`; a longer one fails the reader.
Bytes ReadBytes(Reader& reader, std::size_t limit) {
  const std::uint32_t size = reader.U32();
  const ByteSpan bytes = reader.Raw(size <= limit ? size : reader.remaining() + 1);
  return {bytes.begin(), bytes.end()};
}

void WriteInvite(Writer& writer, const InviteProof& invite) {
  CHECK(invite.path.size() <= kMaxPath);
  writer.Raw(invite.token_key).U32(invite.index).U8(static_cast<std::uint8_t>(invite.path.size()));
  for (const Bytes32& node : invite.path) writer.Raw(node);
  writer.Raw(invite.signature);
}

Result<InviteProof> ReadInvite(Reader& reader) {
  InviteProof invite;
  ReadArray(reader, invite.token_key);
  invite.index = reader.U32();
  const std::size_t nodes = reader.U8();
  if (nodes > kMaxPath) return Malformed("an invitation's path is longer than any tree is high");
  invite.path = ReadHashes(reader, nodes);
  ReadArray(reader, invite.signature);
  return invite;
}

}  // namespace

Bytes EncodeHeader(const Header& header) {
  CHECK(header.commitments.size() == header.groups.size());
  Writer writer;
  WriteCore(writer, header, kEveryGroup);
  for (const auto& triple : header.commitments) {
    for (const Bytes32& commitment : triple) writer.Raw(commitment);
  }
  return std::move(writer).Take();
}

Result<Header> DecodeHeader(ByteSpan bytes) {
  Reader reader(bytes);
  const ByteSpan tag = reader.Raw(kHeaderTag.size());
  if (!std::ranges::equal(tag, AsBytes(kHeaderTag)))
    return Malformed("these bytes are no submission's header");
  Header header;
  ReadArray(reader, header.survey_hash);
  ReadArray(reader, header.control_key);
  ReadArray(reader, header.nonce);
  header.version = reader.U32();
  ReadArray(reader, header.replaces);
  ReadArray(reader, header.token_hash);
  const std::size_t groups = reader.U8();
  if (groups == 0 || groups > kMaxHeaderGroups) {
    return Malformed("a submission's header has no group of columns or too many");
  }
  for (std::size_t g = 0; g < groups; ++g) header.groups.push_back(ReadGroup(reader));
  header.commitments.resize(groups);
  for (auto& triple : header.commitments) {
    for (Bytes32& commitment : triple) ReadArray(reader, commitment);
  }
  RETURN_IF_ERROR(reader.Finish("a submission's header"));
  return header;
}

Bytes32 ContextOf(const Header& header, std::size_t group) {
  CHECK(group < header.groups.size());
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/ctx"));
  WriteCore(writer, header, group);
  return Sha256(writer.bytes());
}

Bytes32 SubmissionId(ByteSpan header_bytes) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/sub")).Raw(header_bytes);
  return Sha256(writer.bytes());
}

Bytes EncodeEnvelope(const Envelope& envelope) {
  Writer writer;
  WriteBytes(writer, envelope.header);
  for (const Bytes32& hash : envelope.box_hashes) writer.Raw(hash);
  writer.Raw(envelope.seal).U8(envelope.invite ? 1 : 0);
  if (envelope.invite) WriteInvite(writer, *envelope.invite);
  return std::move(writer).Take();
}

Result<Envelope> DecodeEnvelope(ByteSpan bytes) {
  Reader reader(bytes);
  Envelope envelope;
  envelope.header = ReadBytes(reader, kMaxHeaderBytes);
  for (Bytes32& hash : envelope.box_hashes) ReadArray(reader, hash);
  ReadArray(reader, envelope.seal);
  const std::uint8_t invited = reader.U8();
  if (invited > 1)
    return Malformed("an envelope says neither that it holds an invitation nor that it does not");
  if (invited == 1) {
    ASSIGN_OR_RETURN(envelope.invite, ReadInvite(reader));
  }
  RETURN_IF_ERROR(reader.Finish("an envelope"));
  return envelope;
}

Bytes EncodeSubmission(const Submission& submission) {
  Writer writer;
  WriteBytes(writer, EncodeEnvelope(submission.envelope));
  for (const Bytes& box : submission.boxes) WriteBytes(writer, box);
  return std::move(writer).Take();
}

Result<Submission> DecodeSubmission(ByteSpan bytes) {
  Reader reader(bytes);
  const Bytes envelope = ReadBytes(reader, kMaxEnvelopeBytes);
  Submission submission;
  for (Bytes& box : submission.boxes) box = ReadBytes(reader, kMaxBoxBytes);
  RETURN_IF_ERROR(reader.Finish("a submission"));
  ASSIGN_OR_RETURN(submission.envelope, DecodeEnvelope(envelope));
  return submission;
}

}  // namespace mpcstats
