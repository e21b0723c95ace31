// Both ends of the garbled phases against a TLS client that holds all keys itself, and out of turn.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <thread>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/garble/testing.h"
#include "mpcstats/zktls/mpctls/notary_stages.h"
#include "mpcstats/zktls/mpctls/prover_stages.h"
#include "mpcstats/zktls/session/channel.h"
#include "mpcstats/zktls/tls/gcm_records.h"
#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/vole/vole_messages.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{9};
constexpr std::size_t kBucket = 256;

/// Two halves below 2^255 / 2, so that their sum needs no reduction, and the connection that follows from it.
struct Connection {
  Bytes32 mine{}, theirs{}, premaster{};
  StageHandshake handshake;
  Bytes32 server_hash{};
  TlsMasterSecret master{};
  TlsKeyBlock keys{};
  TlsVerifyData client_verify{}, server_verify{};

  explicit Connection(std::uint64_t seed) {
    SeededRng rng(seed);
    for (Bytes32* bytes : {&mine, &theirs, &handshake.client_random, &handshake.server_random,
                           &handshake.session_hash, &server_hash}) {
      rng.Fill(*bytes);
    }
    mine[0] &= 0x3f;
    theirs[0] &= 0x3f;
    unsigned carry = 0;
    for (std::size_t i = 32; i-- > 0;) {
      carry += mine[i] + theirs[i];
      premaster[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    TlsPrf(premaster, "extended master secret", handshake.session_hash, master);
    Bytes randoms(handshake.server_random.begin(), handshake.server_random.end());
    randoms.insert(randoms.end(), handshake.client_random.begin(), handshake.client_random.end());
    TlsPrf(master, "key expansion", randoms, {reinterpret_cast<std::uint8_t*>(&keys), sizeof(keys)});
    TlsPrf(master, "client finished", handshake.session_hash, client_verify);
    TlsPrf(master, "server finished", server_hash, server_verify);
  }

  Bytes Finished(const TlsVerifyData& data) const {
    Bytes message(kTlsFinishedHeader.begin(), kTlsFinishedHeader.end());
    message.insert(message.end(), data.begin(), data.end());
    return message;
  }
};

struct Ends {
  ProverStages prover;
  NotaryStages notary;
};

Ends MakeEnds(std::uint64_t seed, std::size_t bucket = kBucket) {
  SeededRng rng(seed);
  const GarblePlan& plan = TlsGarblePlanFor(bucket).plan;
  DealtCorrelations dealt = DealCorrelations(plan.evaluator_bits(), GarblingDelta(rng), rng);
  const BitString masks = RandomBits(plan.mask_bits(), rng);
  Buffer<std::uint8_t> secret_masks(masks.size());
  std::ranges::copy(masks, secret_masks.data());
  Ends ends{*ProverStages::Create(bucket, kSession, std::move(dealt.verifier), std::move(secret_masks), rng),
            *NotaryStages::Create(bucket, kSession, std::move(dealt.prover))};
  while (ends.prover.tables_left()) {
    if (!ends.notary.ReceiveTables(*ends.prover.NextTables())) std::abort();
  }
  if (!ends.prover.ReceiveAcknowledgement(*ends.notary.Acknowledge())) std::abort();
  return ends;
}

Status OnePhase(Ends& ends, ByteSpan choices = {}) {
  ASSIGN_OR_RETURN(const Bytes labels, ends.prover.Labels(choices));
  ASSIGN_OR_RETURN(const Bytes outputs, ends.notary.Evaluate(labels));
  return ends.prover.Outputs(outputs);
}

/// Up to kRecords.
Status DeriveKeys(Ends& ends, const Connection& c, const Bytes32& notary_share) {
  RETURN_IF_ERROR(ends.prover.Begin(Secret(c.mine), c.handshake));
  ASSIGN_OR_RETURN(const Bytes choices, ends.notary.Choose(Secret(notary_share)));
  RETURN_IF_ERROR(OnePhase(ends, choices));
  while (ends.prover.ready()) RETURN_IF_ERROR(OnePhase(ends));
  return {};
}

Status ServerPhases(Ends& ends, const Connection& c, const std::array<std::uint8_t, 8>& nonce) {
  RETURN_IF_ERROR(ends.notary.ServerFinishedLogged());
  RETURN_IF_ERROR(ends.prover.BeginServerBlock(nonce));
  RETURN_IF_ERROR(OnePhase(ends));
  RETURN_IF_ERROR(ends.prover.BeginServerFinished(c.server_hash));
  while (ends.prover.ready()) RETURN_IF_ERROR(OnePhase(ends));
  return {};
}

GcmBlock Xor(const GcmBlock& a, const GcmBlock& b) {
  GcmBlock out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] ^ b[i];
  return out;
}

GcmBlock Joined(const Secret<GcmBlock>& a, const Secret<GcmBlock>& b) {
  constexpr SecretAccess kTest("test");
  return a.With(
      kTest, [&](const GcmBlock& x) { return b.With(kTest, [&](const GcmBlock& y) { return Xor(x, y); }); });
}

/// The record as both ends can make it: ciphertext by the prover's keystream, tag by what their shares join to.
Bytes SealedByBoth(const Ends& ends, TlsContent type, std::uint8_t sequence, ByteSpan plaintext) {
  Bytes record(8);
  record[7] = sequence;
  const std::size_t from = sequence == 0 ? 0 : 16;
  Bytes ciphertext;
  for (std::size_t i = 0; i < plaintext.size(); ++i) {
    ciphertext.push_back(plaintext[i] ^ ends.prover.keystream()[from + i]);
  }
  const StageShares& a = ends.prover.shares();
  const StageShares& b = ends.notary.shares();
  const GcmBlock h = Xor(a.odd_powers[0], b.odd_powers[0]);
  const GcmBlock mask =
      sequence == 0 ? Joined(a.finished_mask, b.finished_mask) : Joined(a.request_mask, b.request_mask);
  const GcmBlock tag =
      Xor(PublicGhash(h).Hash(TlsAdditionalData(sequence, type, plaintext.size()), ciphertext), mask);
  record.insert(record.end(), ciphertext.begin(), ciphertext.end());
  record.insert(record.end(), tag.begin(), tag.end());
  return record;
}

TEST(Stages, MakeTheRecordsOfAClientThatHoldsTheKeys) {
  const Connection c(1);
  Ends ends = MakeEnds(1);
  const Status derived = DeriveKeys(ends, c, c.theirs);
  ASSERT_TRUE(derived) << derived.error().message();
  EXPECT_EQ(ends.prover.phases_done(), 7u);
  EXPECT_EQ(ends.prover.values().client_verify_data, c.client_verify);

  GcmRecords client(Secret(c.keys));
  const Bytes finished = c.Finished(c.client_verify);
  EXPECT_EQ(SealedByBoth(ends, TlsContent::kHandshake, 0, finished),
            *client.Seal(TlsContent::kHandshake, 0, finished));
  SeededRng rng(2);
  Bytes request(201);
  rng.Fill(request);
  EXPECT_EQ(SealedByBoth(ends, TlsContent::kApplicationData, 1, request),
            *client.Seal(TlsContent::kApplicationData, 1, request));

  // A server that chooses its nonces at random.
  GcmRecords server(Secret(c.keys), TlsSide::kServer);
  const Bytes answer = *server.Seal(TlsContent::kHandshake, 0, c.Finished(c.server_verify));
  const Status confirmed = ServerPhases(ends, c, {});
  ASSERT_TRUE(confirmed) << confirmed.error().message();
  EXPECT_EQ(ends.prover.values().server_verify_data, c.server_verify);
  Bytes plaintext;
  for (std::size_t i = 0; i < 16; ++i) {
    plaintext.push_back(answer[kTlsNonceBytes + i] ^ ends.prover.values().server_block[i]);
  }
  EXPECT_EQ(plaintext, c.Finished(c.server_verify));
  EXPECT_EQ(ends.prover.values(), ends.notary.values());
  EXPECT_EQ(ends.notary.phases_done(), kTlsPhases);
}

TEST(Stages, OpenedPremasterSecretGivesTheKeys) {
  const Connection c(3);
  Ends ends = MakeEnds(3);
  ASSERT_TRUE(DeriveKeys(ends, c, c.theirs));
  ASSERT_TRUE(ServerPhases(ends, c, {7, 1}));
  const auto opened = ends.prover.CheckOpened(Secret(c.premaster));
  ASSERT_TRUE(opened) << opened.error().message();
  opened->keys.With(SecretAccess("test"), [&](const TlsKeyBlock& keys) {
    EXPECT_EQ(keys.client_key, c.keys.client_key);
    EXPECT_EQ(keys.server_key, c.keys.server_key);
    EXPECT_EQ(keys.client_iv, c.keys.client_iv);
    EXPECT_EQ(keys.server_iv, c.keys.server_iv);
  });
  opened->master.With(SecretAccess("test"),
                      [&](const TlsMasterSecret& master) { EXPECT_EQ(master, c.master); });
}

TEST(Stages, ANotaryWhoEvaluatedWithAnotherShareIsCaughtWhenItOpens) {
  const Connection c(4);
  Ends ends = MakeEnds(4);
  Bytes32 other = c.theirs;
  other[31] ^= 1;
  ASSERT_TRUE(DeriveKeys(ends, c, other));
  ASSERT_TRUE(ServerPhases(ends, c, {}));
  const auto opened = ends.prover.CheckOpened(Secret(c.premaster));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kCheatingDetected);
}

TEST(Stages, KeystreamIsHiddenFromTheNotary) {
  const Connection c(5);
  Ends ends = MakeEnds(5);
  ASSERT_TRUE(DeriveKeys(ends, c, c.theirs));
  const ByteSpan mine = ends.prover.keystream().span();
  const ByteSpan theirs = ends.notary.masked_keystream().span();
  ASSERT_EQ(mine.size(), 16 + kBucket);
  ASSERT_EQ(theirs.size(), mine.size());
  std::size_t ones = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    ones += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(mine[i] ^ theirs[i])));
  }
  // 2,176 bits of mask; five standard deviations, one seed.
  EXPECT_NEAR(static_cast<double>(ones), 1088, 5 * 23.3);
}

TEST(Stages, AWrongDigestShowsInTheNotarysValues) {
  const Connection c(6);
  Connection lie = c;
  lie.handshake.session_hash[0] ^= 1;
  Ends honest = MakeEnds(6);
  Ends ends = MakeEnds(6);
  ASSERT_TRUE(DeriveKeys(honest, c, c.theirs));
  ASSERT_TRUE(DeriveKeys(ends, lie, c.theirs));
  EXPECT_EQ(ends.notary.values().premaster_inner, honest.notary.values().premaster_inner);
  EXPECT_NE(ends.notary.values().master_a1, honest.notary.values().master_a1);
  EXPECT_NE(ends.notary.values().client_verify_data, honest.notary.values().client_verify_data);
}

TEST(Stages, APhaseWithoutInputsDoesNotRun) {
  const Connection c(7);
  Ends ends = MakeEnds(7);
  EXPECT_FALSE(ends.prover.ready());
  EXPECT_EQ(ends.prover.Labels({}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ends.prover.BeginServerBlock({}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ends.prover.BeginServerFinished({}).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(DeriveKeys(ends, c, c.theirs));
  EXPECT_EQ(ends.prover.Begin(Secret(c.mine), c.handshake).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(ends.prover.ready());
  EXPECT_EQ(ends.prover.Labels({}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ends.prover.CheckOpened(Secret(c.premaster)).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(ServerPhases(ends, c, {}));
  EXPECT_FALSE(ends.prover.ready());
  EXPECT_EQ(ends.prover.BeginServerBlock({1}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Stages, TheServersBlockIsNotOpenedBeforeItsRecordIsLogged) {
  const Connection c(8);
  Ends ends = MakeEnds(8);
  EXPECT_EQ(ends.notary.ServerFinishedLogged().error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(DeriveKeys(ends, c, c.theirs));
  ASSERT_TRUE(ends.prover.BeginServerBlock({}));
  const Bytes labels = *ends.prover.Labels({});
  EXPECT_EQ(ends.notary.Evaluate(labels).error().code(), ErrorCode::kProtocolViolation);
  // And it is over, also when the record comes then.
  EXPECT_TRUE(ends.notary.ServerFinishedLogged());
  EXPECT_EQ(ends.notary.Evaluate(labels).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Stages, OneServerRecordIsOpened) {
  const Connection c(9);
  Ends ends = MakeEnds(9);
  ASSERT_TRUE(DeriveKeys(ends, c, c.theirs));
  ASSERT_TRUE(ServerPhases(ends, c, {}));
  EXPECT_EQ(ends.notary.ServerFinishedLogged().error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(ends.notary.Evaluate(Bytes(64 * kLabelBytes)));
}

TEST(Stages, AnAlteredOutputEndsTheProver) {
  const Connection c(10);
  Ends ends = MakeEnds(10);
  ASSERT_TRUE(ends.prover.Begin(Secret(c.mine), c.handshake));
  const Bytes choices = *ends.notary.Choose(Secret(c.theirs));
  Bytes outputs = *ends.notary.Evaluate(*ends.prover.Labels(choices));
  outputs[0] ^= 1;
  EXPECT_EQ(ends.prover.Outputs(outputs).error().code(), ErrorCode::kCheatingDetected);
  EXPECT_FALSE(ends.prover.ready());
  EXPECT_FALSE(ends.prover.Outputs(outputs));
  EXPECT_EQ(ends.prover.values(), StagePublicValues{});
}

// --- Over channels, from base transfers on ---------------------------------------------------------------------------

void RunProver(SessionChannel& notary, const Connection& c, StagePublicValues& values) {
  SeededRng rng(11);
  const GarblePlan& plan = TlsGarblePlanFor(kBucket).plan;
  VoleSenderSetup setup = VoleSenderSetup::CreateForGarbling(kSession, rng);
  const auto next = [&] { return *notary.Receive(1 << 20); };
  ASSERT_TRUE(notary.Send(setup.message()));
  const Bytes first = next();
  VoleSender sender = *std::move(setup).Finish(first, next());
  ASSERT_TRUE(notary.Send(*sender.Extend(plan.evaluator_bits(), next(), rng)));
  VerifierCorrelations correlations = *sender.Verify(next());
  ProverStages prover = *ProverStages::Create(kBucket, kSession, std::move(correlations),
                                              Buffer<std::uint8_t>(plan.mask_bits()), rng);
  while (prover.tables_left()) ASSERT_TRUE(notary.Send(*prover.NextTables()));
  ASSERT_TRUE(prover.ReceiveAcknowledgement(next()));
  ASSERT_TRUE(prover.Begin(Secret(c.mine), c.handshake));
  Bytes choices = next();
  while (prover.ready()) {
    ASSERT_TRUE(notary.Send(*prover.Labels(choices)));
    choices.clear();
    ASSERT_TRUE(prover.Outputs(next()));
  }
  values = prover.values();
}

void RunNotary(SessionChannel& prover, const Connection& c, StagePublicValues& values) {
  SeededRng rng(12);
  const GarblePlan& plan = TlsGarblePlanFor(kBucket).plan;
  VoleReceiverSetup setup = VoleReceiverSetup::Create(kSession, rng);
  const auto next = [&] { return *prover.Receive(1 << 20); };
  const Bytes first = setup.message();
  auto created = *std::move(setup).Finish(next(), rng);
  ASSERT_TRUE(prover.Send(first));
  ASSERT_TRUE(prover.Send(created.message));
  ASSERT_TRUE(prover.Send(*created.receiver.Extend(plan.evaluator_bits())));
  VoleReceiver::Response response = *created.receiver.Respond(next());
  ASSERT_TRUE(prover.Send(response.message));
  NotaryStages notary = *NotaryStages::Create(kBucket, kSession, std::move(response.correlations));
  while (notary.tables_left()) ASSERT_TRUE(notary.ReceiveTables(next()));
  ASSERT_TRUE(prover.Send(*notary.Acknowledge()));
  ASSERT_TRUE(prover.Send(*notary.Choose(Secret(c.theirs))));
  while (notary.phases_done() < 7) ASSERT_TRUE(prover.Send(*notary.Evaluate(next())));
  values = notary.values();
}

TEST(Stages, RunOverChannelsFromBaseTransfersOn) {
  const Connection c(13);
  auto [at_prover, at_notary] = MakeMemoryChannels();
  StagePublicValues mine;
  StagePublicValues theirs;
  std::thread notary([&, channel = std::move(at_notary)] { RunNotary(*channel, c, theirs); });
  RunProver(*at_prover, c, mine);
  notary.join();
  EXPECT_EQ(mine, theirs);
  EXPECT_EQ(mine.client_verify_data, c.client_verify);
}

}  // namespace
}  // namespace mpcstats
