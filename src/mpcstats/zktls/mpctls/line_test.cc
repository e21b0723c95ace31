// A connection to a server of ours with the keys in two halves, both ends in threads: what the server sees, what the log has,
// and what comes of it when an end does not follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/mpctls/line_evidence.h"
#include "mpcstats/zktls/mpctls/line_proof.h"
#include "mpcstats/zktls/mpctls/line_testing.h"
#include "mpcstats/zktls/tls/gcm_records.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

/// Of `cases`, each a whole connection, all; or the first few where MPCSTATS_TEST_SCALE asks for less.
template <class Case>
std::vector<Case> Scaled(std::vector<Case> cases) {
  const char* scale = std::getenv("MPCSTATS_TEST_SCALE");
  const double factor = scale == nullptr ? 1.0 : std::strtod(scale, nullptr);
  if (factor <= 0 || factor >= 1) return cases;
  cases.resize(
      std::max<std::size_t>(1, static_cast<std::size_t>(factor * static_cast<double>(cases.size()))));
  return cases;
}

using Outcome = LineOutcome;
Outcome RunOnce(const LineSetup& setup = {}) { return RunLineOnce(setup); }

Bytes FragmentOf(const ObservedRecord& record) {
  Bytes fragment(record.explicit_nonce.begin(), record.explicit_nonce.end());
  fragment.insert(fragment.end(), record.ciphertext.begin(), record.ciphertext.end());
  fragment.insert(fragment.end(), record.tag.begin(), record.tag.end());
  return fragment;
}

TEST(SharedKeysLine, AServerAnswersAClientWhoseKeysNobodyHas) {
  const Outcome out = RunOnce();
  ASSERT_TRUE(out.prover) << out.prover.error().message();
  ASSERT_TRUE(out.notary) << out.notary.error().message();
  EXPECT_EQ(out.asked, kLineRequest);
  // Nothing of the answer was readable before the key was open.
  EXPECT_EQ(out.plain_early, "");
  const ObservedSession& session = out.notary->session;
  EXPECT_EQ(session.client_point, out.client_point);
  ASSERT_EQ(session.client.records.size(), 2u);
  ASSERT_EQ(session.server_records.records.size(), 3u);
  EXPECT_EQ(session.client.stream_bytes, out.client_log.size());
  EXPECT_EQ(session.server_records.stream_bytes, out.server_log.size());
  // The opened key opens and authenticates every record of the log.
  GcmRecords records(out.prover->keys.keys);
  std::string plain;
  for (const ObservedRecord& record : session.server_records.records) {
    const auto opened = records.Open(record.type, record.sequence, FragmentOf(record));
    ASSERT_TRUE(opened) << record.sequence;
    if (record.type == TlsContent::kApplicationData)
      plain.assign((*opened)->span().begin(), (*opened)->span().end());
  }
  EXPECT_EQ(plain, kLineResponse);
  GcmRecords own(out.prover->keys.keys, TlsSide::kServer);
  for (const ObservedRecord& record : session.client.records) {
    EXPECT_TRUE(own.Open(record.type, record.sequence, FragmentOf(record))) << record.sequence;
  }
  // Both ends agree on the opened share.
  out.prover->key.notary_share.With(
      SecretAccess("test"), [&](const Bytes32& share) { EXPECT_EQ(share, out.notary->notary_share); });
  EXPECT_EQ(out.notary->stages.phases_done(), kTlsPhases);
  // What leaves after the user acts stays below 0.6 MB.
  EXPECT_LT(out.to_notary_online, 70'000u);
  EXPECT_LT(out.to_notary, 15'800'000u);
}

TEST(SharedKeysLine, ItsTimesAreThoseOfTheHandshakeAndOfTheFrozenLog) {
  const Outcome out = RunOnce();
  ASSERT_TRUE(out.notary) << out.notary.error().message();
  // Not of the end of the preparation, and before the key left.
  EXPECT_EQ(out.notary->start_ms, MillisecondsAt(MpcOrder::Stage::kConvert));
  EXPECT_EQ(out.notary->end_ms, MillisecondsAt(MpcOrder::Stage::kClosed));
}

TEST(SharedKeysLine, CertificatesAreCheckedForTheTimeOfTheHandshake) {
  // The time of the policy is not looked at.
  LineSetup early;
  early.policy.now = {};
  EXPECT_TRUE(RunOnce(early).notary);
  LineSetup late;
  late.clock = [] { return MillisecondsAt(MpcOrder::Stage::kReady) + 1000ull * 86'400 * 365 * 50; };
  const Outcome out = RunOnce(late);
  EXPECT_FALSE(out.notary);
  EXPECT_FALSE(out.prover);
  EXPECT_EQ(out.asked, "");
}

/// Changes the body of the `nth` message of a type; the frame starts with two bytes of types.
TappedChannel::Change Flip(MpcMessage type, std::size_t nth, std::size_t byte, std::uint8_t by = 1) {
  return [=](MpcMessage now, std::size_t index, Bytes& frame) {
    if (now == type && index == nth) frame.at(2 + byte) ^= by;
  };
}

TEST(SharedKeysLine, AChangedMessageOfTheProverEndsTheSessionAtTheNotary) {
  struct Case {
    MpcMessage type;
    std::size_t nth, byte;
  };
  for (const Case& c : Scaled<Case>({{MpcMessage::kClose, 0, 40},
                                     {MpcMessage::kHandshake, 0, 300},
                                     {MpcMessage::kHandshake, 0, 3},   // the prover's half of the random
                                     {MpcMessage::kHandshake, 0, 20},  // and the notary's
                                     {MpcMessage::kTables, 3, 1000},
                                     {MpcMessage::kCorrelations, 0, 500'000},
                                     {MpcMessage::kCorrelations, 1, 20},
                                     {MpcMessage::kOpening, 2, 40},
                                     {MpcMessage::kLabels, 6, 1},
                                     {MpcMessage::kReceived, 0, 8}})) {
    const Outcome out = RunOnce({.change_prover = Flip(c.type, c.nth, c.byte)});
    EXPECT_FALSE(out.notary) << MpcMessageName(c.type) << " " << c.nth;
    EXPECT_FALSE(out.prover) << MpcMessageName(c.type) << " " << c.nth;
  }
}

TEST(SharedKeysLine, AChangedMessageOfTheNotaryEndsTheSessionAtTheProver) {
  struct Case {
    MpcMessage type;
    std::size_t nth, byte;
  };
  for (const Case& c :
       Scaled<Case>({{MpcMessage::kReveal, 0, 60},
                     {MpcMessage::kOutputs, 6, 0},
                     {MpcMessage::kOpening, 2, 5},
                     {MpcMessage::kKeyPoint, 0, 160 + sizeof(EcPoint) + 3}})) {  // the entropy
    const Outcome out = RunOnce({.change_notary = Flip(c.type, c.nth, c.byte)});
    EXPECT_FALSE(out.prover) << MpcMessageName(c.type) << " " << c.nth;
    if (c.type != MpcMessage::kReveal) EXPECT_EQ(out.asked, "");
  }
}

TEST(SharedKeysLine, AWrongShareOfATagFromTheNotaryIsRefusedByTheServer) {
  // The Finished's tag: no server goes on, and no request leaves.
  const Outcome out = RunOnce({.change_notary = Flip(MpcMessage::kTagShare, 0, 3)});
  EXPECT_FALSE(out.prover);
  EXPECT_FALSE(out.notary);
  EXPECT_EQ(out.asked, "");
}

TEST(SharedKeysLine, AProverWhoUsesAnotherShareOfATagThanItLoggedIsCaughtAtClose) {
  // What the server got and what the notary logged are two records; the key stays shut.
  const Outcome out = RunOnce({.change_prover = Flip(MpcMessage::kSealed, 1, 3)});
  EXPECT_EQ(out.asked, kLineRequest);
  ASSERT_FALSE(out.notary);
  EXPECT_EQ(out.notary.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(out.notary.error().message(), HasSubstr("another log"));
  EXPECT_FALSE(out.prover);
}

TEST(SharedKeysLine, ARequestBeyondThePreparedSizeIsRefusedBeforeAnythingLeaves) {
  const Outcome out = RunOnce({.request = std::string(257, 'x')});
  ASSERT_FALSE(out.prover);
  EXPECT_EQ(out.prover.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(out.asked, "");
  EXPECT_FALSE(out.notary);
}

/// The round of the proof about the connection. `tamper` may change what the notary holds it against.
Status ProveLine(ClosedKeys& prover, ClosedLine& notary,
                 const std::function<void(LineEvidence&)>& tamper = {}) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(256);
  LineEvidence at_notary = EvidenceOf(256, notary);
  const LineEvidence at_prover = EvidenceOf(256, prover);
  EXPECT_EQ(at_prover.notary_share, at_notary.notary_share);
  EXPECT_EQ(at_prover.masked_keystream, at_notary.masked_keystream);
  EXPECT_EQ(at_prover.values, at_notary.values);
  if (tamper) tamper(at_notary);

  ZkMeter meter;
  Revealer<ZkMeter> counted;
  const LineCommitments<ZkMeter> sizes{meter.Repeat(false, tls.plan.mask_bits()), meter.Repeat(false, 256)};
  RETURN_IF_ERROR(RunLineProgram(meter, counted, notary.session, at_notary, sizes));
  SeededRng rng(41);
  const std::size_t count = meter.cost().Correlations();
  const Bytes corrections = *prover.vole.Extend(count);
  const Bytes vole_challenge = *notary.vole.Extend(count, corrections, rng);
  VoleReceiver::Response response = *prover.vole.Respond(vole_challenge);
  RETURN_IF_ERROR(prover.zk.Add(std::move(response.correlations)));
  RETURN_IF_ERROR(notary.zk.Add(*notary.vole.Verify(response.message)));

  const LineCommitments<ZkProver> committed{std::move(prover.masks), std::move(prover.prover_share)};
  Revealer<ZkProver> reveals;
  RETURN_IF_ERROR(RunLineProgram(prover.zk, reveals, notary.session, at_prover, committed));
  ASSIGN_OR_RETURN(const Bytes witness, prover.zk.TakeCommitments());
  RETURN_IF_ERROR(notary.zk.Receive(witness));
  const LineCommitments<ZkVerifier> keys{std::move(notary.masks), std::move(notary.prover_share)};
  Revealer<ZkVerifier> claims(reveals.claims());
  ASSIGN_OR_RETURN(const TlsPlaintext<ZkVerifier> proven,
                   RunLineProgram(notary.zk, claims, notary.session, at_notary, keys));
  RETURN_IF_ERROR(claims.Finish());
  RETURN_IF_ERROR(CheckLineClaims(reveals.claims(), at_notary.values));
  ASSIGN_OR_RETURN(const Bytes challenge, notary.zk.Challenge(rng));
  ASSIGN_OR_RETURN(const Bytes proof, prover.zk.Prove(challenge));
  RETURN_IF_ERROR(notary.zk.Check(proof));
  RETURN_IF_ERROR(
      CheckTlsTags(notary.session.client.records, proven.client.ghash_key, proven.client.tag_masks));
  return CheckTlsTags(notary.session.server_records.records, proven.server.ghash_key,
                      proven.server.tag_masks);
}

TEST(SharedKeysLine, ItsProofHoldsAgainstEverythingThatWasEvaluated) {
  // With prepared blocks left over, and with none.
  for (const std::string& request : {std::string(kLineRequest), std::string(256, 'x')}) {
    Outcome out = RunOnce({.request = request});
    ASSERT_TRUE(out.prover && out.notary);
    const Status proven = ProveLine(*out.prover, *out.notary);
    EXPECT_TRUE(proven) << proven.error().message();
  }
}

TEST(SharedKeysLine, ALogOfOtherClientRecordsIsNotProven) {
  Outcome out = RunOnce();
  ASSERT_TRUE(out.prover && out.notary);
  const TlsGarblePlan& tls = TlsGarblePlanFor(256);
  const LineEvidence evidence = EvidenceOf(256, *out.notary);
  const auto prove = [&](const std::function<void(std::vector<ObservedRecord>&)>& change) {
    ObservedSession session = out.notary->session;
    change(session.client.records);
    ZkMeter meter;
    Revealer<ZkMeter> counted;
    const LineCommitments<ZkMeter> sizes{meter.Repeat(false, tls.plan.mask_bits()), meter.Repeat(false, 256)};
    return RunLineProgram(meter, counted, session, evidence, sizes);
  };
  EXPECT_TRUE(prove([](auto&) {}));
  const std::vector<std::function<void(std::vector<ObservedRecord>&)>> changes = {
      [](auto& records) { records[0].explicit_nonce[7] = 2; },
      [](auto& records) { records[1].explicit_nonce[0] = 1; },
      [](auto& records) { records[1].ciphertext.resize(257); },
      [](auto& records) { records.pop_back(); },
      [](auto& records) { records.push_back(records.back()); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto proven = prove(changes[i]);
    ASSERT_FALSE(proven) << i;
    EXPECT_EQ(proven.error().code(), ErrorCode::kProtocolViolation) << i;
  }
}

TEST(SharedKeysLine, ItsProofFailsWhenAnythingElseWasEvaluated) {
  const auto others = Scaled<std::function<void(LineEvidence&)>>({
      [](LineEvidence& e) { e.values.keys_a2[3] ^= 1; },
      [](LineEvidence& e) { e.values.server_block[0] ^= 1; },
      [](LineEvidence& e) { e.masked_keystream[16] ^= 0x80; },
      // A block of keystream that no record used: what a garbler could have put there is compared all the same.
      [](LineEvidence& e) { e.masked_keystream.back() ^= 0x80; },
      [](LineEvidence& e) { e.notary_share[31] ^= 1; },
  });
  for (std::size_t i = 0; i < others.size(); ++i) {
    Outcome out = RunOnce();
    ASSERT_TRUE(out.prover && out.notary);
    const Status proven = ProveLine(*out.prover, *out.notary, others[i]);
    ASSERT_FALSE(proven) << i;
    EXPECT_EQ(proven.error().code(), ErrorCode::kCheatingDetected) << i;
  }
}

TEST(SharedKeysLine, AProverWhoCommittedToAnotherShareOrMaskThanItGarbledHasNoProof) {
  // The last mask is that of a block of keystream which the request did not use.
  struct Case {
    MpcMessage type;
    std::size_t byte;
  };
  const std::size_t masks = TlsGarblePlanFor(256).plan.mask_bits() / 8;
  for (const Case& c : Scaled<Case>({{MpcMessage::kKeyShare, 31},
                                     {MpcMessage::kMasks, masks - 1},
                                     {MpcMessage::kMasks, masks - 272}})) {
    Outcome out = RunOnce({.change_prover = Flip(c.type, 0, c.byte)});
    ASSERT_TRUE(out.prover && out.notary) << MpcMessageName(c.type);
    const Status proven = ProveLine(*out.prover, *out.notary);
    ASSERT_FALSE(proven) << MpcMessageName(c.type);
    EXPECT_EQ(proven.error().code(), ErrorCode::kCheatingDetected);
  }
}

TEST(SharedKeysLine, NoRequestLeavesWhenTheServersFinishedIsWrong) {
  // A flipped bit of verify_data, or of the record's nonce: neither end goes on, whatever the other says.
  const auto flip = [](Bytes& bytes) { bytes[3] ^= 1; };
  for (TlsChange ServerHooks::* place : {&ServerHooks::verify_data, &ServerHooks::finished_fragment}) {
    LineSetup setup;
    setup.hooks.*place = flip;
    const Outcome out = RunOnce(setup);
    EXPECT_FALSE(out.prover);
    EXPECT_FALSE(out.notary);
    EXPECT_EQ(out.asked, "");
  }
}

}  // namespace
}  // namespace mpcstats
