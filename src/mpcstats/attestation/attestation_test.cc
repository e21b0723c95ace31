#include "mpcstats/attestation/attestation.h"

#include <gtest/gtest.h>

#include "mpcstats/attestation/leaves.h"
#include "mpcstats/attestation/testing.h"
#include "mpcstats/crypto/merkle.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

using testing::NotaryTestKey;
using testing::SampleFacts;

Presentation Signed(const Attestation& facts = SampleFacts()) {
  SeededRng rng(7);
  return SignAttestation(facts, NotaryTestKey(), rng);
}

Bytes32 Key() { return NotaryTestKey().PublicKey(); }

std::string DecodeError(ByteSpan bytes) {
  const auto decoded = DecodePresentation(bytes);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code(), ErrorCode::kProtocolViolation);
  return decoded.error().message();
}

// The bytes of `facts` signed without the encoder's own check.
Bytes Forced(const Attestation& facts) {
  Presentation presentation = Signed();
  presentation.facts = facts;
  return EncodePresentation(presentation);
}

TEST(Presentation, VerifiesWithAllLeavesAndWithTheLastTwoWithheld) {
  const Presentation full = Signed();
  EXPECT_TRUE(VerifyPresentation(full, Key()));
  const Presentation shown = Withhold(full);
  EXPECT_TRUE(VerifyPresentation(shown, Key()));
  const auto again = DecodePresentation(EncodePresentation(shown));
  ASSERT_TRUE(again);
  EXPECT_TRUE(VerifyPresentation(*again, Key()));
  EXPECT_EQ(again->facts.server.host, "api.exchange.example");
  EXPECT_EQ(again->facts.statement.columns, SampleFacts().statement.columns);
}

TEST(Presentation, DecodesToWhatWasSigned) {
  const Bytes bytes = EncodePresentation(Signed());
  const auto decoded = DecodePresentation(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(EncodePresentation(*decoded), bytes);
  EXPECT_EQ(decoded->facts.transcript.revealed.size(), 2u);
  EXPECT_EQ(decoded->facts.network.peer, "2001:db8::1");
  EXPECT_EQ(decoded->facts.open.values[0].value, (Bytes{'E', 'T', 'H'}));
}

TEST(Presentation, WithheldLeavesShowNothingOfLengthsTimesAndAddresses) {
  Attestation longer = SampleFacts();
  longer.transcript.received_bytes += 5;
  longer.transcript.received_records += 1;
  longer.network.peer = "192.0.2.200";
  const Bytes shown = EncodePresentation(Withhold(Signed()));
  const Bytes other = EncodePresentation(Withhold(Signed(longer)));
  EXPECT_EQ(shown.size(), other.size());
  const auto decoded = DecodePresentation(shown);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->facts.transcript.received_bytes, 0u);
  EXPECT_TRUE(decoded->facts.network.peer.empty());
}

TEST(Presentation, SaltsMakeTheSameFactsDifferentUnderTheirHashes) {
  SeededRng rng(8);
  const Presentation again = Withhold(SignAttestation(SampleFacts(), NotaryTestKey(), rng));
  EXPECT_NE(again.withheld[4], Withhold(Signed()).withheld[4]);
}

// Rebuilds the signed bytes from the description in attestation.h alone.
TEST(Presentation, SignsTheBytesOfItsDescription) {
  const Presentation full = Signed();
  std::vector<Bytes32> hashes;
  for (std::uint8_t leaf = 0; leaf < 6; ++leaf) {
    Writer writer;
    writer.U8(0).Raw(AsBytes("mpcstats/v1/attestation-leaf")).U8(leaf).Raw(full.salts[leaf]);
    writer.Raw(EncodeLeaf(full.facts, leaf));
    hashes.push_back(Sha256(writer.bytes()));
  }
  const auto node = [](const Bytes32& left, const Bytes32& right) {
    Writer writer;
    writer.U8(1).Raw(left).Raw(right);
    return Sha256(writer.bytes());
  };
  const Bytes32 root =
      node(node(node(hashes[0], hashes[1]), node(hashes[2], hashes[3])), node(hashes[4], hashes[5]));
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/attestation")).U16(1).Raw(NotaryKeyId(Key())).U8(6).Raw(root);
  EXPECT_TRUE(VerifySignature(Key(), writer.bytes(), full.signature));
}

TEST(Presentation, EveryFlippedBitIsRefused) {
  const Bytes bytes = EncodePresentation(Withhold(Signed()));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 1 + bit % 3) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << (bit % 8)));
    const auto decoded = DecodePresentation(flipped);
    EXPECT_FALSE(decoded && VerifyPresentation(*decoded, Key())) << "bit " << bit;
  }
}

TEST(Presentation, EveryTruncationAndAByteMoreAreRefused) {
  Bytes bytes = EncodePresentation(Signed());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodePresentation(ByteSpan(bytes).first(size))) << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(DecodeError(bytes), "an attestation has bytes after its end");
}

TEST(Presentation, AnotherKeyDoesNotVerify) {
  EXPECT_FALSE(VerifyPresentation(Signed(), NotaryTestKey(1).PublicKey()));
  Presentation renamed = Signed();
  renamed.key_id = NotaryKeyId(NotaryTestKey(1).PublicKey());
  EXPECT_FALSE(VerifyPresentation(renamed, NotaryTestKey(1).PublicKey()));
}

TEST(Presentation, LeavesDoNotStandInEachOthersPlaces) {
  Presentation swapped = Withhold(Signed());
  std::swap(swapped.withheld[4], swapped.withheld[5]);
  EXPECT_FALSE(VerifyPresentation(swapped, Key()));
}

TEST(Presentation, WhatIsStatedCannotBeWithheld) {
  Presentation hidden = Signed();
  hidden.withheld[1] = testing::Filled(1);
  EXPECT_NE(DecodeError(EncodePresentation(hidden)).find("withholds what it states"), std::string::npos);
}

TEST(Presentation, AnUnknownVersionIsNamed) {
  Bytes bytes = EncodePresentation(Signed());
  bytes[std::string_view("mpcstats/v1/attestation").size()] = 9;
  EXPECT_EQ(DecodeError(bytes),
            "this attestation has format version 9, which this program does not know; it knows 1");
}

TEST(Presentation, ImpossibleFactsAreRefused) {
  struct Row {
    std::string_view expected;
    void (*change)(Attestation&);
  };
  const std::vector<Row> rows = {
      {"no known mode", [](Attestation& a) { a.session.mode = static_cast<AttestationMode>(3); }},
      {"no known mode", [](Attestation& a) { a.session.mode = static_cast<AttestationMode>(0); }},
      {"impossible times", [](Attestation& a) { a.session.end_minute = a.session.start_minute - 1; }},
      {"impossible times", [](Attestation& a) { a.session.end_minute = ~std::uint64_t{0}; }},
      {"names no host", [](Attestation& a) { a.server.host = ""; }},
      {"names no host", [](Attestation& a) { a.server.host = "Api.example"; }},
      {"names no host", [](Attestation& a) { a.server.host = "api.example\n"; }},
      {"names no host", [](Attestation& a) { a.server.host = "api.example."; }},
      {"breaks a limit", [](Attestation& a) { a.server.host = std::string(254, 'a'); }},
      {"without a name", [](Attestation& a) { a.statement.columns[0].name = "Balance"; }},
      {"no known kind", [](Attestation& a) { a.statement.columns[0].kind = static_cast<AttestedKind>(4); }},
      {"a column twice", [](Attestation& a) { a.statement.columns[1].name = "balance"; }},
      {"too many columns", [](Attestation& a) { a.statement.columns.resize(17); }},
      {"not in the order", [](Attestation& a) { a.open.values = {{"b", {}}, {"a", {}}}; }},
      {"not in the order", [](Attestation& a) { a.open.values = {{"a", {1}}, {"a", {2}}}; }},
      {"without names", [](Attestation& a) { a.open.predicates = {{"", true}}; }},
      {"overlap", [](Attestation& a) { a.transcript.revealed[1].offset = 2047; }},
      {"overlap", [](Attestation& a) { a.transcript.revealed = {{0, 4, {1, 2}}, {0, 5, {1}}}; }},
      {"out of order", [](Attestation& a) { std::swap(a.transcript.revealed[0], a.transcript.revealed[1]); }},
      {"are empty", [](Attestation& a) { a.transcript.revealed[0].bytes.clear(); }},
      {"no known direction", [](Attestation& a) { a.transcript.revealed[1].direction = 2; }},
      {"impossible times", [](Attestation& a) { a.transcript.end_ms = 0; }},
      {"addresses that are none", [](Attestation& a) { a.network.peer = "host"; }},
  };
  for (const Row& row : rows) {
    Attestation facts = SampleFacts();
    row.change(facts);
    EXPECT_NE(DecodeError(Forced(facts)).find(row.expected), std::string::npos)
        << row.expected << ": " << DecodeError(Forced(facts));
  }
}

TEST(Presentation, ItsHashIsOfAllItsBytes) {
  const Bytes full = EncodePresentation(Signed());
  const Bytes shown = EncodePresentation(Withhold(Signed()));
  EXPECT_NE(AttestationHash(full), AttestationHash(shown));
  EXPECT_NE(AttestationHash(full), Sha256(full));
}

}  // namespace
}  // namespace mpcstats
