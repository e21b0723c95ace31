#include "mpcstats/attestation/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "mpcstats/attestation/testing.h"

namespace mpcstats {
namespace {

using ::testing::ElementsAre;
using testing::Filled;
using ::testing::IsEmpty;
using testing::kTestMinute;
using testing::NotaryTestKey;
using testing::SampleExpectation;
using testing::SampleFacts;
using testing::SignedSample;
using Fault = AttestationFault;

std::vector<Fault> Check(const Bytes& bytes, SampleExpectation sample,
                         SignatureCheck signature = SignatureCheck::kVerify) {
  sample.claim.attestation_hash = AttestationHash(bytes);
  return CheckAttestation(bytes, sample.expected, sample.claim, sample.revoked, sample.window, signature);
}

TEST(CheckAttestation, FindsNothingWrongWithWhatTheSurveyAsksFor) {
  EXPECT_THAT(Check(SignedSample(SampleFacts()), {}), IsEmpty());
}

// One row a reason: the notary signed something else than the survey or the header wants.
TEST(CheckAttestation, NamesTheOneThingThatTheNotarySignedOtherwise) {
  struct Row {
    Fault expected;
    std::function<void(Attestation&)> change;
  };
  const std::vector<Row> rows = {
      {Fault::kMode, [](Attestation& a) { a.session.mode = AttestationMode::kProxy; }},
      {Fault::kTls, [](Attestation& a) { a.session.tls = 0x0302; }},
      {Fault::kTls, [](Attestation& a) { a.session.suite = 0x009c; }},
      {Fault::kTls, [](Attestation& a) { a.session.group = 0x001d; }},
      {Fault::kIncomplete, [](Attestation& a) { a.session.complete = false; }},
      {Fault::kSession, [](Attestation& a) { a.session.session_id[31] ^= 1; }},
      {Fault::kContext, [](Attestation& a) { a.session.context[0] ^= 1; }},
      {Fault::kHost, [](Attestation& a) { a.server.host = "api.exchange.example.org"; }},
      {Fault::kRootStore, [](Attestation& a) { a.server.root_store[5] ^= 1; }},
      {Fault::kTemplate, [](Attestation& a) { a.statement.template_hash[5] ^= 1; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns[0].scale = 3; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns[0].max_units += 1; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns[0].min_units = 0; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns[0].bits = 29; }},
      {Fault::kColumns,
       [](Attestation& a) {
         a.statement.columns[0].kind = AttestedKind::kCategory;
         a.statement.columns[0].categories = HashOfCategories({"a", "b"});
       }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns[0].name = "other"; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns[1].may_be_missing = true; }},
      {Fault::kColumns, [](Attestation& a) { std::swap(a.statement.columns[0], a.statement.columns[1]); }},
      {Fault::kColumns, [](Attestation& a) { a.statement.columns.pop_back(); }},
      {Fault::kColumns, [](Attestation& a) { a.statement.bits += 1; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.commit_alg = 2; }},
      {Fault::kColumns, [](Attestation& a) { a.statement.header_group = 0; }},
      {Fault::kCommitments, [](Attestation& a) { a.statement.commitments[1][7] ^= 1; }},
      {Fault::kCommitments,
       [](Attestation& a) { std::swap(a.statement.commitments[0], a.statement.commitments[2]); }},
      {Fault::kTooOld,
       [](Attestation& a) { a.session.start_minute = a.session.end_minute = kTestMinute - 1; }},
      {Fault::kTooNew, [](Attestation& a) { a.session.end_minute = kTestMinute + 61; }},
  };
  for (const Row& row : rows) {
    Attestation facts = SampleFacts();
    row.change(facts);
    EXPECT_THAT(Check(SignedSample(facts), {}), ElementsAre(row.expected))
        << AttestationFaultWord(row.expected);
  }
}

// One row a reason: the survey, the header or the lists say something else than the notary signed.
TEST(CheckAttestation, NamesTheOneThingThatIsExpectedOtherwise) {
  struct Row {
    Fault expected;
    std::function<void(SampleExpectation&)> change;
  };
  const Bytes32 id = NotaryKeyId(NotaryTestKey(0).PublicKey());
  const std::vector<Row> rows = {
      {Fault::kUnknownKey, [](SampleExpectation& s) { s.expected.keys.clear(); }},
      {Fault::kUnknownKey, [](SampleExpectation& s) { s.claim.key_id[0] ^= 1; }},
      {Fault::kRevoked, [&](SampleExpectation& s) { s.revoked = {id}; }},
      {Fault::kKeyExpired, [](SampleExpectation& s) { s.expected.keys[0].to = (kTestMinute + 11) * 60 - 1; }},
      {Fault::kKeyExpired, [](SampleExpectation& s) { s.expected.keys[0].from = (kTestMinute + 12) * 60; }},
      {Fault::kSession, [](SampleExpectation& s) { s.claim.session_id = Filled(1); }},
      {Fault::kContext, [](SampleExpectation& s) { s.claim.context = Filled(1); }},
      {Fault::kHost, [](SampleExpectation& s) { s.expected.host = "exchange.example"; }},
      {Fault::kRootStore, [](SampleExpectation& s) { s.expected.root_store = Filled(1); }},
      {Fault::kTemplate, [](SampleExpectation& s) { s.expected.template_hash = Filled(1); }},
      {Fault::kColumns, [](SampleExpectation& s) { s.claim.group = 2; }},
      {Fault::kCommitments, [](SampleExpectation& s) { s.claim.commitments[0] = Filled(1); }},
      {Fault::kTooOld, [](SampleExpectation& s) { s.window.earliest = (kTestMinute + 12) * 60; }},
      {Fault::kTooNew, [](SampleExpectation& s) { s.window.latest = (kTestMinute + 11) * 60 - 1; }},
  };
  for (const Row& row : rows) {
    SampleExpectation sample;
    row.change(sample);
    EXPECT_THAT(Check(SignedSample(SampleFacts()), sample), ElementsAre(row.expected))
        << AttestationFaultWord(row.expected);
  }
}

TEST(CheckAttestation, AnotherKeysSignatureIsNone) {
  // Named as the survey's key, signed by another.
  SeededRng rng(1);
  Presentation forged = Withhold(SignAttestation(SampleFacts(), NotaryTestKey(9), rng));
  forged.key_id = NotaryKeyId(NotaryTestKey(0).PublicKey());
  EXPECT_THAT(Check(EncodePresentation(forged), {}), ElementsAre(Fault::kSignature));
  EXPECT_THAT(Check(SignedSample(SampleFacts(), 9), {}), ElementsAre(Fault::kUnknownKey));
}

TEST(CheckAttestation, OneNotarysKeyDoesNotStandForAnother) {
  SampleExpectation both;
  both.expected.keys.push_back(both.expected.keys[0]);
  both.expected.keys[1].public_key = NotaryTestKey(1).PublicKey();
  // The header claims key 0, the attestation is by key 1, and the survey names both.
  EXPECT_THAT(Check(SignedSample(SampleFacts(), 1), both), ElementsAre(Fault::kUnknownKey));
  both.claim.key_id = NotaryKeyId(NotaryTestKey(1).PublicKey());
  EXPECT_THAT(Check(SignedSample(SampleFacts(), 1), both), IsEmpty());
}

TEST(CheckAttestation, DamagedBytesAndAnotherHashAreMalformed) {
  Bytes bytes = SignedSample(SampleFacts());
  SampleExpectation sample;
  sample.claim.attestation_hash = AttestationHash(bytes);
  bytes[100] ^= 1;
  EXPECT_THAT(
      CheckAttestation(bytes, sample.expected, sample.claim, {}, sample.window, SignatureCheck::kVerify),
      ElementsAre(Fault::kMalformed));
  bytes.pop_back();
  EXPECT_THAT(Check(bytes, {}), ElementsAre(Fault::kMalformed));
}

TEST(CheckAttestation, ReportsEverythingThatIsWrongInOrder) {
  Attestation facts = SampleFacts();
  facts.session.mode = AttestationMode::kProxy;
  facts.session.complete = false;
  facts.server.host = "other.example";
  EXPECT_THAT(Check(SignedSample(facts), {}), ElementsAre(Fault::kMode, Fault::kIncomplete, Fault::kHost));
}

TEST(CheckAttestation, ASurveyThatNamesProxyTakesBothModes) {
  SampleExpectation sample;
  sample.expected.weakest = AttestationMode::kProxy;
  EXPECT_THAT(Check(SignedSample(SampleFacts()), sample), IsEmpty());
  Attestation facts = SampleFacts();
  facts.session.mode = AttestationMode::kProxy;
  EXPECT_THAT(Check(SignedSample(facts), sample), IsEmpty());
}

TEST(CheckAttestation, WithoutANamedRootStoreAnyIsTaken) {
  SampleExpectation sample;
  sample.expected.root_store.reset();
  EXPECT_THAT(Check(SignedSample(SampleFacts()), sample), IsEmpty());
}

TEST(CheckAttestation, WhatWasVerifiedBeforeIsCheckedButForItsSignature) {
  SampleExpectation sample;
  EXPECT_THAT(Check(SignedSample(SampleFacts()), sample, SignatureCheck::kVerifiedBefore), IsEmpty());
  sample.revoked = {sample.claim.key_id};
  EXPECT_THAT(Check(SignedSample(SampleFacts()), sample, SignatureCheck::kVerifiedBefore),
              ElementsAre(Fault::kRevoked));
}

TEST(CheckAttestation, EveryFaultHasItsOwnWordAndASentence) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kAttestationFaults; ++i) {
    EXPECT_TRUE(words.insert(AttestationFaultWord(static_cast<Fault>(i))).second) << i;
    EXPECT_TRUE(AttestationFaultSentence(static_cast<Fault>(i)).ends_with('.')) << i;
  }
}

}  // namespace
}  // namespace mpcstats
