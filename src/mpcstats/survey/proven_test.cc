// Proven answers, from the draft of a header to the word on an attestation, with a notary that proves nothing.
#include "mpcstats/survey/proven.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/survey/proven_testing.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using testing::FakeAnswer;
using testing::FakeNotary;
using testing::FakeProof;
using ::testing::HasSubstr;
using testing::kTestMinute;
using testing::SourceToml;
using testing::TestSurvey;
using Fault = AttestationFault;

constexpr UnixSeconds kArrivesAt = static_cast<UnixSeconds>(kTestMinute) * 60 + 1000;
constexpr ProofTime kArrival{.when = ProofTime::When::kArrival, .time = kArrivesAt};

// region is declared, account and balance are proven by one website, or by two.
class ProvenTest : public ::testing::Test {
 protected:
  static std::string OneSource() { return SourceToml("exchange", "\"account\", \"balance\"", 0x7e); }
  static std::string TwoSources() {
    return SourceToml("bank", "\"balance\"", 0x7e) + SourceToml("registry", "\"account\"", 0x7f);
  }
  explicit ProvenTest(const std::string& sources = OneSource())
      : test_(Eligibility::kProven, "A test", FakeNotary().Toml() + sources) {}

  static std::map<std::string, std::string> Cells() {
    return {{"balance", "-12.34"}, {"region", "south"}, {"account", "account-7"}};
  }
  Submission Make(const FakeProof& proof = {.end_minute = kTestMinute + 3}, std::uint64_t seed = 5) const {
    SeededRng rng(seed);
    return testing::FakeSubmission(test_.signed_survey, notary_, Cells(), testing::TestKey('a', 1), proof,
                                   rng);
  }
  FakeAnswer Parts(const FakeProof& proof = {.end_minute = kTestMinute + 3}) const {
    SeededRng rng(5);
    return testing::MakeFakeAnswer(test_.signed_survey, notary_, Cells(), testing::TestKey('a', 1), proof,
                                   rng);
  }
  Result<Submission> Seal(const FakeAnswer& answer) const {
    SeededRng rng(6);
    return SealProven(test_.signed_survey, answer.draft, answer.declared ? &*answer.declared : nullptr,
                      answer.proven, testing::TestKey('a', 1), rng);
  }
  // The word of all three parties, which is the same.
  Refusal Word(const Submission& submission, const std::set<Bytes32>& revoked = {},
               ProofTime time = kArrival) const {
    std::set<Refusal> words;
    const CheckedEnvelope envelope = testing::Checked(test_, submission.envelope);
    for (unsigned party = 0; party < 3; ++party) {
      const auto opening = testing::Open(test_, submission, party);
      CHECK(opening.has_value());
      words.insert(
          CheckAttestations(test_.signed_survey, envelope, *opening, revoked, time, SignatureCheck::kVerify));
    }
    EXPECT_EQ(words.size(), 1u);
    return *words.begin();
  }

  FakeNotary notary_;
  TestSurvey test_;
};

class TwoSourcesTest : public ProvenTest {
 protected:
  TwoSourcesTest() : ProvenTest(TwoSources()) {}
};

TEST_F(ProvenTest, AnAnswerWithADeclaredAndAProvenGroupOpensAtAllThree) {
  const Submission submission = Make();
  const CheckedEnvelope envelope = testing::Checked(test_, submission.envelope);
  ASSERT_EQ(envelope.header.groups.size(), 2u);
  EXPECT_EQ(envelope.header.groups[0].source_id, 0u);
  EXPECT_EQ(envelope.header.groups[0].column_mask, 2u);
  EXPECT_EQ(envelope.header.groups[1].column_mask, 5u);
  // The row is the XOR of the three own components, columns back in the survey's order.
  Bytes row(LayoutOf(test_.survey()).bytes());
  for (unsigned party = 0; party < 3; ++party) {
    const auto opening = testing::Open(test_, submission, party);
    ASSERT_TRUE(opening);
    const Bytes own = RowShare(test_.survey(), *opening, 0);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<std::uint8_t>(row[i] ^ own[i]);
  }
  EXPECT_EQ(DecodeRow(test_.survey(), row), Cells());
  EXPECT_EQ(Word(submission), Refusal::kNone);
}

TEST_F(TwoSourcesTest, EachSourceHasASessionAndAContextOfItsOwn) {
  const Submission submission = Make();
  EXPECT_EQ(Word(submission), Refusal::kNone);
  Header header = testing::Checked(test_, submission.envelope).header;
  ASSERT_EQ(header.groups.size(), 3u);
  const Bytes32 first = ContextOf(header, 1);
  EXPECT_NE(first, ContextOf(header, 2));
  // The first notary was given its ctx before the second session existed.
  header.groups[2].notary_session_id = testing::Filled(9);
  header.groups[2].attestation_hash = testing::Filled(9);
  EXPECT_EQ(ContextOf(header, 1), first);
  header.groups[1].notary_session_id = testing::Filled(9);
  EXPECT_NE(ContextOf(header, 1), first);
}

TEST_F(ProvenTest, BoxesHaveOneSizeWhateverTheAttestationHolds) {
  FakeProof shows{.end_minute = kTestMinute + 3};
  shows.change = [](Attestation& facts, std::size_t) { facts.open.values = {{"asset", Bytes(200, 'x')}}; };
  const Submission plain = Make();
  const Submission more = Make(shows);
  EXPECT_EQ(plain.boxes[0].size(), BoxBytes(test_.survey()));
  EXPECT_EQ(more.boxes[0].size(), BoxBytes(test_.survey()));
  EXPECT_EQ(plain.envelope.header.size(), more.envelope.header.size());
  EXPECT_EQ(Word(more), Refusal::kNone);
}

TEST_F(TwoSourcesTest, ThePlacesHoldWhatTheirDescriptionSays) {
  FakeProof shows{.end_minute = kTestMinute + 3};
  const auto groups = GroupsOf(test_.survey());
  // 4 + 1 bytes of name, 4 of length: 247 are left of 256.
  shows.change = [](Attestation& facts, std::size_t) { facts.open.values = {{"a", Bytes(247, 'x')}}; };
  const FakeAnswer full = Parts(shows);
  for (std::size_t g = 1; g < groups.size(); ++g) {
    EXPECT_EQ(full.proven[g - 1].attestation.size() + 2, AttestationPlace(test_.survey(), groups[g]));
  }
  EXPECT_TRUE(Seal(full));
  shows.change = [](Attestation& facts, std::size_t) { facts.open.values = {{"a", Bytes(248, 'x')}}; };
  const auto refused = Seal(Parts(shows));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("show at most 256 bytes"));
}

TEST_F(ProvenTest, SubmissionsSurviveTheirEncoding) {
  const Submission submission = Make();
  const auto again = DecodeSubmission(EncodeSubmission(submission));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->boxes, submission.boxes);
  EXPECT_EQ(EncodeEnvelope(submission.envelope).size(), EnvelopeBytesLimit(test_.survey()));
}

// What the parties refuse, each with its reason, and what the person's own program says before it is sent.
TEST_F(ProvenTest, WhatTheNotaryDidNotVouchForIsRefusedWithTheReason) {
  struct Row {
    Fault expected;
    testing::FactsChange change;
  };
  const std::vector<Row> rows = {
      {Fault::kMode, [](Attestation& a, std::size_t) { a.session.mode = AttestationMode::kProxy; }},
      {Fault::kIncomplete, [](Attestation& a, std::size_t) { a.session.complete = false; }},
      {Fault::kContext, [](Attestation& a, std::size_t) { a.session.context[3] ^= 4; }},
      {Fault::kHost, [](Attestation& a, std::size_t) { a.server.host = "exchange.example.org"; }},
      {Fault::kTemplate, [](Attestation& a, std::size_t) { a.statement.template_hash[0] ^= 1; }},
      {Fault::kColumns, [](Attestation& a, std::size_t) { a.statement.columns[0].scale = 8; }},
      {Fault::kCommitments, [](Attestation& a, std::size_t) { a.statement.commitments[2][0] ^= 1; }},
      {Fault::kSession, [](Attestation& a, std::size_t) { a.session.session_id[0] ^= 1; }},
  };
  for (const Row& row : rows) {
    FakeProof proof{.end_minute = kTestMinute + 3};
    proof.change = row.change;
    EXPECT_EQ(Word(Make(proof)), RefusalOf(row.expected)) << AttestationFaultWord(row.expected);
    const auto sealed = Seal(Parts(proof));
    ASSERT_FALSE(sealed) << AttestationFaultWord(row.expected);
    EXPECT_THAT(sealed.error().message(), HasSubstr(std::string(AttestationFaultSentence(row.expected))));
  }
  EXPECT_TRUE(Seal(Parts()));
}

TEST_F(ProvenTest, AValueThatWasEditedBehindTheProofDoesNotOpenOrDoesNotMatch) {
  FakeAnswer answer = Parts();
  answer.proven[0].components[1][0] ^= 1;
  EXPECT_FALSE(Seal(answer));
  SeededRng rng(6);
  const auto forced = SealUnchecked(test_.signed_survey, answer.draft, &*answer.declared, answer.proven,
                                    testing::TestKey('a', 1), rng);
  ASSERT_TRUE(forced);
  EXPECT_EQ(Word(*forced), RefusalOf(Fault::kCommitments));
}

TEST_F(ProvenTest, AnothersAttestationIsRefused) {
  SeededRng rng(77);
  const FakeAnswer other = testing::MakeFakeAnswer(
      test_.signed_survey, notary_, Cells(), testing::TestKey('a', 2), {.end_minute = kTestMinute + 3}, rng);
  FakeAnswer mine = Parts();
  for (unsigned j = 0; j < 3; ++j) {
    std::ranges::copy(other.proven[0].components[j].span(), mine.proven[0].components[j].data());
  }
  mine.proven[0].attestation = other.proven[0].attestation;
  const auto forced = SealUnchecked(test_.signed_survey, mine.draft, &*mine.declared, mine.proven,
                                    testing::TestKey('a', 1), rng);
  ASSERT_TRUE(forced);
  EXPECT_EQ(Word(*forced), RefusalOf(Fault::kSession));
  // With the other's session named as well, ctx tells them apart: it holds the other's nonce and control key.
  mine.draft.groups[1].notary_session_id = other.draft.groups[1].notary_session_id;
  const auto named = SealUnchecked(test_.signed_survey, mine.draft, &*mine.declared, mine.proven,
                                   testing::TestKey('a', 1), rng);
  ASSERT_TRUE(named);
  EXPECT_EQ(Word(*named), RefusalOf(Fault::kContext));
}

TEST_F(TwoSourcesTest, AttestationsOfTwoGroupsCannotChangePlaces) {
  FakeAnswer answer = Parts();
  std::swap(answer.proven[0].attestation, answer.proven[1].attestation);
  SeededRng rng(6);
  const auto forced = SealUnchecked(test_.signed_survey, answer.draft, &*answer.declared, answer.proven,
                                    testing::TestKey('a', 1), rng);
  ASSERT_TRUE(forced);
  EXPECT_EQ(Word(*forced), RefusalOf(Fault::kSession));
}

TEST_F(TwoSourcesTest, OneSessionForTwoGroupsIsMalformed) {
  FakeAnswer answer = Parts();
  answer.draft.groups[2].notary_session_id = answer.draft.groups[1].notary_session_id;
  SeededRng rng(6);
  const auto forced = SealUnchecked(test_.signed_survey, answer.draft, &*answer.declared, answer.proven,
                                    testing::TestKey('a', 1), rng);
  ASSERT_TRUE(forced);
  EXPECT_EQ(testing::Judge(test_, forced->envelope), Refusal::kMalformed);
}

TEST_F(ProvenTest, AKeyOfTheNotaryThatDidNotSignOrIsNotValidYetIsRefused) {
  EXPECT_EQ(Word(Make({.end_minute = kTestMinute + 3, .key = 0, .change = {}, .signed_by = 1})),
            RefusalOf(Fault::kSignature));
  // The second key begins on the tenth of November.
  EXPECT_EQ(Word(Make({.end_minute = kTestMinute + 3, .key = 1})), RefusalOf(Fault::kKeyExpired));
  const ProofTime later{.when = ProofTime::When::kArrival, .time = kArrivesAt + 10 * 86400};
  EXPECT_EQ(Word(Make({.end_minute = kTestMinute + 10 * 1440, .key = 1}), {}, later), Refusal::kNone);
  EXPECT_EQ(Word(Make({.end_minute = kTestMinute + 10 * 1440, .key = 0}), {}, later), Refusal::kNone)
      << "rotation overlaps";
}

TEST_F(ProvenTest, ARevokedKeyIsRefusedWhateverTimeItWrites) {
  const std::vector<NotaryKeyList> lists = {notary_.List(2, {0})};
  EXPECT_EQ(Word(Make(), RevokedKeys(lists)), RefusalOf(Fault::kRevoked));
  const std::vector<NotaryKeyList> others = {notary_.List(2, {1})};
  EXPECT_EQ(Word(Make(), RevokedKeys(others)), Refusal::kNone);
}

TEST_F(ProvenTest, AgeIsCountedToTheArrivalAndAtCloseByTheSurveysTimes) {
  const std::uint64_t end = kTestMinute + 600;
  const auto at = [&](ProofTime::When when, UnixSeconds seconds) {
    return Word(Make({.end_minute = end}), {},
                {.when = when, .time = static_cast<UnixSeconds>(end) * 60 + seconds});
  };
  // max_age is an hour; two minutes of clocks and one of rounding are allowed for.
  EXPECT_EQ(at(ProofTime::When::kArrival, 3600 + 120 + 59), Refusal::kNone);
  EXPECT_EQ(at(ProofTime::When::kArrival, 3600 + 120 + 60), RefusalOf(Fault::kTooOld));
  EXPECT_EQ(at(ProofTime::When::kArrival, -120), Refusal::kNone);
  EXPECT_EQ(at(ProofTime::When::kArrival, -121), RefusalOf(Fault::kTooNew));
  EXPECT_EQ(at(ProofTime::When::kClose, 5 * 86400), Refusal::kNone) << "it waited for its batch";
  EXPECT_EQ(at(ProofTime::When::kClose, -121), RefusalOf(Fault::kTooNew));
  // Nothing that arrived after the survey opened can be older than this.
  const UnixSeconds opens = test_.survey().opens;
  const ProofTime close{.when = ProofTime::When::kClose, .time = opens + 86400};
  const auto minutes = static_cast<std::uint64_t>(opens / 60);
  EXPECT_EQ(Word(Make({.end_minute = minutes - 62}), {}, close), Refusal::kNone);
  EXPECT_EQ(Word(Make({.end_minute = minutes - 63}), {}, close), RefusalOf(Fault::kTooOld));
}

TEST_F(ProvenTest, ABoxWithAnotherAttestationThanTheHeaderNamesDoesNotOpen) {
  const Submission good = Make();
  const CheckedEnvelope envelope = testing::Checked(test_, good.envelope);
  const auto opened = testing::Open(test_, good, 0);
  ASSERT_TRUE(opened);
  Bytes altered = ComponentOfBox(test_.survey(), *opened, 0);
  EXPECT_TRUE(CheckComponent(test_.signed_survey, envelope, 0, altered));
  altered.back() = 1;  // behind the attestation, where zeros belong
  EXPECT_FALSE(CheckComponent(test_.signed_survey, envelope, 0, altered));
  altered = ComponentOfBox(test_.survey(), *opened, 0);
  altered[altered.size() - AttestationPlaces(test_.survey(), GroupsOf(test_.survey())) + 60] ^= 1;
  EXPECT_FALSE(CheckComponent(test_.signed_survey, envelope, 0, altered));
}

TEST_F(ProvenTest, CuresCarryTheAttestation) {
  const Submission submission = Make();
  const CheckedEnvelope envelope = testing::Checked(test_, submission.envelope);
  const auto one = testing::Open(test_, submission, 1);
  const auto two = testing::Open(test_, submission, 2);
  const auto zero = testing::Open(test_, submission, 0);
  ASSERT_TRUE(zero && one && two);
  // Party 0's own component is party 2's next one, its next is party 1's own.
  const Bytes own = ComponentOfBox(test_.survey(), *two, 1);
  const Bytes next = ComponentOfBox(test_.survey(), *one, 0);
  EXPECT_TRUE(CheckComponent(test_.signed_survey, envelope, 0, own));
  EXPECT_TRUE(CheckComponent(test_.signed_survey, envelope, 1, next));
  EXPECT_EQ(JoinComponents(test_.survey(), own, next), *zero);
}

TEST_F(ProvenTest, HeadersThatDoNotFitTheSourcesAreMalformed) {
  const Submission submission = Make();
  const auto judged = [&](auto change) {
    Header header = DecodeHeader(submission.envelope.header).value();
    change(header);
    Envelope envelope = submission.envelope;
    envelope.header = EncodeHeader(header);
    return testing::Judge(test_, envelope);
  };
  EXPECT_EQ(judged([](Header&) {}), Refusal::kNone);
  EXPECT_EQ(judged([](Header& h) { h.groups[1].source_id = 2; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups[1].column_mask = 7; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups[1].bits += 1; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups[1].notary_key_id = {}; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups[1].notary_session_id = {}; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups[1].attestation_hash = {}; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups[0].notary_key_id[0] = 1; }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { std::swap(h.groups[0], h.groups[1]); }), Refusal::kMalformed);
  EXPECT_EQ(judged([](Header& h) { h.groups.pop_back(), h.commitments.pop_back(); }), Refusal::kMalformed);
}

TEST_F(ProvenTest, DraftsNameAKeyOfTheSurveyForEachSource) {
  SeededRng rng(1);
  const SigningKey control = testing::TestKey('a', 1);
  const auto error = [&](const SignedSurvey& survey, const std::vector<Bytes32>& ids,
                         const SealOptions& options = {}) {
    const auto draft = DraftHeader(survey, control, options, ids, rng);
    return draft ? "accepted" : draft.error().message();
  };
  const Bytes32 id = NotaryKeyId(notary_.keys[0].PublicKey());
  EXPECT_EQ(error(test_.signed_survey, {id}), "accepted");
  EXPECT_THAT(error(test_.signed_survey, {}), HasSubstr("choose a notary's key for each"));
  EXPECT_THAT(error(test_.signed_survey, {testing::Filled(1)}), HasSubstr("does not name"));
  EXPECT_THAT(error(test_.signed_survey, {id}, {.version = 1}), HasSubstr("a replacement has a version"));
  EXPECT_THAT(error(TestSurvey().signed_survey, {id}), HasSubstr("takes no proven answers"));
}

TEST_F(ProvenTest, PartsThatAreMissingOrOfAnotherWidthAreRefused) {
  FakeAnswer answer = Parts();
  SeededRng rng(6);
  const SigningKey control = testing::TestKey('a', 1);
  EXPECT_FALSE(SealProven(test_.signed_survey, answer.draft, nullptr, answer.proven, control, rng));
  EXPECT_FALSE(SealProven(test_.signed_survey, answer.draft, &*answer.declared, {}, control, rng));
  answer.proven[0].components[2] = Buffer<std::uint8_t>(answer.proven[0].components[2].size() + 1);
  const auto wide = Seal(answer);
  ASSERT_FALSE(wide);
  EXPECT_THAT(wide.error().message(), HasSubstr("width"));
  // A plain answer is no proven one.
  const auto plain = SealSubmission(test_.signed_survey, testing::TestRow(test_.survey()), control, {}, rng);
  ASSERT_FALSE(plain);
  EXPECT_THAT(plain.error().message(), HasSubstr("takes proven answers only"));
}

TEST_F(ProvenTest, AProvenColumnIsNotTypedIn) {
  const auto groups = GroupsOf(test_.survey());
  const auto typed = EncodeGroup(test_.survey(), groups[0], {{"region", "south"}, {"balance", "9"}});
  ASSERT_FALSE(typed);
  EXPECT_THAT(typed.error().message(), HasSubstr("proven by exchange.example and not typed in"));
}

}  // namespace
}  // namespace mpcstats
