// The last exchange of a close and of a release, where signatures travel: lost at one party, or not what they should be.
#include "mpcstats/service/close_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/service/jobs_testing.h"

namespace mpcstats {
namespace {

using ::mpcstats::testing::Corrupt;
using ::mpcstats::testing::kJobNow;
using ::mpcstats::testing::ThreeParties;
using ::testing::HasSubstr;

constexpr std::uint8_t kBatchSignature = 7;
constexpr std::uint8_t kReceiptSignature = 32;

// Party 1's links, which act up where it sends a signature.
class AtSignature final : public PeerLinks {
 public:
  enum class Fault { kSendsButDies, kSignsAnother };
  AtSignature(std::unique_ptr<PeerLinks> inner, std::uint8_t step, Fault fault)
      : inner_(std::move(inner)), step_(step), fault_(fault) {}
  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& limits) override {
    if (send[0].size() != 1 + sizeof(Signature) || send[0][0] != step_) return inner_->Exchange(send, limits);
    std::array<Bytes, 2> sent = send;
    if (fault_ == Fault::kSignsAnother) {
      for (Bytes& frame : sent) frame[9] ^= 1;
      return inner_->Exchange(sent, limits);
    }
    auto received = inner_->Exchange(sent, limits);
    if (!received) return received;
    inner_->SendAndClose({});
    return Fail(ErrorCode::kUnavailable, "this party is gone");
  }
  void SendAndClose(const std::array<Bytes, 2>& send) override { inner_->SendAndClose(send); }
  Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    return inner_->Export(peer, context);
  }
  [[nodiscard]] PartyIndex self() const override { return inner_->self(); }

 private:
  std::unique_ptr<PeerLinks> inner_;
  std::uint8_t step_;
  Fault fault_;
};

Corrupt PartyOne(std::uint8_t step, AtSignature::Fault fault) {
  return [=](PartyIndex self, std::unique_ptr<PeerLinks> links) -> std::unique_ptr<PeerLinks> {
    if (self.value() != 1) return links;
    return std::make_unique<AtSignature>(std::move(links), step, fault);
  };
}

std::size_t ClosedAt(const ThreeParties& parties, unsigned party) {
  return parties.stores[party]->ClosedBatches(parties.survey->hash())->size();
}

TEST(CloseSignatures, APartyThatDiedBehindItsOwnIsBroughtUpToDate) {
  ThreeParties parties;
  parties.Fill(4);
  const auto first = parties.Close(1, PartyOne(kBatchSignature, AtSignature::Fault::kSendsButDies));
  EXPECT_FALSE(first[1]);
  ASSERT_EQ(ClosedAt(parties, 0), 1u);
  ASSERT_EQ(ClosedAt(parties, 1), 0u) << "prepared, not closed";
  ASSERT_EQ(ClosedAt(parties, 2), 1u);
  for (const auto& result : parties.Close(1)) {
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->kind, CloseResult::Kind::kCaughtUp);
  }
  const auto late = parties.stores[1]->ClosedBatches(parties.survey->hash());
  ASSERT_EQ(late->size(), 1u);
  EXPECT_EQ(BatchToJson(late->front()), BatchToJson(*first[0]->batch));
  const auto released = parties.Release();
  ASSERT_TRUE(released[1]) << released[1].error().message();
  EXPECT_EQ(released[1]->receipt->body.outputs[0].exact, "10");
}

TEST(CloseSignatures, ASignatureOfAnotherBatchClosesNothingAtTheHonest) {
  ThreeParties parties;
  parties.Fill(4);
  const auto results = parties.Close(1, PartyOne(kBatchSignature, AtSignature::Fault::kSignsAnother));
  for (const unsigned honest : {0u, 2u}) {
    ASSERT_FALSE(results[honest]);
    EXPECT_EQ(results[honest].error().code(), ErrorCode::kCheatingDetected);
    EXPECT_THAT(results[honest].error().message(), HasSubstr("party 1 signed another batch"));
    EXPECT_EQ(ClosedAt(parties, honest), 0u);
  }
}

TEST(ReleaseSignatures, APartyThatDiedBehindItsOwnIsBroughtUpToDate) {
  ThreeParties parties;
  parties.Fill(4);
  ASSERT_TRUE(parties.Close(1)[0]);
  const auto first = parties.Release(kJobNow, PartyOne(kReceiptSignature, AtSignature::Fault::kSendsButDies));
  EXPECT_FALSE(first[1]);
  ASSERT_TRUE(first[0]) << first[0].error().message();
  for (const auto& result : parties.Release(kJobNow + 30)) {
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->kind, ReleaseResult::Kind::kCaughtUp);
  }
  const auto late = parties.stores[1]->Releases(parties.survey->hash());
  ASSERT_EQ(late->size(), 1u);
  EXPECT_EQ(late->front().body, CanonicalJson(first[0]->receipt->body));
  EXPECT_EQ(late->front().signatures, first[0]->receipt->signatures);
}

TEST(ReleaseSignatures, ASignatureOfAnotherResultCompletesNothingUntilAGoodOneIsShown) {
  ThreeParties parties;
  parties.Fill(4);
  ASSERT_TRUE(parties.Close(1)[0]);
  const auto first = parties.Release(kJobNow, PartyOne(kReceiptSignature, AtSignature::Fault::kSignsAnother));
  for (const unsigned honest : {0u, 2u}) {
    ASSERT_FALSE(first[honest]);
    EXPECT_EQ(first[honest].error().code(), ErrorCode::kCheatingDetected);
    EXPECT_THAT(first[honest].error().message(), HasSubstr("party 1 signed another result"));
    EXPECT_FALSE(parties.stores[honest]->Releases(parties.survey->hash())->front().signatures[1]);
  }
  // Party 1 itself got three good signatures: shown those, the others complete what they had all computed.
  for (const auto& result : parties.Release(kJobNow + 30)) {
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->kind, ReleaseResult::Kind::kCaughtUp);
  }
  const std::string body = parties.stores[1]->Releases(parties.survey->hash())->front().body;
  for (const auto& store : parties.stores) {
    const auto releases = store->Releases(parties.survey->hash());
    ASSERT_EQ(releases->size(), 1u);
    EXPECT_EQ(releases->front().body, body);
    for (const auto& signature : releases->front().signatures) EXPECT_TRUE(signature.has_value());
  }
}

}  // namespace
}  // namespace mpcstats
