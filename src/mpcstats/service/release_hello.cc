#include "mpcstats/service/release_hello.h"

#include <algorithm>

#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

void ReadInto(Reader& reader, MutableByteSpan out) {
  const ByteSpan bytes = reader.Raw(out.size());
  if (reader.ok()) std::ranges::copy(bytes, out.begin());
}

// One value has one encoding: anything but 0 and 1 is refused.
bool ReadFlag(Reader& reader, bool& strict) {
  const std::uint8_t value = reader.U8();
  strict = strict && value <= 1;
  return value == 1;
}

}  // namespace

Bytes EncodeReleaseHello(const ReleaseHello& hello) {
  Writer writer;
  writer.Raw(hello.survey_hash)
      .U32(hello.completed)
      .U32(hello.closed)
      .Raw(hello.batch_head)
      .Raw(hello.previous);
  writer.U64(static_cast<std::uint64_t>(hello.as_of)).U8(hello.has_body ? 1 : 0);
  writer.U8(hello.intent ? 1 : 0);
  if (hello.intent) {
    writer.U32(hello.intent->sequence).U32(hello.intent->batches).Raw(hello.intent->plan_hash);
    writer.U64(static_cast<std::uint64_t>(hello.intent->as_of));
  }
  const bool complete =
      hello.last && hello.last->signatures[0] && hello.last->signatures[1] && hello.last->signatures[2];
  writer.U8(complete ? 1 : 0);
  if (complete) {
    writer.U32(hello.last->sequence).U32(hello.last->batches).String(hello.last->body);
    for (const auto& signature : hello.last->signatures) writer.Raw(*signature);
  }
  return std::move(writer).Take();
}

Result<ReleaseHello> DecodeReleaseHello(ByteSpan bytes) {
  Reader reader(bytes);
  ReleaseHello hello;
  bool strict = true;
  ReadInto(reader, hello.survey_hash);
  hello.completed = reader.U32();
  hello.closed = reader.U32();
  ReadInto(reader, hello.batch_head);
  ReadInto(reader, hello.previous);
  hello.as_of = static_cast<UnixSeconds>(reader.U64());
  hello.has_body = ReadFlag(reader, strict);
  if (ReadFlag(reader, strict)) {
    ReleaseIntent intent;
    intent.sequence = reader.U32();
    intent.batches = reader.U32();
    ReadInto(reader, intent.plan_hash);
    intent.as_of = static_cast<UnixSeconds>(reader.U64());
    hello.intent = intent;
  }
  if (ReadFlag(reader, strict)) {
    ReleaseRecord last;
    last.sequence = reader.U32();
    last.batches = reader.U32();
    last.body = reader.String(kReleaseHelloLimit);
    for (auto& signature : last.signatures) {
      signature.emplace();
      ReadInto(reader, *signature);
    }
    hello.last = std::move(last);
  }
  RETURN_IF_ERROR(reader.Finish("the opening message of a release"));
  if (!strict) return Fail(ErrorCode::kProtocolViolation, "the opening message of a release is malformed");
  return hello;
}

}  // namespace mpcstats
