#include "mpcstats/store/batch_lists.h"

#include <algorithm>

namespace mpcstats {
namespace {

constexpr std::size_t kIdBytes = 32;

std::unexpected<Error> Damaged() {
  return Fail(ErrorCode::kInvalidArgument,
              "the database is damaged: a list of a batch has an impossible length");
}

void Append(Bytes& bytes, ByteSpan more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

Bytes32 IdAt(ByteSpan bytes, std::size_t offset) {
  Bytes32 id{};
  std::ranges::copy(bytes.subspan(offset, kIdBytes), id.begin());
  return id;
}

}  // namespace

Bytes EncodeIds(std::span<const Bytes32> ids) {
  Bytes bytes;
  bytes.reserve(ids.size() * kIdBytes);
  for (const Bytes32& id : ids) Append(bytes, id);
  return bytes;
}

Bytes EncodeRefused(std::span<const std::pair<Bytes32, Refusal>> refused) {
  Bytes bytes;
  bytes.reserve(refused.size() * (kIdBytes + 1));
  for (const auto& [id, refusal] : refused) {
    Append(bytes, id);
    bytes.push_back(static_cast<std::uint8_t>(refusal));
  }
  return bytes;
}

Bytes EncodePseudonyms(std::span<const Bytes> pseudonyms) {
  Bytes bytes;
  bytes.reserve(pseudonyms.size() * kPseudonymBytes);
  for (const Bytes& pseudonym : pseudonyms) Append(bytes, pseudonym);
  return bytes;
}

Result<std::vector<Bytes32>> DecodeIds(ByteSpan bytes) {
  if (bytes.size() % kIdBytes != 0) return Damaged();
  std::vector<Bytes32> ids;
  ids.reserve(bytes.size() / kIdBytes);
  for (std::size_t at = 0; at < bytes.size(); at += kIdBytes) ids.push_back(IdAt(bytes, at));
  return ids;
}

Result<std::vector<std::pair<Bytes32, Refusal>>> DecodeRefused(ByteSpan bytes) {
  constexpr std::size_t kItemBytes = kIdBytes + 1;
  if (bytes.size() % kItemBytes != 0) return Damaged();
  std::vector<std::pair<Bytes32, Refusal>> refused;
  refused.reserve(bytes.size() / kItemBytes);
  for (std::size_t at = 0; at < bytes.size(); at += kItemBytes) {
    refused.emplace_back(IdAt(bytes, at), static_cast<Refusal>(bytes[at + kIdBytes]));
  }
  return refused;
}

Result<std::vector<Bytes>> DecodePseudonyms(ByteSpan bytes) {
  if (bytes.size() % kPseudonymBytes != 0) return Damaged();
  std::vector<Bytes> pseudonyms;
  pseudonyms.reserve(bytes.size() / kPseudonymBytes);
  for (std::size_t at = 0; at < bytes.size(); at += kPseudonymBytes) {
    const ByteSpan pseudonym = bytes.subspan(at, kPseudonymBytes);
    pseudonyms.emplace_back(pseudonym.begin(), pseudonym.end());
  }
  return pseudonyms;
}

}  // namespace mpcstats
