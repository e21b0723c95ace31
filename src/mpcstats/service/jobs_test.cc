// Closing a batch and releasing, three parties together: honest ones, and one that lies, leaves or forgets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mpcstats/service/jobs_testing.h"

namespace mpcstats {
namespace {

using ::mpcstats::testing::kJobNow;
using ::mpcstats::testing::ThreeParties;
using ::testing::HasSubstr;
using Kind = CloseResult::Kind;

void ExpectClosed(const ThreeParties::CloseResults& results, std::size_t counted) {
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_TRUE(results[i]) << i << ": " << results[i].error().message();
    EXPECT_EQ(results[i]->kind, Kind::kClosed);
    EXPECT_EQ(results[i]->counted, counted);
    EXPECT_EQ(BatchToJson(*results[i]->batch), BatchToJson(*results[0]->batch));
  }
}

std::string SumOf(const ThreeParties::ReleaseResults& results) {
  for (unsigned i = 0; i < 3; ++i) {
    if (!results[i]) return "error: " + results[i].error().message();
    if (results[i]->kind != ReleaseResult::Kind::kReleased) return "not released";
    if (CanonicalJson(results[i]->receipt->body) != CanonicalJson(results[0]->receipt->body))
      return "bodies differ";
  }
  return results[0]->receipt->body.outputs[0].exact;
}

// Changes what one party sends in exchange number `at`.
class Tampered final : public PeerLinks {
 public:
  using Change = std::function<void(std::array<Bytes, 2>&)>;
  Tampered(std::unique_ptr<PeerLinks> inner, std::size_t at, Change change)
      : inner_(std::move(inner)), at_(at), change_(std::move(change)) {}
  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& limits) override {
    std::array<Bytes, 2> changed = send;
    if (count_++ == at_) change_(changed);
    return inner_->Exchange(changed, limits);
  }
  void SendAndClose(const std::array<Bytes, 2>& send) override { inner_->SendAndClose(send); }
  Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    return inner_->Export(peer, context);
  }
  [[nodiscard]] PartyIndex self() const override { return inner_->self(); }

 private:
  std::unique_ptr<PeerLinks> inner_;
  std::size_t at_;
  Change change_;
  std::size_t count_ = 0;
};

// Gone from exchange number `at` on.
class Leaves final : public PeerLinks {
 public:
  Leaves(std::unique_ptr<PeerLinks> inner, std::size_t at) : inner_(std::move(inner)), at_(at) {}
  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& limits) override {
    if (count_++ >= at_) {
      gone_ = true;
      inner_->SendAndClose({});
      return Fail(ErrorCode::kUnavailable, "this party is gone");
    }
    return inner_->Exchange(send, limits);
  }
  void SendAndClose(const std::array<Bytes, 2>& send) override {
    if (!gone_) inner_->SendAndClose(send);
  }
  Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    return inner_->Export(peer, context);
  }
  [[nodiscard]] PartyIndex self() const override { return inner_->self(); }

 private:
  std::unique_ptr<PeerLinks> inner_;
  std::size_t at_;
  std::size_t count_ = 0;
  bool gone_ = false;
};

::mpcstats::testing::Corrupt TamperAt(unsigned party, std::size_t at, Tampered::Change change) {
  return [=](PartyIndex self, std::unique_ptr<PeerLinks> links) -> std::unique_ptr<PeerLinks> {
    if (self.value() != party) return links;
    return std::make_unique<Tampered>(std::move(links), at, change);
  };
}

::mpcstats::testing::Corrupt LeaveAt(unsigned party, std::size_t at) {
  return [=](PartyIndex self, std::unique_ptr<PeerLinks> links) -> std::unique_ptr<PeerLinks> {
    if (self.value() != party) return links;
    return std::make_unique<Leaves>(std::move(links), at);
  };
}

// Exchanges of a close before its session: hello, lists, have, envelopes, have, envelopes, complaints, cures, set.
constexpr std::size_t kComplaints = 6;
constexpr std::size_t kCures = 7;
constexpr std::size_t kSet = 8;

TEST(CloseJob, ClosesTheSameBatchAtAllThreeAndTheSumIsRight) {
  ThreeParties parties;
  parties.Fill(5);
  ExpectClosed(parties.Close(1), 5);
  EXPECT_EQ(SumOf(parties.Release()), "15");
}

TEST(CloseJob, CountsWhatOnlyOnePartyWasToldOf) {
  ThreeParties parties;
  parties.Fill(4);
  // The coordinator proposes nothing to anybody, or other lists to each: what a party holds is in.
  std::vector<Bytes32> strange = {Bytes32{1}, Bytes32{2}};
  ExpectClosed(parties.Close(1, {},
                             [&](unsigned i, CloseRequest& request) {
                               if (i == 1) request.proposal = strange;
                             }),
               4);
}

TEST(CloseJob, CuresABoxThatOnePartyDidNotGet) {
  for (unsigned lacking = 0; lacking < 3; ++lacking) {
    ThreeParties parties;
    parties.Fill(4);
    const auto answer = parties.Make("100");
    for (unsigned party = 0; party < 3; ++party) {
      if (party != lacking) parties.Deliver(answer, party);
    }
    ExpectClosed(parties.Close(1), 5);
    EXPECT_EQ(SumOf(parties.Release()), "110");
  }
}

TEST(CloseJob, CuresABoxThatDoesNotOpenAtOneParty) {
  ThreeParties parties;
  parties.Fill(4);
  const auto answer = parties.Make("100");
  parties.Deliver(answer, 0);
  parties.Deliver(answer, 1, true);
  parties.Deliver(answer, 2);
  ExpectClosed(parties.Close(1), 5);
  EXPECT_EQ(SumOf(parties.Release()), "110");
}

TEST(CloseJob, DefersWhatTwoPartiesDidNotGetUntilTheyHaveIt) {
  ThreeParties parties;
  parties.Fill(4);
  const auto late = parties.Make("100");
  parties.Deliver(late, 0);
  const auto first = parties.Close(1);
  ExpectClosed(first, 4);
  EXPECT_EQ(first[0]->deferred, 1u);
  parties.Deliver(late, 1);
  parties.Deliver(late, 2);
  parties.Fill(3);
  ExpectClosed(parties.Close(2), 4);
  EXPECT_EQ(SumOf(parties.Release()), "116");
}

TEST(CloseJob, AnswersThatOnePartyAloneHoldsKeepNobodyOut) {
  ThreeParties parties("", 4, 4, 6);
  // Party 0, whose list comes first, holds as many answers as a batch takes, and nobody else has their boxes.
  for (unsigned i = 0; i < 6; ++i) parties.Deliver(parties.Make("900"), 0);
  parties.Fill(4);
  const auto results = parties.Close(1);
  ExpectClosed(results, 4);
  EXPECT_EQ(results[1]->deferred, 6u);
  EXPECT_EQ(SumOf(parties.Release()), "10");
}

TEST(CloseJob, ABatchTakesNoMoreThanItsLargestSize) {
  ThreeParties parties("", 4, 4, 6);
  parties.Fill(8);
  ExpectClosed(parties.Close(1), 6);
}

TEST(CloseJob, RefusesABoxThatDoesNotOpenAtTwo) {
  ThreeParties parties;
  parties.Fill(4);
  const auto bad = parties.Make("100");
  parties.Deliver(bad, 0, true);
  parties.Deliver(bad, 1);
  parties.Deliver(bad, 2, true);
  const auto results = parties.Close(1);
  ExpectClosed(results, 4);
  EXPECT_EQ(results[0]->refused, 1u);
  EXPECT_EQ((*parties.stores[1]->FindSubmission(parties.survey->hash(), bad.envelope.id))->refusal,
            Refusal::kBoxDoesNotOpen);
}

TEST(CloseJob, TheHighestVersionCountsAndAStrangersVersionDoesNot) {
  ThreeParties parties;
  parties.Fill(3);
  const auto old = parties.Make("100");
  const auto fresh =
      parties.Make("200", &old.control, {.version = 1, .replaces = old.envelope.id, .invite = nullptr});
  parties.DeliverToAll(old);
  parties.DeliverToAll(fresh);
  const auto results = parties.Close(1);
  ExpectClosed(results, 4);
  EXPECT_EQ(SumOf(parties.Release()), "206");
  EXPECT_EQ((*parties.stores[0]->FindSubmission(parties.survey->hash(), old.envelope.id))->refusal,
            Refusal::kReplaced);
}

TEST(CloseJob, LeavesOutWhatOnePartyKnowsToBeWithdrawn) {
  ThreeParties parties;
  parties.Fill(4);
  const auto regret = parties.Make("100");
  parties.DeliverToAll(regret);
  Withdrawal withdrawal{.submission = regret.envelope.id, .signature = {}};
  withdrawal.signature = regret.control.Sign(WithdrawalInput(regret.envelope.id, parties.survey->hash()));
  ASSERT_TRUE(parties.stores[2]->AddWithdrawal(parties.survey->hash(), withdrawal));
  ExpectClosed(parties.Close(1), 4);
  EXPECT_EQ(SumOf(parties.Release()), "10");
}

TEST(CloseJob, ALyingPartyCannotWithdrawSomebody) {
  ThreeParties parties;
  parties.Fill(4);
  const auto victim = parties.Make("100");
  parties.DeliverToAll(victim);
  Withdrawal forged{.submission = victim.envelope.id, .signature = {}};
  ASSERT_TRUE(parties.stores[0]->AddWithdrawal(parties.survey->hash(), forged));
  ExpectClosed(parties.Close(1), 5);
}

TEST(CloseJob, OneAccountCountsOnceWithinAndAcrossBatches) {
  const std::string unique = "[[columns]]\nname = \"who\"\nkind = \"unique\"\n";
  ThreeParties parties(unique);
  for (const char* who : {"ann", "bo", "cy", "di", "ann"})
    parties.DeliverToAll(parties.Make("1", nullptr, {}, who));
  const auto first = parties.Close(1);
  ExpectClosed(first, 4);
  EXPECT_EQ(first[0]->refused, 1u);
  for (const char* who : {"bo", "ed", "flo", "gus", "hal"})
    parties.DeliverToAll(parties.Make("10", nullptr, {}, who));
  ExpectClosed(parties.Close(2), 4);
  EXPECT_EQ(SumOf(parties.Release()), "44");
}

TEST(CloseJob, TooFewAnswersSignNothingAndAllOfThemWait) {
  ThreeParties parties;
  parties.Fill(3);
  for (const auto& result : parties.Close(1)) {
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->kind, Kind::kTooFew);
  }
  EXPECT_TRUE(parties.stores[0]->ClosedBatches(parties.survey->hash())->empty());
  parties.Fill(1, 4);
  ExpectClosed(parties.Close(1), 4);
}

TEST(CloseJob, OtherClosingTimesStopAllThree) {
  ThreeParties parties;
  parties.Fill(4);
  const auto results =
      parties.Close(1, {}, [](unsigned i, CloseRequest& request) { request.closed_at += i == 2 ? 1 : 0; });
  for (const auto& result : results) EXPECT_FALSE(result);
}

TEST(CloseJob, AClosingTimeFarFromOurClockIsRefused) {
  ThreeParties parties;
  parties.Fill(4);
  for (const auto& result :
       parties.Close(1, {}, [](unsigned, CloseRequest& request) { request.closed_at += 1000; })) {
    ASSERT_FALSE(result);
  }
}

TEST(CloseJob, APartyThatLeavesAtAnyMomentLeavesNothingHalfClosed) {
  for (std::size_t at = 0; at < 40; ++at) {
    ThreeParties parties;
    parties.Fill(4);
    (void)parties.Close(1, LeaveAt(1, at));
    std::size_t closed = 0;
    for (const auto& store : parties.stores) closed += store->ClosedBatches(parties.survey->hash())->size();
    // The next attempt brings all three to the same batch, whatever the first one left behind.
    auto results = parties.Close(1);
    if (results[0] && results[0]->kind == Kind::kCaughtUp) results = parties.Close(1);
    for (const auto& store : parties.stores) {
      const auto batches = store->ClosedBatches(parties.survey->hash());
      ASSERT_EQ(batches->size(), 1u) << "left at exchange " << at << ", " << closed << " had closed";
      EXPECT_EQ(BatchToJson(batches->front()),
                BatchToJson(parties.stores[0]->ClosedBatches(parties.survey->hash())->front()));
    }
    EXPECT_EQ(SumOf(parties.Release()), "10") << at;
  }
}

TEST(CloseJob, APartyThatLeavesCostsATrialOnlyWhereItMayKnowAChallenge) {
  std::set<AttemptPhase> seen;
  AttemptPhase before = AttemptPhase::kAgreeing;
  for (std::size_t at = 0; at < 40; ++at) {
    ThreeParties parties;
    parties.Fill(4);
    const auto results = parties.Close(1, LeaveAt(1, at));
    if (results[0]) break;  // it stayed to the end
    ASSERT_EQ(results[0].error().code(), ErrorCode::kUnavailable)
        << at << ": " << results[0].error().message();
    // In that order, and only one of the four is a trial.
    EXPECT_GE(parties.phases[0], before) << at;
    before = parties.phases[0];
    seen.insert(before);
    EXPECT_EQ(CountsAsTrial(before, ErrorCode::kUnavailable), before == AttemptPhase::kOnTrial);
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(CloseJob, ALieInTheSessionIsATrialAtWhoeverFindsIt) {
  ThreeParties parties;
  parties.Fill(4);
  // The first exchange behind the set and the three of the handshake: products, which only the verification looks at.
  const auto results = parties.Close(1, TamperAt(1, kSet + 4, [](std::array<Bytes, 2>& send) {
                                       for (Bytes& frame : send) {
                                         if (!frame.empty()) frame.back() ^= 1;
                                       }
                                     }));
  for (const unsigned honest : {0u, 2u}) {
    ASSERT_FALSE(results[honest]);
    EXPECT_EQ(results[honest].error().code(), ErrorCode::kCheatingDetected)
        << results[honest].error().message();
    EXPECT_EQ(parties.phases[honest], AttemptPhase::kOnTrial);
  }
}

TEST(CloseJob, ANonceThatTheCoordinatorPostedFirstKeepsItsOwnerNotOut) {
  ThreeParties parties;
  parties.Fill(3);
  const auto row = EncodeRow(parties.survey->survey(), {{"amount", "100"}});
  ASSERT_TRUE(row);
  SystemRng system;
  for (const char* who : {"coordinator", "victim"}) {
    SeededRng same(7);  // so that both have one nonce
    const SigningKey control = SigningKey::Generate(system);
    auto submission = SealSubmission(*parties.survey, *row, control, {}, same);
    ASSERT_TRUE(submission) << who;
    auto envelope = CheckEnvelope(*parties.survey, EncodeEnvelope(submission->envelope));
    ASSERT_TRUE(envelope) << who;
    parties.DeliverToAll({std::move(*submission), std::move(*envelope), SigningKey::Generate(system)});
  }
  ExpectClosed(parties.Close(1), 5);
  EXPECT_EQ(SumOf(parties.Release()), "206");
}

TEST(CloseJob, AnAnswerUnderAStolenControlKeyDoesNotStandInFrontOfItsOwner) {
  ThreeParties parties;
  parties.Fill(3);
  const auto victim = parties.Make("100");
  // Whoever sees the key in a header can use it in one, but not sign with it.
  auto stolen = parties.Make("900", &victim.control);
  stolen.submission.envelope.seal[5] ^= 1;
  stolen.envelope.envelope.seal[5] ^= 1;
  parties.DeliverToAll(stolen);
  parties.DeliverToAll(victim);
  ExpectClosed(parties.Close(1), 4);
  EXPECT_EQ(SumOf(parties.Release()), "106");
}

TEST(CloseJob, AFalseComplaintIsCuredAndChangesNothing) {
  ThreeParties parties;
  parties.Fill(4);
  // Party 2 says that it does not have the first answer; the neighbours send what it is entitled to, and it counts.
  const auto results = parties.Close(1, TamperAt(2, kComplaints, [](std::array<Bytes, 2>& send) {
                                       for (Bytes& frame : send) frame[1 + 32] = static_cast<std::uint8_t>(1);
                                     }));
  // The liar itself does not expect the cure and stops; the honest ones have refused nobody.
  for (unsigned i = 0; i < 2; ++i) EXPECT_TRUE(!results[i] || results[i]->refused == 0);
  ExpectClosed(parties.Close(1), 4);
}

TEST(CloseJob, AFalseComponentInACureNamesThePair) {
  ThreeParties parties;
  parties.Fill(4);
  const auto answer = parties.Make("100");
  parties.Deliver(answer, 0);
  parties.Deliver(answer, 2);
  const auto results = parties.Close(1, TamperAt(2, kCures, [](std::array<Bytes, 2>& send) {
                                       for (Bytes& frame : send) {
                                         if (frame.size() > 10) frame[8] ^= 1;
                                       }
                                     }));
  ASSERT_FALSE(results[1]);
  EXPECT_EQ(results[1].error().code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(results[1].error().message(), HasSubstr("in dispute"));
  for (const auto& store : parties.stores) EXPECT_TRUE(store->ClosedBatches(parties.survey->hash())->empty());
}

TEST(CloseJob, ASmallerSetOfOnePartyStopsTheClose) {
  ThreeParties parties;
  parties.Fill(5);
  const auto results = parties.Close(1, TamperAt(0, kSet, [](std::array<Bytes, 2>& send) {
                                       for (Bytes& frame : send) frame.back() ^= 1;
                                     }));
  for (unsigned i = 1; i < 3; ++i) {
    ASSERT_FALSE(results[i]);
    EXPECT_THAT(results[i].error().message(), HasSubstr("set of answers"));
  }
  for (const auto& store : parties.stores) EXPECT_TRUE(store->ClosedBatches(parties.survey->hash())->empty());
}

TEST(CloseJob, AlteredMessagesOfOnePartyNeverCloseAnotherBatch) {
  unsigned stopped = 0;
  for (std::size_t at = 0; at < 60; ++at) {
    ThreeParties parties;
    parties.Fill(4);
    const auto results = parties.Close(1, TamperAt(1, at, [](std::array<Bytes, 2>& send) {
                                         for (Bytes& frame : send) {
                                           if (!frame.empty()) frame[frame.size() / 2] ^= 0x40;
                                         }
                                       }));
    for (const unsigned honest : {0u, 2u}) {
      if (!results[honest]) {
        ++stopped;
      } else if (results[honest]->kind == Kind::kClosed) {
        EXPECT_EQ(results[honest]->counted, 4u) << at;
      }
    }
  }
  EXPECT_GT(stopped, 40u);  // most exchanges of a close have bytes that somebody checks
}

TEST(ReleaseJob, TheSecondReleaseChainsTheFirst) {
  ThreeParties parties;
  parties.Fill(4);
  ExpectClosed(parties.Close(1), 4);
  const auto first = parties.Release();
  ASSERT_EQ(SumOf(first), "10");
  parties.Fill(4, 5);
  ExpectClosed(parties.Close(2), 4);
  const auto second = parties.Release(kJobNow + 60);
  ASSERT_EQ(SumOf(second), "36");
  EXPECT_EQ(second[0]->receipt->body.sequence, 2u);
  EXPECT_EQ(second[0]->receipt->body.previous, ReceiptHash(first[0]->receipt->body));
}

TEST(ReleaseJob, NothingIsDueWithoutANewBatchOrBeforeItsTime) {
  ThreeParties parties;
  parties.Fill(4);
  for (const auto& result : parties.Release()) EXPECT_FALSE(result);
  ExpectClosed(parties.Close(1), 4);
  ASSERT_EQ(SumOf(parties.Release()), "10");
  for (const auto& result : parties.Release(kJobNow + 1000)) EXPECT_FALSE(result);
  parties.Fill(4, 5);
  ExpectClosed(parties.Close(2), 4);
  // The survey says 60 seconds between releases: a second less is too early, for whoever asks.
  for (const auto& result : parties.Release(kJobNow + 59)) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kUnavailable);
  }
  EXPECT_EQ(SumOf(parties.Release(kJobNow + 60)), "36");
}

TEST(ReleaseJob, HoldsWhenACellGainedTooFew) {
  const std::string partition =
      "[[columns]]\nname = \"side\"\nkind = \"category\"\ncategories = [\"left\", \"right\"]\n"
      "[catalogue]\npartition = \"side\"\n[[figures]]\nexpr = \"sum(amount)\"\nby = \"side\"\n"
      "[[figures]]\nexpr = \"count(amount)\"\nby = \"side\"\n";
  ThreeParties parties(partition, 9, 8);
  const auto fill = [&](const std::string& side, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      auto row = EncodeRow(parties.survey->survey(), {{"amount", "7"}, {"side", side}});
      ASSERT_TRUE(row);
      SystemRng rng;
      const SigningKey key = SigningKey::Generate(rng);
      auto submission = SealSubmission(*parties.survey, *row, key, {}, rng);
      ASSERT_TRUE(submission);
      auto envelope = CheckEnvelope(*parties.survey, EncodeEnvelope(submission->envelope));
      ASSERT_TRUE(envelope);
      parties.DeliverToAll({std::move(*submission), std::move(*envelope), SigningKey::FromSeed(key.seed())});
    }
  };
  fill("left", 8);
  fill("right", 1);  // one person alone in a cell
  ExpectClosed(parties.Close(1), 9);
  for (const auto& result : parties.Release()) {
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->kind, ReleaseResult::Kind::kHeld);
  }
  // The same version is not tried again; with eight newcomers on the right it goes out whole.
  for (const auto& result : parties.Release()) EXPECT_FALSE(result);
  fill("right", 7);
  fill("left", 2);
  ExpectClosed(parties.Close(2), 9);
  const auto results = parties.Release();
  ASSERT_TRUE(results[0]) << results[0].error().message();
  EXPECT_EQ(results[0]->kind, ReleaseResult::Kind::kReleased);
  EXPECT_EQ(results[0]->sequence, 1u);
}

TEST(ReleaseJob, APartyThatLeavesAtAnyMomentGetsTheSameReceiptLater) {
  for (std::size_t at = 0; at < 60; at += 3) {
    ThreeParties parties;
    parties.Fill(4);
    ExpectClosed(parties.Close(1), 4);
    (void)parties.Release(kJobNow, LeaveAt(2, at));
    // Another time is named; a version that was started keeps its own.
    auto results = parties.Release(kJobNow + 30);
    if (results[0] && results[0]->kind == ReleaseResult::Kind::kCaughtUp) {
      for (const auto& store : parties.stores) EXPECT_EQ(store->Releases(parties.survey->hash())->size(), 1u);
      continue;
    }
    if (!results[0]) {
      // All three had finished the first time.
      for (const auto& store : parties.stores)
        ASSERT_EQ(store->Releases(parties.survey->hash())->size(), 1u) << at;
      continue;
    }
    EXPECT_EQ(SumOf(results), "10") << at;
  }
}

TEST(ReleaseJob, AnotherTimeAtOnePartyStopsAll) {
  ThreeParties parties;
  parties.Fill(4);
  ExpectClosed(parties.Close(1), 4);
  const auto results = parties.Release(
      kJobNow, {}, [](unsigned i, ReleaseRequest& request) { request.as_of += i == 1 ? 1 : 0; });
  for (const auto& result : results) EXPECT_FALSE(result);
  for (const auto& store : parties.stores) EXPECT_TRUE(store->Releases(parties.survey->hash())->empty());
}

TEST(ReleaseJob, AlteredMessagesOfOnePartyNeverGiveAnotherSum) {
  unsigned stopped = 0;
  for (std::size_t at = 0; at < 60; at += 2) {
    ThreeParties parties;
    parties.Fill(4);
    ExpectClosed(parties.Close(1), 4);
    const auto results = parties.Release(kJobNow, TamperAt(0, at, [](std::array<Bytes, 2>& send) {
                                           for (Bytes& frame : send) {
                                             if (!frame.empty()) frame.back() ^= 0x10;
                                           }
                                         }));
    for (const unsigned honest : {1u, 2u}) {
      if (!results[honest]) {
        ++stopped;
      } else if (results[honest]->kind == ReleaseResult::Kind::kReleased) {
        EXPECT_EQ(results[honest]->receipt->body.outputs[0].exact, "10") << at;
      }
    }
  }
  EXPECT_GT(stopped, 20u);
}

}  // namespace
}  // namespace mpcstats
