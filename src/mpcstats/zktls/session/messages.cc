#include "mpcstats/zktls/session/messages.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"
#include "mpcstats/zktls/garble/tls_plan.h"

namespace mpcstats {
namespace {

constexpr std::array<std::string_view, 14> kNames = {"",        "Open",   "Opened",  "Bind",    "Setup",
                                                     "Connect", "Shape",  "Claims",  "Witness", "Challenge",
                                                     "Proof",   "Signed", "Refused", "Mpc"};

constexpr std::size_t kMaxSentence = 1000;
constexpr std::size_t kMaxColumnName = 32;
constexpr std::size_t kMostCategories = 256;
constexpr std::size_t kMaxCategoryBytes = 1000;

std::string_view NameOf(SessionMessage type) { return kNames.at(static_cast<std::size_t>(type)); }

// Errors that may be told as they are: all but our own faults.
constexpr std::array kTold = {ErrorCode::kInvalidArgument,   ErrorCode::kNotFound,
                              ErrorCode::kDeadlineExceeded,  ErrorCode::kUnavailable,
                              ErrorCode::kProtocolViolation, ErrorCode::kCheatingDetected,
                              ErrorCode::kResourceExhausted, ErrorCode::kUnimplemented};

Bytes EncodeRefusal(const Error& error) {
  std::uint8_t code = 255;
  for (std::size_t i = 0; i < kTold.size(); ++i) {
    if (kTold[i] == error.code()) code = static_cast<std::uint8_t>(i);
  }
  const std::string sentence = code == 255 ? "something failed there" : error.message();
  Writer writer;
  writer.U8(code).String(std::string_view(sentence).substr(0, kMaxSentence));
  return std::move(writer).Take();
}

Error DecodeRefusal(ByteSpan body, std::string_view from) {
  Reader reader(body);
  const std::uint8_t code = reader.U8();
  std::string sentence = reader.String(kMaxSentence);
  if (!reader.Finish("Refused")) {
    return Error(ErrorCode::kProtocolViolation, fmt::format("{} ended the session in no form", from));
  }
  // It goes to a terminal: no control characters.
  for (char& c : sentence) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  const ErrorCode known = code < kTold.size() ? kTold[code] : ErrorCode::kUnavailable;
  return Error(known, fmt::format("{} ended the session: {}", from, sentence));
}

void PutColumn(Writer& writer, const SurveyColumn& column) {
  writer.String(column.name).U8(static_cast<std::uint8_t>(column.kind)).U8(column.may_be_missing ? 1 : 0);
  writer.U8(static_cast<std::uint8_t>(column.scale));
  writer.U64(static_cast<std::uint64_t>(column.min_units)).U64(static_cast<std::uint64_t>(column.max_units));
  writer.U16(static_cast<std::uint16_t>(column.categories.size()));
  for (const std::string& category : column.categories) writer.String(category);
}

// Whether the column could stand in a survey: what the circuits are made for.
bool IsPossible(const SurveyColumn& column) {
  const bool named = !column.name.empty() && column.name[0] >= 'a' && column.name[0] <= 'z';
  switch (column.kind) {
    case ColumnKind::kNumber:
      return named && column.scale <= 18 && column.min_units <= column.max_units && column.categories.empty();
    case ColumnKind::kCategory:
      return named && column.categories.size() >= 2 && column.categories.size() <= kMostCategories &&
             column.scale == 0 && column.min_units == 0 && column.max_units == 0;
    case ColumnKind::kUnique:
      return named && !column.may_be_missing && column.categories.empty() && column.scale == 0 &&
             column.min_units == 0 && column.max_units == 0;
  }
  return false;
}

Result<SurveyColumn> TakeColumn(Reader& reader) {
  SurveyColumn column;
  column.name = reader.String(kMaxColumnName);
  const std::uint8_t kind = reader.U8();
  const std::uint8_t missing = reader.U8();
  column.scale = reader.U8();
  column.min_units = static_cast<std::int64_t>(reader.U64());
  column.max_units = static_cast<std::int64_t>(reader.U64());
  const std::uint16_t categories = reader.U16();
  for (unsigned i = 0; i < categories && reader.ok(); ++i)
    column.categories.push_back(reader.String(kMaxCategoryBytes));
  column.kind = static_cast<ColumnKind>(kind);
  column.may_be_missing = missing == 1;
  if (!reader.ok() || kind > static_cast<std::uint8_t>(ColumnKind::kUnique) || missing > 1 ||
      !IsPossible(column)) {
    return Fail(ErrorCode::kProtocolViolation, "Bind has a column that no survey can have");
  }
  return column;
}

}  // namespace

Bytes32 SessionIdOf(const SessionOpen& open, const SessionOpened& opened) {
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/notary-session"))
      .U16(kSessionVersion)
      .U8(static_cast<std::uint8_t>(open.mode));
  writer.Raw(opened.key_id).Raw(open.nonce).Raw(opened.nonce);
  if (open.mode == AttestationMode::kMpc) writer.U16(open.request_bucket);
  return Sha256(writer.bytes());
}

Bytes EncodeSessionOpen(const SessionOpen& open) {
  Writer writer;
  writer.U16(kSessionVersion).U8(static_cast<std::uint8_t>(open.mode)).Raw(open.nonce);
  if (open.mode == AttestationMode::kMpc) writer.U16(open.request_bucket);
  return std::move(writer).Take();
}

Result<SessionOpen> DecodeSessionOpen(ByteSpan body) {
  Reader reader(body);
  const std::uint16_t version = reader.U16();
  const std::uint8_t mode = reader.U8();
  const ByteSpan nonce = reader.Raw(32);
  const bool mpc = mode == static_cast<std::uint8_t>(AttestationMode::kMpc);
  const std::uint16_t bucket = mpc ? reader.U16() : std::uint16_t{0};
  RETURN_IF_ERROR(reader.Finish("Open"));
  if (version != kSessionVersion) {
    return Fail(ErrorCode::kUnimplemented,
                fmt::format("sessions of version {} are not spoken here; this is version {}", version,
                            kSessionVersion));
  }
  if (mode != 1 && mode != 2)
    return Fail(ErrorCode::kProtocolViolation, "Open names a mode that does not exist");
  if (mpc && std::ranges::find(kRequestBuckets, bucket) == kRequestBuckets.end()) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("Open names a bucket of {} bytes, which does not exist", bucket));
  }
  SessionOpen open;
  open.mode = static_cast<AttestationMode>(mode);
  open.request_bucket = bucket;
  std::copy(nonce.begin(), nonce.end(), open.nonce.begin());
  return open;
}

Bytes EncodeSessionOpened(const SessionOpened& opened) {
  Writer writer;
  writer.Raw(opened.key_id).Raw(opened.nonce);
  writer.U32(opened.limits.sent_bytes).U32(opened.limits.received_bytes).U32(opened.limits.seconds);
  writer.U64(opened.time);
  return std::move(writer).Take();
}

Result<SessionOpened> DecodeSessionOpened(ByteSpan body) {
  Reader reader(body);
  const ByteSpan key_id = reader.Raw(32);
  const ByteSpan nonce = reader.Raw(32);
  SessionOpened opened;
  opened.limits.sent_bytes = reader.U32();
  opened.limits.received_bytes = reader.U32();
  opened.limits.seconds = reader.U32();
  opened.time = reader.U64();
  RETURN_IF_ERROR(reader.Finish("Opened"));
  std::copy(key_id.begin(), key_id.end(), opened.key_id.begin());
  std::copy(nonce.begin(), nonce.end(), opened.nonce.begin());
  return opened;
}

Bytes EncodeSessionBind(const SessionBind& bind) {
  CHECK(bind.columns.size() <= kMostAttestedColumns);
  Writer writer;
  writer.Raw(bind.context).U8(bind.header_group).String(bind.template_text);
  writer.U8(static_cast<std::uint8_t>(bind.columns.size()));
  for (const SurveyColumn& column : bind.columns) PutColumn(writer, column);
  return std::move(writer).Take();
}

Result<SessionBind> DecodeSessionBind(ByteSpan body) {
  Reader reader(body);
  const ByteSpan context = reader.Raw(32);
  SessionBind bind;
  bind.header_group = reader.U8();
  bind.template_text = reader.String(kMaxTemplateBytes);
  const std::uint8_t columns = reader.U8();
  if (columns > kMostAttestedColumns) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("Bind has {} columns where at most {} may be", columns, kMostAttestedColumns));
  }
  for (unsigned i = 0; i < columns && reader.ok(); ++i) {
    ASSIGN_OR_RETURN(bind.columns.emplace_back(), TakeColumn(reader));
  }
  RETURN_IF_ERROR(reader.Finish("Bind"));
  std::copy(context.begin(), context.end(), bind.context.begin());
  return bind;
}

Status SendMessage(SessionChannel& channel, SessionMessage type, ByteSpan body) {
  Bytes frame;
  frame.reserve(1 + body.size());
  frame.push_back(static_cast<std::uint8_t>(type));
  frame.insert(frame.end(), body.begin(), body.end());
  return channel.Send(frame);
}

Result<ReceivedMessage> ReceiveAnyMessage(SessionChannel& channel, std::size_t limit, std::string_view from) {
  // A refusal may come at any time.
  const std::size_t most = 1 + std::max(limit, kMaxSentence + 5);
  ASSIGN_OR_RETURN(Bytes frame, channel.Receive(most));
  const std::uint8_t type = frame[0];
  if (type == 0 || type >= kNames.size()) {
    return Fail(ErrorCode::kProtocolViolation, fmt::format("{} sent a message of no kind ({})", from, type));
  }
  frame.erase(frame.begin());
  ReceivedMessage message{static_cast<SessionMessage>(type), std::move(frame)};
  if (message.type == SessionMessage::kRefused) return std::unexpected(DecodeRefusal(message.body, from));
  if (message.body.size() > limit) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("{} sent {} of {} bytes where at most {} are due", from, NameOf(message.type),
                            message.body.size(), limit));
  }
  return message;
}

Result<Bytes> ReceiveMessage(SessionChannel& channel, SessionMessage type, std::size_t limit,
                             std::string_view from) {
  ASSIGN_OR_RETURN(ReceivedMessage message, ReceiveAnyMessage(channel, limit, from));
  if (message.type != type) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("{} sent {} where {} is due", from, NameOf(message.type), NameOf(type)));
  }
  return std::move(message.body);
}

void SendRefusal(SessionChannel& channel, const Error& error) {
  // Whoever does not hear it sees the connection end.
  static_cast<void>(SendMessage(channel, SessionMessage::kRefused, EncodeRefusal(error)));
}

}  // namespace mpcstats
