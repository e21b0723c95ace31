#include "mpcstats/survey/promises.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using testing::Checked;
using testing::FlipBit;
using ::testing::HasSubstr;
using testing::kTestOpens;
using testing::TestKey;
using testing::TestSubmission;
using testing::TestSurvey;

using Json = nlohmann::ordered_json;

std::vector<Bytes32> Ids(std::uint32_t count) {
  std::vector<Bytes32> ids;
  for (std::uint32_t i = 0; i < count; ++i) ids.push_back(testing::Seed('i', static_cast<std::uint8_t>(i)));
  return ids;
}

Ticket SignedTicket(const TestSurvey& test) {
  Ticket ticket{.survey_hash = test.signed_survey.hash(),
                .submission = testing::Seed('i', 0),
                .received_at = kTestOpens,
                .propose_by = kTestOpens + 60,
                .signature = {}};
  ticket.signature = test.coordinator.Sign(TicketInput(ticket));
  return ticket;
}

SignedBatch SignBatch(const TestSurvey& test, const BatchCertificate& certificate) {
  SignedBatch batch{.certificate = certificate, .signatures = {}};
  for (unsigned i = 0; i < 3; ++i) {
    batch.signatures[i] = test.identities[i].Sign(EncodeCertificate(certificate));
  }
  return batch;
}

BatchCertificate Certificate(const TestSurvey& test) {
  return {.survey_hash = test.signed_survey.hash(),
          .batch = 1,
          .attempt = 2,
          .previous = {},
          .count = 4,
          .root = AnswersRoot(Ids(4)),
          .refused = 0,
          .refused_root = RefusedRoot({}),
          .revocations = {},
          .closed_at = kTestOpens + 3600};
}

VerdictProof SignedVerdict(const TestSurvey& test, unsigned party) {
  std::vector<Bytes32> leaves;
  for (const Bytes32& id : Ids(5))
    leaves.push_back(VerdictLeafHash({.submission = id, .refusal = Refusal::kNone}));
  leaves[3] = VerdictLeafHash({.submission = Ids(5)[3], .refusal = Refusal::kBoxDoesNotOpen});
  const MerkleTree tree = MerkleTree::OfLeafHashes(leaves);
  return {.verdict = {.submission = Ids(5)[3], .refusal = Refusal::kBoxDoesNotOpen},
          .index = 3,
          .count = 5,
          .path = tree.Path(3),
          .root = tree.Root(),
          .signature = test.identities[party].Sign(VerdictsInput(test.signed_survey.hash(), 5, tree.Root()))};
}

Inclusion InclusionOf(std::uint32_t index, std::uint32_t count) {
  return {.batch = 1,
          .index = index,
          .count = count,
          .path = MerkleTree("mpcstats/v1/answer", Ids(count)).Path(index)};
}

TEST(Ticket, IsVerifiedUnderTheCoordinatorsKey) {
  const TestSurvey test;
  EXPECT_TRUE(VerifyTicket(SignedTicket(test), test.signed_survey));
}

TEST(Ticket, RejectsEveryChangedField) {
  const TestSurvey test;
  const std::vector<std::function<void(Ticket&)>> changes = {
      [](Ticket& t) { t.survey_hash[0] ^= 1; }, [](Ticket& t) { t.submission[31] ^= 1; },
      [](Ticket& t) { t.received_at -= 1; },    [](Ticket& t) { t.propose_by += 1; },
      [](Ticket& t) { t.signature[0] ^= 1; },   [](Ticket& t) { t.signature[63] ^= 0x80; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Ticket ticket = SignedTicket(test);
    changes[i](ticket);
    EXPECT_FALSE(VerifyTicket(ticket, test.signed_survey)) << i;
  }
}

TEST(Ticket, RejectsAnotherSignerAndAnotherSurvey) {
  const TestSurvey test;
  const TestSurvey other(Eligibility::kOpen, "Another test");
  Ticket ticket = SignedTicket(test);
  EXPECT_FALSE(VerifyTicket(ticket, other.signed_survey));
  ticket.signature = test.identities[0].Sign(TicketInput(ticket));
  EXPECT_FALSE(VerifyTicket(ticket, test.signed_survey));
}

TEST(Ticket, RejectsSignedTimesThatAreOutOfOrderOrNone) {
  const TestSurvey test;
  Ticket ticket = SignedTicket(test);
  ticket.propose_by = ticket.received_at - 1;
  ticket.signature = test.coordinator.Sign(TicketInput(ticket));
  EXPECT_FALSE(VerifyTicket(ticket, test.signed_survey));
  ticket.received_at = -5;
  ticket.signature = test.coordinator.Sign(TicketInput(ticket));
  EXPECT_FALSE(VerifyTicket(ticket, test.signed_survey));
  ticket.received_at = kTestOpens;
  ticket.propose_by = std::int64_t{1} << 62;
  ticket.signature = test.coordinator.Sign(TicketInput(ticket));
  EXPECT_FALSE(VerifyTicket(ticket, test.signed_survey));
}

TEST(Ticket, JsonRoundTrips) {
  const TestSurvey test;
  const std::string json = TicketToJson(SignedTicket(test));
  EXPECT_THAT(json, HasSubstr("\"received_at\":\"2026-11-01T00:00:00Z\""));
  const auto ticket = TicketFromJson(json);
  ASSERT_TRUE(ticket);
  EXPECT_TRUE(VerifyTicket(*ticket, test.signed_survey));
  EXPECT_EQ(TicketToJson(*ticket), json);
}

TEST(Ticket, RejectsJsonThatIsNotExactlyATicket) {
  const TestSurvey test;
  const Json good = Json::parse(TicketToJson(SignedTicket(test)));
  for (const auto& field : good.items()) {
    Json json = good;
    json.erase(field.key());
    const auto decoded = TicketFromJson(json.dump());
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().message(), "\"" + field.key() + "\" of the ticket is missing");
    for (const Json& bad :
         {Json(), Json(1), Json("x"), Json::array(), Json(field.value().get<std::string>() + "0")}) {
      json = good;
      json[field.key()] = bad;
      EXPECT_FALSE(TicketFromJson(json.dump())) << field.key() << bad;
    }
  }
  Json more = good;
  more["more"] = 1;
  EXPECT_EQ(TicketFromJson(more.dump()).error().message(),
            "the ticket has a field that does not belong there");
  Json upper = good;
  upper["submission"] = std::string(64, 'A');
  EXPECT_FALSE(TicketFromJson(upper.dump()));
  Json local = good;
  local["received_at"] = "2026-11-01T01:00:00+01:00";
  EXPECT_FALSE(TicketFromJson(local.dump()));
}

TEST(PromiseJson, RejectsWhatIsNoJsonAndWhatIsTooLong) {
  for (const std::string& text : {std::string(), std::string("{"), std::string("\xff"), std::string("[1]"),
                                  std::string("null"), std::string(16000, '['), std::string(20000, ' ')}) {
    EXPECT_FALSE(TicketFromJson(text));
    EXPECT_FALSE(BatchFromJson(text));
    EXPECT_FALSE(InclusionFromJson(text));
  }
}

TEST(Verdict, IsProvenByPathAndSignature) {
  const TestSurvey test;
  for (unsigned party = 0; party < 3; ++party) {
    EXPECT_TRUE(VerifyVerdict(SignedVerdict(test, party), test.signed_survey, party));
    EXPECT_FALSE(VerifyVerdict(SignedVerdict(test, party), test.signed_survey, (party + 1) % 3));
  }
  EXPECT_FALSE(VerifyVerdict(SignedVerdict(test, 0), test.signed_survey, 3));
}

TEST(Verdict, RejectsEveryChange) {
  const TestSurvey test;
  const std::vector<std::function<void(VerdictProof&)>> changes = {
      [](VerdictProof& p) { p.verdict.refusal = Refusal::kNone; },
      [](VerdictProof& p) { p.verdict.submission[0] ^= 1; },
      [](VerdictProof& p) { p.index = 2; },
      [](VerdictProof& p) { p.index = 5; },
      [](VerdictProof& p) { p.count = 4; },
      [](VerdictProof& p) { p.count = 6; },
      [](VerdictProof& p) { p.path.pop_back(); },
      [](VerdictProof& p) { p.path.emplace_back(); },
      [](VerdictProof& p) { p.path.resize(1000); },
      [](VerdictProof& p) { p.root[0] ^= 1; },
      [](VerdictProof& p) { p.signature[9] ^= 1; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    VerdictProof proof = SignedVerdict(test, 1);
    changes[i](proof);
    EXPECT_FALSE(VerifyVerdict(proof, test.signed_survey, 1)) << i;
  }
  const TestSurvey other(Eligibility::kOpen, "Another test");
  EXPECT_FALSE(VerifyVerdict(SignedVerdict(test, 1), other.signed_survey, 1));
}

TEST(Verdict, LeafIsIdAndRefusal) {
  const Bytes leaf = VerdictLeaf({.submission = testing::Seed('i', 1), .refusal = Refusal::kBoxDoesNotOpen});
  ASSERT_EQ(leaf.size(), 33u);
  EXPECT_EQ(leaf[0], 'i');
  EXPECT_EQ(leaf[32], 4);
}

TEST(Withdrawal, IsVerifiedUnderTheAnswersControlKey) {
  const TestSurvey test;
  const CheckedEnvelope envelope = Checked(test, TestSubmission(test, 1).envelope);
  const Withdrawal good{
      .submission = envelope.id,
      .signature = TestKey('a', 1).Sign(WithdrawalInput(envelope.id, test.signed_survey.hash()))};
  EXPECT_TRUE(VerifyWithdrawal(good, envelope));
  EXPECT_TRUE(VerifyWithdrawal(DecodeWithdrawal(EncodeWithdrawal(good)).value(), envelope));
}

TEST(Withdrawal, RejectsOtherKeysAnswersAndPurposes) {
  const TestSurvey test;
  const CheckedEnvelope envelope = Checked(test, TestSubmission(test, 1).envelope);
  const CheckedEnvelope other = Checked(test, TestSubmission(test, 2).envelope);
  const Bytes input = WithdrawalInput(envelope.id, test.signed_survey.hash());
  EXPECT_FALSE(VerifyWithdrawal({envelope.id, TestKey('a', 2).Sign(input)}, envelope));
  EXPECT_FALSE(VerifyWithdrawal({envelope.id, test.coordinator.Sign(input)}, envelope));
  EXPECT_FALSE(VerifyWithdrawal({envelope.id, envelope.envelope.seal}, envelope));
  EXPECT_FALSE(VerifyWithdrawal({other.id, TestKey('a', 1).Sign(input)}, envelope));
  EXPECT_FALSE(VerifyWithdrawal({envelope.id, TestKey('a', 1).Sign(input)}, other));
  EXPECT_FALSE(VerifyWithdrawal({envelope.id, TestKey('a', 1).Sign(WithdrawalInput(envelope.id, Bytes32{}))},
                                envelope));
}

TEST(Withdrawal, OfAReplacementIsNoneOfTheAnswerBefore) {
  const TestSurvey test;
  const CheckedEnvelope first = Checked(test, TestSubmission(test, 1).envelope);
  const Bytes32 second = testing::Seed('i', 2);  // by the same control key
  const Withdrawal withdrawal{
      .submission = second,
      .signature = TestKey('a', 1).Sign(WithdrawalInput(second, test.signed_survey.hash()))};
  EXPECT_FALSE(VerifyWithdrawal(withdrawal, first));
}

TEST(Withdrawal, RejectsEveryOtherLength) {
  Bytes bytes = EncodeWithdrawal({});
  ASSERT_EQ(bytes.size(), 96u);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(DecodeWithdrawal(ByteSpan(bytes).first(size)));
  bytes.push_back(0);
  EXPECT_FALSE(DecodeWithdrawal(bytes));
}

TEST(Certificate, RoundTripsAsBytesAndJson) {
  const TestSurvey test;
  const SignedBatch batch = SignBatch(test, Certificate(test));
  const Bytes bytes = EncodeCertificate(batch.certificate);
  EXPECT_EQ(bytes.size(), 17u + 5 * 32 + 4 * 4 + 8);
  EXPECT_EQ(EncodeCertificate(DecodeCertificate(bytes).value()), bytes);
  const std::string json = BatchToJson(batch);
  const auto decoded = BatchFromJson(json);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(EncodeCertificate(decoded->certificate), bytes);
  EXPECT_EQ(decoded->signatures, batch.signatures);
  EXPECT_EQ(BatchToJson(*decoded), json);
}

TEST(Certificate, RejectsOtherLengthsTagsAndTimes) {
  const TestSurvey test;
  Bytes bytes = EncodeCertificate(Certificate(test));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(DecodeCertificate(ByteSpan(bytes).first(size))) << size;
  }
  EXPECT_FALSE(DecodeCertificate(FlipBit(bytes, 0)));
  EXPECT_FALSE(DecodeCertificate(FlipBit(bytes, 8 * bytes.size() - 1)));
  bytes.push_back(0);
  EXPECT_FALSE(DecodeCertificate(bytes));
}

TEST(Certificate, RejectsJsonThatIsNotExactlyABatch) {
  const TestSurvey test;
  const Json good = Json::parse(BatchToJson(SignBatch(test, Certificate(test))));
  for (const auto& field : good["certificate"].items()) {
    Json json = good;
    json["certificate"].erase(field.key());
    EXPECT_EQ(BatchFromJson(json.dump()).error().message(),
              "\"" + field.key() + "\" of the batch certificate is missing");
    for (const Json& bad : {Json(), Json(-1), Json(1.5), Json(std::uint64_t{1} << 32), Json("x")}) {
      json = good;
      json["certificate"][field.key()] = bad;
      EXPECT_FALSE(BatchFromJson(json.dump())) << field.key() << bad;
    }
  }
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& j) { j["certificate"]["more"] = 1; },
      [](Json& j) { j["certificate"] = "x"; },
      [](Json& j) { j["more"] = 1; },
      [](Json& j) { j["signatures"].erase(0); },
      [](Json& j) { j["signatures"].push_back(j["signatures"][0]); },
      [](Json& j) { j["signatures"][1] = nullptr; },
      [](Json& j) { j["signatures"] = "x"; },
      [](Json& j) { j["format"] = "mpcstats/v1/ticket"; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Json json = good;
    changes[i](json);
    EXPECT_FALSE(BatchFromJson(json.dump())) << i;
  }
}

TEST(Batch, IsVerifiedWithThreeSignatures) {
  const TestSurvey test;
  EXPECT_TRUE(VerifyBatch(SignBatch(test, Certificate(test)), test.signed_survey));
}

TEST(Batch, NamesThePartyWhoseSignatureIsWrong) {
  const TestSurvey test;
  for (unsigned i = 0; i < 3; ++i) {
    SignedBatch batch = SignBatch(test, Certificate(test));
    batch.signatures[i] = batch.signatures[(i + 1) % 3];
    const Status status = VerifyBatch(batch, test.signed_survey);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message(),
              fmt::format("the batch certificate is not signed by party {0}, \"Party {0}\"", i));
  }
}

TEST(Batch, RejectsEveryFieldChangedAfterSigning) {
  const TestSurvey test;
  const SignedBatch good = SignBatch(test, Certificate(test));
  const Bytes bytes = EncodeCertificate(good.certificate);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto changed = DecodeCertificate(FlipBit(bytes, bit));
    if (!changed) continue;
    SignedBatch batch = good;
    batch.certificate = *changed;
    ASSERT_FALSE(VerifyBatch(batch, test.signed_survey)) << bit;
  }
}

TEST(Batch, RejectsSignedCertificatesThatCannotBe) {
  const TestSurvey test;
  const std::vector<std::pair<std::string, std::function<void(BatchCertificate&)>>> changes = {
      {"another survey", [](BatchCertificate& c) { c.survey_hash[0] ^= 1; }},
      {"count from 1", [](BatchCertificate& c) { c.batch = 0; }},
      {"does not name the batch before it", [](BatchCertificate& c) { c.batch = 2; }},
      {"names one before the first", [](BatchCertificate& c) { c.previous[0] = 1; }},
      {"batch_min", [](BatchCertificate& c) { c.count = 1; }},
      {"batch_max", [](BatchCertificate& c) { c.count = 11; }},
      {"revocation list", [](BatchCertificate& c) { c.revocations[0] = 1; }},
      {"before the survey opened", [](BatchCertificate& c) { c.closed_at = kTestOpens - 1; }},
      {"impossible time", [](BatchCertificate& c) { c.closed_at = std::int64_t{1} << 62; }}};
  for (const auto& [sentence, change] : changes) {
    BatchCertificate certificate = Certificate(test);
    change(certificate);
    const Status status = VerifyBatch(SignBatch(test, certificate), test.signed_survey);
    ASSERT_FALSE(status) << sentence;
    EXPECT_THAT(status.error().message(), HasSubstr(sentence));
  }
}

TEST(RefusedRoot, DependsOnEveryReasonAndTheOrder) {
  using Refused = std::vector<std::pair<Bytes32, Refusal>>;
  const auto ids = Ids(2);
  const Refused list = {{ids[0], Refusal::kTokenUsed}, {ids[1], Refusal::kWithdrawn}};
  EXPECT_NE(RefusedRoot(list),
            RefusedRoot(Refused{{ids[0], Refusal::kTokenUsed}, {ids[1], Refusal::kReplaced}}));
  EXPECT_NE(RefusedRoot(list), RefusedRoot(Refused{list[1], list[0]}));
  EXPECT_NE(RefusedRoot(Refused{list[0]}), AnswersRoot(std::vector<Bytes32>{ids[0]}));
}

TEST(Inclusion, IsProvenForEveryPlace) {
  for (const std::uint32_t count : {1u, 2u, 3u, 7u, 8u}) {
    const Bytes32 root = AnswersRoot(Ids(count));
    for (std::uint32_t i = 0; i < count; ++i)
      EXPECT_TRUE(VerifyInclusion(InclusionOf(i, count), Ids(count)[i], root));
  }
}

TEST(Inclusion, RejectsOtherPlacesAnswersRootsAndPaths) {
  const Bytes32 root = AnswersRoot(Ids(7));
  const Bytes32 id = Ids(7)[2];
  const std::vector<std::function<void(Inclusion&)>> changes = {
      [](Inclusion& i) { i.index = 3; },       [](Inclusion& i) { i.index = 7; },
      [](Inclusion& i) { i.count = 2; },       [](Inclusion& i) { i.count = 0; },
      [](Inclusion& i) { i.path.pop_back(); }, [](Inclusion& i) { i.path.emplace_back(); },
      [](Inclusion& i) { i.path[0][0] ^= 1; }, [](Inclusion& i) { std::swap(i.path[0], i.path[1]); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Inclusion inclusion = InclusionOf(2, 7);
    changes[i](inclusion);
    EXPECT_FALSE(VerifyInclusion(inclusion, id, root)) << i;
  }
  EXPECT_FALSE(VerifyInclusion(InclusionOf(2, 7), Ids(7)[3], root));
  EXPECT_FALSE(VerifyInclusion(InclusionOf(2, 7), id, AnswersRoot(Ids(8))));
  EXPECT_FALSE(VerifyInclusion(InclusionOf(2, 7), id, RefusedRoot({})));
}

TEST(Inclusion, JsonRoundTrips) {
  const std::string json = InclusionToJson(InclusionOf(2, 7));
  const auto inclusion = InclusionFromJson(json);
  ASSERT_TRUE(inclusion);
  EXPECT_TRUE(VerifyInclusion(*inclusion, Ids(7)[2], AnswersRoot(Ids(7))));
  EXPECT_EQ(InclusionToJson(*inclusion), json);
  EXPECT_TRUE(InclusionFromJson(InclusionToJson(InclusionOf(0, 1))));  // whose path is empty
}

TEST(Inclusion, RejectsJsonThatIsNotExactlyAProof) {
  const Json good = Json::parse(InclusionToJson(InclusionOf(2, 7)));
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& j) { j["batch"] = 0; },
      [](Json& j) { j["index"] = 7; },
      [](Json& j) { j["index"] = -1; },
      [](Json& j) { j["count"] = "7"; },
      [](Json& j) { j["path"] = "x"; },
      [](Json& j) { j["path"][0] = 1; },
      [](Json& j) { j["path"][0] = "00"; },
      [](Json& j) { j["path"] = Json(33, j["path"][0]); },
      [](Json& j) { j.erase("path"); },
      [](Json& j) { j["more"] = 1; },
      [](Json& j) { j["format"] = "mpcstats/v2/inclusion"; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Json json = good;
    changes[i](json);
    const auto decoded = InclusionFromJson(json.dump());
    ASSERT_FALSE(decoded) << i;
    EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidArgument);
  }
}

RC_GTEST_PROP(Certificate, WhatDecodesHasOneEncoding, ()) {
  static const TestSurvey test;
  Bytes bytes = EncodeCertificate(Certificate(test));
  const auto flips = *rc::gen::inRange(1, 5);
  for (int i = 0; i < flips; ++i) bytes = FlipBit(bytes, *rc::gen::inRange<std::size_t>(0, 8 * bytes.size()));
  if (const auto decoded = DecodeCertificate(bytes)) RC_ASSERT(EncodeCertificate(*decoded) == bytes);
}

}  // namespace
}  // namespace mpcstats
