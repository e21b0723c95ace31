#include "mpcstats/attestation/leaves.h"

#include <algorithm>
#include <string>

#include "mpcstats/base/check.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostHostBytes = 253;
constexpr std::size_t kMostNameBytes = 32;
constexpr std::size_t kMostAddressBytes = 45;  // an IPv6 address in text
constexpr std::size_t kMostPublicValues = 64;
constexpr std::size_t kMostRanges = 1024;
constexpr std::uint64_t kEndOfMinutes = 253402300800 / 60;  // the year 10000

std::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kProtocolViolation, "an attestation " + std::string(what));
}

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kMostNameBytes && IsLower(name[0]) &&
         std::ranges::all_of(name, [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; });
}

bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= kMostHostBytes && host.front() != '.' && host.back() != '.' &&
         std::ranges::all_of(host, [](char c) { return IsLower(c) || IsDigit(c) || c == '.' || c == '-'; });
}

bool IsAddress(std::string_view text) {
  return text.size() <= kMostAddressBytes && std::ranges::all_of(text, [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f') || c == '.' || c == ':';
         });
}

void ReadHash(Reader& reader, Bytes32& out) {
  const ByteSpan bytes = reader.Raw(out.size());
  if (bytes.size() == out.size()) std::ranges::copy(bytes, out.begin());
}

// A truth value; anything but 0 and 1 is remembered in `bad`.
bool ReadFlag(Reader& reader, bool& bad) {
  const std::uint8_t value = reader.U8();
  bad = bad || value > 1;
  return value == 1;
}

Bytes ReadBytes(Reader& reader) {
  const std::uint32_t size = reader.U32();
  const ByteSpan bytes = reader.Raw(size);
  return {bytes.begin(), bytes.end()};
}

// --- leaf 0 ---------------------------------------------------------------------------------------------------------
void Write(Writer& writer, const SessionFacts& facts) {
  writer.U8(static_cast<std::uint8_t>(facts.mode)).U16(facts.tls).U16(facts.suite).U16(facts.group);
  writer.Raw(facts.session_id).Raw(facts.context);
  writer.U64(facts.start_minute).U64(facts.end_minute).U8(facts.complete ? 1 : 0);
}

Status Read(Reader& reader, SessionFacts& facts) {
  bool bad = false;
  const std::uint8_t mode = reader.U8();
  facts.mode = static_cast<AttestationMode>(mode);
  facts.tls = reader.U16();
  facts.suite = reader.U16();
  facts.group = reader.U16();
  ReadHash(reader, facts.session_id);
  ReadHash(reader, facts.context);
  facts.start_minute = reader.U64();
  facts.end_minute = reader.U64();
  facts.complete = ReadFlag(reader, bad);
  if (!reader.ok()) return {};  // the caller's Finish says so
  if (mode != 1 && mode != 2) return Malformed("has no known mode");
  if (bad) return Malformed("says neither that the session was complete nor that it was not");
  if (facts.start_minute > facts.end_minute || facts.end_minute >= kEndOfMinutes) {
    return Malformed("has impossible times");
  }
  return {};
}

// --- leaf 1 ---------------------------------------------------------------------------------------------------------
void Write(Writer& writer, const ServerFacts& facts) {
  writer.String(facts.host).Raw(facts.spki_hash).Raw(facts.chain_hash).Raw(facts.root_store);
}

Status Read(Reader& reader, ServerFacts& facts) {
  facts.host = reader.String(kMostHostBytes);
  ReadHash(reader, facts.spki_hash);
  ReadHash(reader, facts.chain_hash);
  ReadHash(reader, facts.root_store);
  if (reader.ok() && !IsHost(facts.host)) return Malformed("names no host");
  return {};
}

// --- leaf 2 ---------------------------------------------------------------------------------------------------------
void Write(Writer& writer, const StatementFacts& facts) {
  writer.Raw(facts.template_hash).U8(facts.header_group).U8(facts.commit_alg).U16(facts.bits);
  writer.U8(static_cast<std::uint8_t>(facts.columns.size()));
  for (const AttestedColumn& column : facts.columns) {
    writer.String(column.name).U8(static_cast<std::uint8_t>(column.kind)).U8(column.scale);
    writer.U16(column.bits).U8(column.may_be_missing ? 1 : 0);
    writer.U64(static_cast<std::uint64_t>(column.min_units));
    writer.U64(static_cast<std::uint64_t>(column.max_units)).Raw(column.categories);
  }
  for (const Bytes32& commitment : facts.commitments) writer.Raw(commitment);
}

Status ReadColumn(Reader& reader, AttestedColumn& column) {
  bool bad = false;
  column.name = reader.String(kMostNameBytes);
  const std::uint8_t kind = reader.U8();
  column.kind = static_cast<AttestedKind>(kind);
  column.scale = reader.U8();
  column.bits = reader.U16();
  column.may_be_missing = ReadFlag(reader, bad);
  column.min_units = static_cast<std::int64_t>(reader.U64());
  column.max_units = static_cast<std::int64_t>(reader.U64());
  ReadHash(reader, column.categories);
  if (!reader.ok()) return {};
  if (!IsName(column.name)) return Malformed("has a column without a name");
  if (kind < 1 || kind > 3 || bad) return Malformed("has a column of no known kind");
  const bool has_categories = column.categories != Bytes32{};
  if (has_categories != (column.kind == AttestedKind::kCategory)) {
    return Malformed("has categories where there are none, or none where there are");
  }
  return {};
}

Status Read(Reader& reader, StatementFacts& facts) {
  ReadHash(reader, facts.template_hash);
  facts.header_group = reader.U8();
  facts.commit_alg = reader.U8();
  facts.bits = reader.U16();
  const std::size_t columns = reader.U8();
  if (columns > kMostAttestedColumns) return Malformed("has too many columns");
  for (std::size_t i = 0; i < columns && reader.ok(); ++i) {
    RETURN_IF_ERROR(ReadColumn(reader, facts.columns.emplace_back()));
    const auto before = std::span(facts.columns).first(i);
    if (std::ranges::find(before, facts.columns[i].name, &AttestedColumn::name) != before.end()) {
      return Malformed("has a column twice");
    }
  }
  for (Bytes32& commitment : facts.commitments) ReadHash(reader, commitment);
  return {};
}

// --- leaf 3 ---------------------------------------------------------------------------------------------------------
void Write(Writer& writer, const PublicFacts& facts) {
  writer.U8(static_cast<std::uint8_t>(facts.values.size()));
  for (const NamedBytes& one : facts.values) {
    writer.String(one.name).U32(static_cast<std::uint32_t>(one.value.size())).Raw(one.value);
  }
  writer.U8(static_cast<std::uint8_t>(facts.predicates.size()));
  for (const NamedPredicate& one : facts.predicates) writer.String(one.name).U8(one.holds ? 1 : 0);
}

// Names ascend, so that one set of values has one encoding.
template <typename T>
bool InOrder(const std::vector<T>& items) {
  return std::ranges::adjacent_find(items, std::ranges::greater_equal(), &T::name) == items.end();
}

Status Read(Reader& reader, PublicFacts& facts) {
  bool bad = false;
  const std::size_t values = reader.U8();
  for (std::size_t i = 0; i < values && reader.ok(); ++i) {
    NamedBytes& one = facts.values.emplace_back();
    one.name = reader.String(kMostNameBytes);
    one.value = ReadBytes(reader);
    bad = bad || !IsName(one.name);
  }
  const std::size_t predicates = reader.U8();
  for (std::size_t i = 0; i < predicates && reader.ok(); ++i) {
    NamedPredicate& one = facts.predicates.emplace_back();
    one.name = reader.String(kMostNameBytes);
    one.holds = ReadFlag(reader, bad);
    bad = bad || !IsName(one.name);
  }
  if (!reader.ok()) return {};
  if (values > kMostPublicValues || predicates > kMostPublicValues) {
    return Malformed("has too many public values");
  }
  if (bad || !InOrder(facts.values) || !InOrder(facts.predicates)) {
    return Malformed("has public values without names, or not in the order of their names");
  }
  return {};
}

// --- leaf 4 ---------------------------------------------------------------------------------------------------------
void Write(Writer& writer, const TranscriptFacts& facts) {
  writer.U64(facts.start_ms).U64(facts.end_ms).U32(facts.sent_bytes).U32(facts.received_bytes);
  writer.U32(facts.sent_records).U32(facts.received_records);
  writer.U16(static_cast<std::uint16_t>(facts.revealed.size()));
  for (const RevealedRange& range : facts.revealed) {
    writer.U8(range.direction).U32(range.offset);
    writer.U32(static_cast<std::uint32_t>(range.bytes.size())).Raw(range.bytes);
  }
}

Status Read(Reader& reader, TranscriptFacts& facts) {
  facts.start_ms = reader.U64();
  facts.end_ms = reader.U64();
  facts.sent_bytes = reader.U32();
  facts.received_bytes = reader.U32();
  facts.sent_records = reader.U32();
  facts.received_records = reader.U32();
  const std::size_t ranges = reader.U16();
  if (ranges > kMostRanges) return Malformed("reveals too many ranges");
  bool fits = true;
  std::array<std::uint64_t, 2> behind{};  // the end of the last range, per direction
  int last_direction = 0;
  for (std::size_t i = 0; i < ranges && reader.ok(); ++i) {
    RevealedRange& range = facts.revealed.emplace_back();
    range.direction = reader.U8();
    range.offset = reader.U32();
    range.bytes = ReadBytes(reader);
    if (range.direction > 1) return Malformed("reveals a range of no known direction");
    const std::uint64_t end = std::uint64_t{range.offset} + range.bytes.size();
    fits = fits && !range.bytes.empty() && range.direction >= last_direction &&
           range.offset >= behind[range.direction] &&
           end <= (range.direction == 0 ? facts.sent_bytes : facts.received_bytes);
    behind[range.direction] = end;
    last_direction = range.direction;
  }
  if (!reader.ok()) return {};
  if (!fits) return Malformed("reveals ranges that overlap, are empty or out of order");
  if (facts.start_ms > facts.end_ms) return Malformed("has impossible times");
  return {};
}

// --- leaf 5 ---------------------------------------------------------------------------------------------------------
void Write(Writer& writer, const NetworkFacts& facts) { writer.String(facts.egress).String(facts.peer); }

Status Read(Reader& reader, NetworkFacts& facts) {
  facts.egress = reader.String(kMostAddressBytes);
  facts.peer = reader.String(kMostAddressBytes);
  if (reader.ok() && !(IsAddress(facts.egress) && IsAddress(facts.peer))) {
    return Malformed("names addresses that are none");
  }
  return {};
}

}  // namespace

Bytes EncodeLeaf(const Attestation& facts, std::size_t leaf) {
  Writer writer;
  switch (leaf) {
    case 0: Write(writer, facts.session); break;
    case 1: Write(writer, facts.server); break;
    case 2: Write(writer, facts.statement); break;
    case 3: Write(writer, facts.open); break;
    case 4: Write(writer, facts.transcript); break;
    case 5: Write(writer, facts.network); break;
    default: CHECK(false);
  }
  return std::move(writer).Take();
}

Status DecodeLeaf(ByteSpan content, std::size_t leaf, Attestation& facts) {
  Reader reader(content);
  const auto read = [&]() -> Status {
    switch (leaf) {
      case 0: return Read(reader, facts.session);
      case 1: return Read(reader, facts.server);
      case 2: return Read(reader, facts.statement);
      case 3: return Read(reader, facts.open);
      case 4: return Read(reader, facts.transcript);
      case 5: return Read(reader, facts.network);
      default: CHECK(false); return {};
    }
  };
  RETURN_IF_ERROR(read());
  return reader.Finish("a leaf of an attestation");
}

}  // namespace mpcstats
