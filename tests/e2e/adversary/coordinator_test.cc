// A malicious coordinator against three honest parties: real processes, real connections, its real key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/invite.h"
#include "mpcstats/survey/submission_box.h"
#include "rogue_coordinator.h"

namespace mpcstats::e2e {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

const auto kClosed = AllOf(Field(&JobReport::state, "done"), Field(&JobReport::outcome, "closed"));
const auto kReleased = AllOf(Field(&JobReport::state, "done"), Field(&JobReport::outcome, "released"));
const auto kFailed = Field(&JobReport::state, "failed");

class MaliciousCoordinator : public testing::Test {
 protected:
  explicit MaliciousCoordinator(const SystemOptions& options = {.batch_min = 10, .start = false})
      : system(options), rogue(system) {}

  Crafted Made(unsigned amount) {
    return Honest(rogue.survey(), {{"amount", std::to_string(amount)}}, FreshKey());
  }
  /// Honest answers first, first + 1, ..., brought to all three as they should be.
  void Fill(unsigned count, unsigned first = 1) {
    std::vector<Crafted> answers;
    for (unsigned i = 0; i < count; ++i) answers.push_back(Made(first + i));
    for (unsigned party = 0; party < 3; ++party) {
      std::vector<UploadedBox> items;
      std::vector<Bytes32> ids;
      for (const Crafted& answer : answers) {
        items.push_back(BoxFor(party, answer.submission));
        ids.push_back(answer.id);
      }
      ASSERT_THAT(rogue.Bring(party, items, ids), Each("none"));
    }
  }
  /// The newest batch counts `people` and refused `refused`; the release behind it has this sum.
  void ExpectOutcome(std::uint32_t batch, std::uint32_t people, std::uint32_t refused,
                     const std::string& sum) {
    ASSERT_THAT(rogue.Run(JobKind::kBatch, batch), Each(kClosed));
    const auto closed = rogue.Closed();
    ASSERT_EQ(closed.size(), batch);
    EXPECT_EQ(closed.back().certificate.count, people);
    EXPECT_EQ(closed.back().certificate.refused, refused);
    ASSERT_THAT(rogue.Run(JobKind::kRelease, ++releases), Each(kReleased));
    const auto receipt = rogue.Released();
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->body.outputs[0].exact, sum);
  }

  SurveySystem system;
  RogueCoordinator rogue;
  std::uint32_t releases = 0;
};

TEST_F(MaliciousCoordinator, RepostingAVictimsCommitmentsUnderNewHeadersCountsNothing) {
  const Crafted victim = Made(5000);
  for (unsigned i = 0; i < 10; ++i) {
    // The commitments, boxes and all of a victim under the coordinator's own key, brought before the victim's own.
    Header header = *DecodeHeader(victim.submission.envelope.header);
    const SigningKey own = FreshKey();
    header.control_key = own.PublicKey();
    if (i % 2 == 0) header.nonce[3] ^= 1;
    Submission copy = victim.submission;
    copy.envelope.header = EncodeHeader(header);
    // A seal of its own makes it the coordinator's fault; without one nobody is to blame.
    EXPECT_EQ(rogue.BringToAll(copy), "not-delivered");
    copy.envelope.seal = own.Sign(SealInput(SubmissionId(copy.envelope.header), copy.envelope.box_hashes));
    EXPECT_EQ(rogue.BringToAll(copy), "box-does-not-open");
  }
  ASSERT_EQ(rogue.BringToAll(victim.submission), "none");
  Fill(9);
  ExpectOutcome(1, 10, 10, "5045");
}

TEST_F(MaliciousCoordinator, MixedBoxesAreNobodysFaultAndAreCured) {
  const Crafted one = Made(100);
  const Crafted other = Made(200);
  Fill(9);
  for (const unsigned party : {0u, 2u}) {
    ASSERT_EQ(rogue.Bring(party, one.submission), "none");
    ASSERT_EQ(rogue.Bring(party, other.submission), "none");
  }
  EXPECT_THAT(rogue.Bring(1,
                          {{EncodeEnvelope(one.submission.envelope), other.submission.boxes[1]},
                           {EncodeEnvelope(other.submission.envelope), one.submission.boxes[1]}},
                          {one.id, other.id}),
              ElementsAre("not-delivered", "not-delivered"));
  ExpectOutcome(1, 11, 0, "345");
}

TEST_F(MaliciousCoordinator, OtherBoxesUnderAStrangersSealAreNotARefusalInThePersonsName) {
  // The id does not cover the boxes' hashes: the coordinator swaps a box and names its hash. The seal tells.
  Crafted answer = Made(100);
  Submission swapped = answer.submission;
  for (unsigned i = 0; i < 3; ++i) {
    swapped.boxes[i] = Made(1).submission.boxes[i];
    swapped.envelope.box_hashes[i] = Sha256(swapped.boxes[i]);
  }
  EXPECT_EQ(rogue.BringToAll(swapped), "not-delivered");
  EXPECT_EQ(rogue.BringToAll(answer.submission), "none");
  Fill(9);
  ExpectOutcome(1, 10, 0, "145");
}

TEST_F(MaliciousCoordinator, AnAnswerHeldBackFromTwoPartiesWaitsUntilItsOwnerSendsItHerself) {
  const Crafted held = Made(100);
  Fill(10);
  ASSERT_EQ(rogue.Bring(0, held.submission), "none");
  ExpectOutcome(1, 10, 0, "55");
  ASSERT_EQ(rogue.Bring(1, held.submission), "none");
  ASSERT_EQ(rogue.Bring(2, held.submission), "none");
  Fill(9, 11);
  ExpectOutcome(2, 10, 0, "290");
}

TEST_F(MaliciousCoordinator, WhoIsDroppedWithATicketGoesRoundIt) {
  // The real client; the coordinator promises in writing and does nothing.
  ASSERT_EQ(system.Share("100", "dropped").code, 0);
  ASSERT_EQ(rogue.Received().size(), 1u);
  Fill(9);
  for (const JobReport& report : rogue.Run(JobKind::kBatch, 1)) EXPECT_EQ(report.outcome, "too-few");
  EXPECT_EQ(system.Share("100", "direct", {"--direct"}).code, 0);
  ExpectOutcome(1, 10, 0, "145");
}

TEST_F(MaliciousCoordinator, OtherListsForEachPartyReplaysAndInventedIdsChangeNothing) {
  Fill(6);
  Fill(6, 7);
  const Crafted again = Made(100);
  for (unsigned i = 0; i < 3; ++i) ASSERT_EQ(rogue.BringToAll(again.submission), "none");
  const auto lists = [&](unsigned party, JobOrder& order) {
    // An invented id, one real one, nothing at all; and one id many times.
    for (unsigned i = 0; i < 20; ++i) order.list.push_back(Sha256(Bytes{static_cast<std::uint8_t>(i)}));
    if (party == 1) order.list.assign(30, again.id);
    if (party == 2) order.list.clear();
  };
  ASSERT_THAT(rogue.Run(JobKind::kBatch, 1, lists), Each(kClosed));
  ASSERT_EQ(rogue.Closed().back().certificate.count, 13u);
  // What is counted stays so, whatever is brought again.
  ASSERT_EQ(rogue.BringToAll(again.submission), "none");
  Fill(10, 101);
  ExpectOutcome(2, 10, 0, "1233");
}

TEST_F(MaliciousCoordinator, MoreIdsThanASurveyTakesAndStrangersOrdersAreRefusedAtTheDoor) {
  JobOrder order{.kind = JobKind::kBatch, .number = 1, .at = Now(), .list = {}, .signature = {}};
  order.list.resize(rogue.survey().survey().batch_max + 1);
  EXPECT_THAT(rogue.Order(0, order).error().message(), HasSubstr("at most"));
  order.list.clear();
  order.number = 5;
  EXPECT_THAT(rogue.Order(0, order).error().message(), HasSubstr("cannot come now"));
  order.number = 1;
  order.signature = FreshKey().Sign(JobOrderInput(order, rogue.survey().hash()));
  EXPECT_THAT(rogue.party(0).OrderJob(order).error().message(), HasSubstr("Only the coordinator"));
  EXPECT_FALSE(rogue.party(0).Job("batch-1"));
}

TEST_F(MaliciousCoordinator, AnotherClosingTimeForOnePartyClosesNothing) {
  Fill(10);
  const auto reports =
      rogue.Run(JobKind::kBatch, 1, [](unsigned party, JobOrder& order) { order.at += party == 2 ? 1 : 0; });
  EXPECT_THAT(reports, Each(kFailed));
  EXPECT_THAT(reports[0].error, HasSubstr("party 2"));
  EXPECT_TRUE(rogue.Closed().empty());
  // A time that all three find impossible.
  EXPECT_THAT(rogue.Run(JobKind::kBatch, 1, [](unsigned, JobOrder& order) { order.at += 1000; }),
              Each(kFailed));
  EXPECT_TRUE(rogue.Closed().empty());
  ExpectOutcome(1, 10, 0, "55");
}

TEST_F(MaliciousCoordinator, OtherJobsForEachPartyAndOldOrdersComputeNothingTwice) {
  Fill(10);
  ExpectOutcome(1, 10, 0, "55");
  const std::string body = CanonicalJson(rogue.Released()->body);
  // The same batch and the same release again, with the very same kind of order.
  EXPECT_THAT(rogue.Run(JobKind::kBatch, 1), Each(kFailed));
  EXPECT_THAT(rogue.Run(JobKind::kRelease, 1), Each(kFailed));
  // A batch at one party, a release at the two others.
  Fill(10, 11);
  JobOrder batch{.kind = JobKind::kBatch, .number = 2, .at = Now(), .list = {}, .signature = {}};
  JobOrder release{.kind = JobKind::kRelease, .number = 2, .at = Now(), .list = {}, .signature = {}};
  ASSERT_TRUE(rogue.Order(0, batch));
  ASSERT_TRUE(rogue.Order(1, release));
  ASSERT_TRUE(rogue.Order(2, release));
  for (unsigned i = 0; i < 3; ++i) {
    const std::string name = i == 0 ? "batch-2" : "release-2";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    JobReport report;
    while (!report.over() && std::chrono::steady_clock::now() < deadline) {
      const auto said = rogue.party(i).Job(name);
      if (said) report = *said;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(report.state, "failed") << i;
  }
  EXPECT_EQ(CanonicalJson(rogue.Released()->body), body);
  EXPECT_EQ(rogue.Closed().size(), 1u);
  ExpectOutcome(2, 10, 0, "210");
}

TEST_F(MaliciousCoordinator, ANonceOrAControlKeyPostedFirstKeepsItsOwnerNotOut) {
  const SigningKey hers = FreshKey();
  const Crafted victim = Honest(rogue.survey(), {{"amount", "100"}}, hers);
  // Her nonce under a key of its own: another answer, which in an open survey anybody may give.
  const SigningKey own = FreshKey();
  Parts nonce = HonestParts(rogue.survey(), {{"amount", "1"}}, own.PublicKey());
  nonce.header.nonce = victim.parts.header.nonce;
  ASSERT_EQ(rogue.BringToAll(Craft(rogue.survey(), nonce, own).submission), "none");
  // Her control key, which it cannot sign with.
  Parts stolen = HonestParts(rogue.survey(), {{"amount", "9000"}}, hers.PublicKey());
  stolen.header.nonce = victim.parts.header.nonce;
  ASSERT_EQ(rogue.BringToAll(Craft(rogue.survey(), stolen, own).submission), "none");
  ASSERT_EQ(rogue.BringToAll(victim.submission), "none");
  Fill(9);
  ExpectOutcome(1, 11, 0, "146");
}

TEST_F(MaliciousCoordinator, CanWithdrawNobody) {
  const Crafted victim = Made(100);
  Fill(9);
  ASSERT_EQ(rogue.BringToAll(victim.submission), "none");
  Withdrawal forged{.submission = victim.id, .signature = {}};
  forged.signature = FreshKey().Sign(WithdrawalInput(victim.id, rogue.survey().hash()));
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_THAT(rogue.party(i).Withdraw(forged).error().message(), HasSubstr("Only the control key"));
  }
  ExpectOutcome(1, 10, 0, "145");
}

// By invitation: what a coordinator makes up has none.
struct Invitations {
  Invitations() {
    SystemRng rng;
    list.emplace(std::move(*InviteList::Make(12, rng)));
    options.eligibility = "eligibility = \"invite\"\ninvite_root = \"" + ToHex(list->root()) +
                          "\"\ninvite_count = " + std::to_string(list->size());
    options.start = false;
  }
  std::optional<InviteList> list;
  SystemOptions options;
};

class MaliciousCoordinatorByInvitation : public Invitations, public MaliciousCoordinator {
 protected:
  MaliciousCoordinatorByInvitation() : MaliciousCoordinator(options) {}
  Submission Invited(std::uint32_t index, const std::string& amount) {
    SystemRng rng;
    const InviteToken token = list->Token(index);
    const auto row = EncodeRow(rogue.survey().survey(), {{"amount", amount}});
    auto made = SealSubmission(rogue.survey(), *row, FreshKey(),
                               {.version = 0, .replaces = {}, .invite = &token}, rng);
    EXPECT_TRUE(made);
    return std::move(*made);
  }
};

TEST_F(MaliciousCoordinatorByInvitation, CannotInventPeople) {
  std::vector<Submission> real;
  for (std::uint32_t i = 0; i < 10; ++i) real.push_back(Invited(i, std::to_string(i + 1)));
  // Without an invitation, with one that it saw in somebody's envelope, with that and the owner's header.
  EXPECT_EQ(rogue.BringToAll(Made(9000).submission), "not-invited");
  Crafted invented = Made(9000);
  invented.submission.envelope.invite = real[0].envelope.invite;
  EXPECT_EQ(rogue.BringToAll(invented.submission), "not-invited");
  Parts parts = HonestParts(rogue.survey(), {{"amount", "9000"}}, FreshKey().PublicKey());
  parts.header.token_hash = DecodeHeader(real[0].envelope.header)->token_hash;
  invented = Craft(rogue.survey(), parts, FreshKey());
  invented.submission.envelope.invite = real[0].envelope.invite;
  EXPECT_EQ(rogue.BringToAll(invented.submission), "not-invited");
  for (const Submission& submission : real) ASSERT_EQ(rogue.BringToAll(submission), "none");
  ExpectOutcome(1, 10, 0, "55");
  EXPECT_THAT(rogue.Released()->body.eligibility, HasSubstr("invit"));
}

}  // namespace
}  // namespace mpcstats::e2e
