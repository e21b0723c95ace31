#include "mpcstats/attestation/notary_keys.h"

#include <algorithm>

#include "mpcstats/attestation/attestation.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::string_view kTag = "mpcstats/v1/notary-keys";
constexpr std::int64_t kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z

std::unexpected<Error> Malformed(std::string_view fault) {
  return Fail(ErrorCode::kProtocolViolation, "a notary's list of keys " + std::string(fault));
}

bool IsTime(std::int64_t time) { return time >= 0 && time <= kLastSecond; }

bool InOrder(const std::vector<NotaryKey>& keys) {
  return std::ranges::adjacent_find(keys, std::ranges::greater_equal(), &NotaryKey::public_key) == keys.end();
}

bool IsPossible(const NotaryKeyList& list) {
  return list.sequence > 0 && IsTime(list.issued_at) && !list.keys.empty() &&
         list.keys.size() <= kMostNotaryKeys && std::ranges::all_of(list.keys, [](const NotaryKey& key) {
           return IsTime(key.from) && IsTime(key.to) && key.from < key.to && IsTime(key.revoked_at);
         });
}

Bytes Body(const NotaryKeyList& list) {
  Writer writer;
  writer.Raw(AsBytes(kTag)).Raw(list.identity).U32(list.sequence);
  writer.U64(static_cast<std::uint64_t>(list.issued_at)).U8(static_cast<std::uint8_t>(list.keys.size()));
  for (const NotaryKey& key : list.keys) {
    writer.Raw(key.public_key).U64(static_cast<std::uint64_t>(key.from));
    writer.U64(static_cast<std::uint64_t>(key.to)).U64(static_cast<std::uint64_t>(key.revoked_at));
  }
  return std::move(writer).Take();
}

template <std::size_t N>
void ReadInto(Reader& reader, std::array<std::uint8_t, N>& out) {
  const ByteSpan bytes = reader.Raw(N);
  if (bytes.size() == N) std::ranges::copy(bytes, out.begin());
}

}  // namespace

namespace {
template <typename Signer>
NotaryKeyList Sign(NotaryKeyList list, const Signer& identity) {
  std::ranges::sort(list.keys, {}, &NotaryKey::public_key);
  list.identity = identity.PublicKey();
  CHECK(IsPossible(list) && InOrder(list.keys));
  list.signature = identity.Sign(Body(list));
  return list;
}
}  // namespace

NotaryKeyList SignNotaryKeys(NotaryKeyList list, const SigningKey& identity) {
  return Sign(std::move(list), identity);
}
NotaryKeyList SignNotaryKeys(NotaryKeyList list, const Identity& identity) {
  return Sign(std::move(list), identity);
}

Bytes EncodeNotaryKeys(const NotaryKeyList& list) {
  Bytes bytes = Body(list);
  bytes.insert(bytes.end(), list.signature.begin(), list.signature.end());
  return bytes;
}

Result<NotaryKeyList> DecodeNotaryKeys(ByteSpan bytes) {
  Reader reader(bytes);
  if (!std::ranges::equal(reader.Raw(kTag.size()), AsBytes(kTag))) {
    return Fail(ErrorCode::kProtocolViolation, "these bytes are no notary's list of keys");
  }
  NotaryKeyList list;
  ReadInto(reader, list.identity);
  list.sequence = reader.U32();
  list.issued_at = static_cast<std::int64_t>(reader.U64());
  const std::size_t keys = reader.U8();
  if (keys > kMostNotaryKeys) return Malformed("has too many keys");
  for (std::size_t i = 0; i < keys && reader.ok(); ++i) {
    NotaryKey& key = list.keys.emplace_back();
    ReadInto(reader, key.public_key);
    key.from = static_cast<std::int64_t>(reader.U64());
    key.to = static_cast<std::int64_t>(reader.U64());
    key.revoked_at = static_cast<std::int64_t>(reader.U64());
  }
  ReadInto(reader, list.signature);
  RETURN_IF_ERROR(reader.Finish("a notary's list of keys"));
  if (!IsPossible(list)) return Malformed("has no number, no key, or impossible times");
  if (!InOrder(list.keys)) return Malformed("is not in the order of its keys");
  if (!VerifySignature(list.identity, Body(list), list.signature)) {
    return Malformed("is not signed by the identity it names");
  }
  return list;
}

bool IsNewerList(const NotaryKeyList& list, const NotaryKeyList& known) {
  if (list.sequence != known.sequence) return list.sequence > known.sequence;
  return EncodeNotaryKeys(list) > EncodeNotaryKeys(known);
}

Bytes32 NotaryListsHash(std::span<const NotaryKeyList> lists) {
  if (lists.empty()) return {};
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/notary-lists")).U8(static_cast<std::uint8_t>(lists.size()));
  for (const NotaryKeyList& list : lists) writer.Raw(Sha256(EncodeNotaryKeys(list)));
  return Sha256(writer.bytes());
}

std::set<Bytes32> RevokedKeys(std::span<const NotaryKeyList> lists) {
  std::set<Bytes32> revoked;
  for (const NotaryKeyList& list : lists) {
    for (const NotaryKey& key : list.keys) {
      if (key.revoked_at != 0) revoked.insert(NotaryKeyId(key.public_key));
    }
  }
  return revoked;
}

}  // namespace mpcstats
