#include "mpcstats/attestation/attestation.h"

#include <algorithm>

#include "mpcstats/attestation/leaves.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/merkle.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::string_view kTag = "mpcstats/v1/attestation";
constexpr std::string_view kLeafTag = "mpcstats/v1/attestation-leaf";
constexpr std::string_view kHashTag = "mpcstats/v1/attestation-hash";
constexpr std::string_view kKeyTag = "mpcstats/v1/notary-key";

Bytes32 LeafHash(const Presentation& presentation, std::size_t leaf) {
  if (presentation.withheld[leaf]) return *presentation.withheld[leaf];
  Writer writer;
  writer.U8(static_cast<std::uint8_t>(leaf)).Raw(presentation.salts[leaf]);
  writer.Raw(EncodeLeaf(presentation.facts, leaf));
  return MerkleLeafHash(kLeafTag, writer.bytes());
}

Bytes SignedBytes(const Presentation& presentation) {
  std::vector<Bytes32> hashes;
  for (std::size_t leaf = 0; leaf < kAttestationLeaves; ++leaf) {
    hashes.push_back(LeafHash(presentation, leaf));
  }
  Writer writer;
  writer.Raw(AsBytes(kTag)).U16(kAttestationVersion).Raw(presentation.key_id);
  writer.U8(kAttestationLeaves).Raw(MerkleTree::OfLeafHashes(std::move(hashes)).Root());
  return std::move(writer).Take();
}

std::unexpected<Error> Malformed(std::string message) {
  return Fail(ErrorCode::kProtocolViolation, std::move(message));
}

template <std::size_t N>
void ReadInto(Reader& reader, std::array<std::uint8_t, N>& out) {
  const ByteSpan bytes = reader.Raw(N);
  if (bytes.size() == N) std::ranges::copy(bytes, out.begin());
}

Status ReadLeaf(Reader& reader, std::size_t leaf, Presentation& out) {
  const std::uint8_t shown = reader.U8();
  if (shown > 1) return Malformed("an attestation says neither that a leaf is shown nor that it is withheld");
  if (shown == 0) {
    if (reader.ok() && leaf < kAttestationAlwaysShown) {
      return Malformed(
          "an attestation withholds what it states; show session, server, statement and public values");
    }
    ReadInto(reader, out.withheld[leaf].emplace());
    return {};
  }
  ReadInto(reader, out.salts[leaf]);
  const std::uint32_t size = reader.U32();
  const ByteSpan content = reader.Raw(size <= kMaxLeafBytes ? size : reader.remaining() + 1);
  if (!reader.ok()) return {};  // Finish says so
  return DecodeLeaf(content, leaf, out.facts);
}

}  // namespace

Bytes32 HashOfCategories(const std::vector<std::string>& categories) {
  Sha256Stream stream("mpcstats/v1/categories");
  stream.AddU64(categories.size());
  for (const std::string& category : categories) stream.AddString(category);
  return stream.Finish();
}

Bytes32 NotaryKeyId(const Bytes32& public_key) {
  Writer writer;
  writer.Raw(AsBytes(kKeyTag)).Raw(public_key);
  return Sha256(writer.bytes());
}

Presentation SignAttestation(const Attestation& facts, const SigningKey& notary, Rng& rng) {
  Presentation signed_facts;
  signed_facts.key_id = NotaryKeyId(notary.PublicKey());
  signed_facts.facts = facts;
  for (std::size_t leaf = 0; leaf < kAttestationLeaves; ++leaf) {
    rng.Fill(signed_facts.salts[leaf]);
    const Bytes content = EncodeLeaf(facts, leaf);
    Attestation read;
    CHECK(content.size() <= kMaxLeafBytes && DecodeLeaf(content, leaf, read));
  }
  signed_facts.signature = notary.Sign(SignedBytes(signed_facts));
  return signed_facts;
}

Bytes EncodePresentation(const Presentation& presentation) {
  Writer writer;
  writer.Raw(AsBytes(kTag)).U16(kAttestationVersion).Raw(presentation.key_id);
  for (std::size_t leaf = 0; leaf < kAttestationLeaves; ++leaf) {
    if (presentation.withheld[leaf]) {
      writer.U8(0).Raw(*presentation.withheld[leaf]);
      continue;
    }
    const Bytes content = EncodeLeaf(presentation.facts, leaf);
    writer.U8(1).Raw(presentation.salts[leaf]);
    writer.U32(static_cast<std::uint32_t>(content.size())).Raw(content);
  }
  writer.Raw(presentation.signature);
  return std::move(writer).Take();
}

Result<Presentation> DecodePresentation(ByteSpan bytes) {
  if (bytes.size() > kMaxAttestationBytes) return Malformed("these bytes are longer than any attestation");
  Reader reader(bytes);
  if (!std::ranges::equal(reader.Raw(kTag.size()), AsBytes(kTag))) {
    return Malformed("these bytes are no attestation");
  }
  const std::uint16_t version = reader.U16();
  if (reader.ok() && version != kAttestationVersion) {
    return Malformed("this attestation has format version " + std::to_string(version) +
                     ", which this program does not know; it knows " + std::to_string(kAttestationVersion));
  }
  Presentation presentation;
  ReadInto(reader, presentation.key_id);
  for (std::size_t leaf = 0; leaf < kAttestationLeaves && reader.ok(); ++leaf) {
    RETURN_IF_ERROR(ReadLeaf(reader, leaf, presentation));
  }
  ReadInto(reader, presentation.signature);
  RETURN_IF_ERROR(reader.Finish("an attestation"));
  return presentation;
}

Presentation Withhold(Presentation presentation) {
  for (std::size_t leaf = kAttestationAlwaysShown; leaf < kAttestationLeaves; ++leaf) {
    presentation.withheld[leaf] = LeafHash(presentation, leaf);
    presentation.salts[leaf] = {};
  }
  presentation.facts.transcript = {};
  presentation.facts.network = {};
  return presentation;
}

bool VerifyPresentation(const Presentation& presentation, const Bytes32& notary_key) {
  return presentation.key_id == NotaryKeyId(notary_key) &&
         VerifySignature(notary_key, SignedBytes(presentation), presentation.signature);
}

Bytes32 AttestationHash(ByteSpan presentation_bytes) {
  Writer writer;
  writer.Raw(AsBytes(kHashTag)).Raw(presentation_bytes);
  return Sha256(writer.bytes());
}

}  // namespace mpcstats
