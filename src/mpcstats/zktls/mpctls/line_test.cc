// A connection to a server of ours with the keys in two halves, both ends in threads: what the server sees, what the log has,
// and what comes of it when an end does not follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/mpctls/line_evidence.h"
#include "mpcstats/zktls/mpctls/line_proof.h"
#include "mpcstats/zktls/mpctls/notary_line.h"
#include "mpcstats/zktls/mpctls/shared_keys.h"
#include "mpcstats/zktls/mpctls/wire.h"
#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/tls/gcm_records.h"
#include "mpcstats/zktls/tls/session_testing.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

constexpr Bytes32 kSession{5};

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

constexpr std::string_view kRequest = "GET /balance HTTP/1.1\r\nHost: example.test\r\n\r\n";
constexpr std::string_view kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"free\":12.5}";

/// A channel that counts, and may change what it sends.
class TappedChannel final : public SessionChannel {
 public:
  using Change = std::function<void(MpcMessage type, std::size_t index, Bytes& frame)>;
  TappedChannel(SessionChannel& channel, Change change) : channel_(&channel), change_(std::move(change)) {}
  Status Send(ByteSpan frame) override {
    Bytes changed(frame.begin(), frame.end());
    const auto type = static_cast<MpcMessage>(frame.size() > 1 ? frame[1] : 0);
    if (change_) change_(type, counts_[frame.size() > 1 ? frame[1] : 0]++, changed);
    if (static_cast<int>(type) > static_cast<int>(MpcMessage::kMasks)) online_bytes += changed.size();
    bytes += changed.size();
    return channel_->Send(changed);
  }
  Result<Bytes> Receive(std::size_t limit) override { return channel_->Receive(limit); }

  std::size_t bytes = 0;
  std::size_t online_bytes = 0;  ///< after the preparation

 private:
  SessionChannel* channel_;
  Change change_;
  std::array<std::size_t, 256> counts_{};
};

struct LineSetup {
  TappedChannel::Change change_prover = {};
  TappedChannel::Change change_notary = {};
  std::string request = std::string(kRequest);
  ServerHooks hooks = {};
};

struct Outcome {
  Result<ClosedKeys> prover = Fail(ErrorCode::kInternal, "not run");
  Result<ClosedLine> notary = Fail(ErrorCode::kInternal, "not run");
  std::string asked;        ///< what the server read
  std::string plain_early;  ///< what the client had before the key was open
  Bytes client_log, server_log;
  EcPoint client_point{};
  Bytes32 client_random{};
  std::size_t to_notary = 0;
  std::size_t to_notary_online = 0;
};

/// The prover's thread: TLS with a server in this process.
Result<ClosedKeys> RunProver(SessionChannel& channel, const LineSetup& setup, Outcome& out) {
  SeededRng rng(31);
  MpcConversation notary(channel, MpcEnd::kProver);
  ASSIGN_OR_RETURN(ProverPreparation preparation, PrepareAsProver(notary, kSession, 256, rng));
  SharedKeys keys(notary, std::move(preparation));
  out.client_point = *keys.ClientPoint();
  TlsClient client({.policy = TestPolicy()}, keys, rng);
  out.client_random = client.client_random();
  TestServer server({IssueTestCertificate(&TestRoot(), {}).Der()}, SharedTestKey(TestKey::kP256),
                    setup.hooks);
  RelayLog log;
  const auto pump = [&]() -> Status {
    for (;;) {
      const Bytes up = client.TakeOutput();
      log.Add(TlsSide::kClient, up);
      out.client_log.insert(out.client_log.end(), up.begin(), up.end());
      server.Receive(up);
      const Bytes down = server.TakeOutput();
      if (up.empty() && down.empty()) return {};
      if (down.empty()) continue;
      log.Add(TlsSide::kServer, down);
      out.server_log.insert(out.server_log.end(), down.begin(), down.end());
      RETURN_IF_ERROR(keys.ServerSaid(down));
      RETURN_IF_ERROR(client.Receive(down));
    }
  };
  RETURN_IF_ERROR(pump());
  if (!client.connected()) return Fail(ErrorCode::kUnavailable, "no connection");
  RETURN_IF_ERROR(client.Send(AsBytes(setup.request)));
  RETURN_IF_ERROR(pump());
  out.asked = server.received();
  server.SendData(kResponse);
  server.CloseNotify();
  RETURN_IF_ERROR(pump());
  const Buffer<std::uint8_t> early = client.TakeReceived();
  out.plain_early.assign(early.span().begin(), early.span().end());
  return keys.Close(log.Finish());
}

Outcome RunOnce(const LineSetup& setup = {}) {
  auto channels = MakeMemoryChannels();
  Outcome out;
  auto notary = std::async(std::launch::async, [&]() -> Result<ClosedLine> {
    TappedChannel tapped(*channels.second, setup.change_notary);
    const auto run = [&]() -> Result<ClosedLine> {
      SeededRng rng(32);
      MpcConversation prover(tapped, MpcEnd::kNotary);
      ASSIGN_OR_RETURN(NotaryPreparation preparation, PrepareAsNotary(prover, kSession, 256, rng));
      return RunNotaryLine(prover, std::move(preparation), TestPolicy(), {.request_bytes = 256});
    };
    Result<ClosedLine> closed = run();
    if (!closed) SendRefusal(tapped, closed.error());
    return closed;
  });
  TappedChannel tapped(*channels.first, setup.change_prover);
  out.prover = RunProver(tapped, setup, out);
  if (!out.prover) SendRefusal(tapped, out.prover.error());
  out.notary = notary.get();
  out.to_notary = tapped.bytes;
  out.to_notary_online = tapped.online_bytes;
  return out;
}

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
  EXPECT_EQ(out.asked, kRequest);
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
  EXPECT_EQ(plain, kResponse);
  GcmRecords own(out.prover->keys.keys, TlsSide::kServer);
  for (const ObservedRecord& record : session.client.records) {
    EXPECT_TRUE(own.Open(record.type, record.sequence, FragmentOf(record))) << record.sequence;
  }
  // Both ends agree on the opened share.
  out.prover->key.notary_share.With(
      SecretAccess("test"), [&](const Bytes32& share) { EXPECT_EQ(share, out.notary->notary_share); });
  EXPECT_EQ(out.notary->stages.phases_done(), kTlsPhases);
  // What leaves after the user acts stays below 0.6 MB.
  EXPECT_LT(out.to_notary_online, 100'000u);
  EXPECT_LT(out.to_notary, 16'500'000u);
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
                                     {MpcMessage::kTables, 3, 1000},
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
  for (const Case& c : Scaled<Case>(
           {{MpcMessage::kReveal, 0, 60}, {MpcMessage::kOutputs, 6, 0}, {MpcMessage::kOpening, 2, 5}})) {
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
  EXPECT_EQ(out.asked, kRequest);
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
  Outcome out = RunOnce();
  ASSERT_TRUE(out.prover && out.notary);
  const Status proven = ProveLine(*out.prover, *out.notary);
  EXPECT_TRUE(proven) << proven.error().message();
}

TEST(SharedKeysLine, ItsProofFailsWhenAnythingElseWasEvaluated) {
  const auto others = Scaled<std::function<void(LineEvidence&)>>({
      [](LineEvidence& e) { e.values.keys_a2[3] ^= 1; },
      [](LineEvidence& e) { e.values.server_block[0] ^= 1; },
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

}  // namespace
}  // namespace mpcstats
