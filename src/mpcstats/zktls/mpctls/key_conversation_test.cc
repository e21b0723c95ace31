// The key exchange over channels, both ends in threads, in the order of MPC mode and against it.
#include "mpcstats/zktls/mpctls/key_conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <utility>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/session/messages.h"

namespace mpcstats {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr Bytes32 kSession{3};
using Channels = std::pair<std::unique_ptr<SessionChannel>, std::unique_ptr<SessionChannel>>;

/// The garbler's VOLE, set up: the notary receives bits.
struct Voles {
  explicit Voles(Rng& rng) {
    VoleReceiverSetup notary_setup = VoleReceiverSetup::Create(kSession, rng);
    VoleSenderSetup prover_setup = VoleSenderSetup::Create(kSession, rng);
    const Bytes first = notary_setup.message();
    VoleReceiver::Created created = *std::move(notary_setup).Finish(prover_setup.message(), rng);
    prover = std::make_unique<VoleSender>(*std::move(prover_setup).Finish(first, created.message));
    notary = std::make_unique<VoleReceiver>(std::move(created.receiver));
  }
  std::unique_ptr<VoleSender> prover;
  std::unique_ptr<VoleReceiver> notary;
};

/// What garbling says between the preparation and the handshake, and up to the frozen log: only its order counts here.
Status SayTheRest(MpcConversation& peer, std::initializer_list<std::pair<MpcMessage, MpcEnd>> messages) {
  for (const auto& [message, from] : messages) {
    if (from == peer.self()) {
      RETURN_IF_ERROR(peer.Send(message, {}));
    } else {
      RETURN_IF_ERROR(peer.Receive(message, 0));
    }
  }
  return {};
}
constexpr auto kP = MpcEnd::kProver;
constexpr auto kN = MpcEnd::kNotary;

Status SayUntilClose(MpcConversation& peer) {
  RETURN_IF_ERROR(SayTheRest(peer, {{MpcMessage::kKeyShare, kP},
                                    {MpcMessage::kLabels, kP},
                                    {MpcMessage::kOutputs, kN},
                                    {MpcMessage::kSealed, kP},
                                    {MpcMessage::kTagShare, kN},
                                    {MpcMessage::kReceived, kP}}));
  RETURN_IF_ERROR(peer.order().ServerFinishedLogged());
  return SayTheRest(peer, {{MpcMessage::kLabels, kP}, {MpcMessage::kOutputs, kN}, {MpcMessage::kClose, kP}});
}
constexpr MpcPhases kOnePhaseEach{.before_finished = 1, .after_finished = 1};

struct Ended {
  Result<OpenedKey> prover = Fail(ErrorCode::kInternal, "not run");
  Status notary;
  EcPoint client{};
  NotaryEntropy entropy_of_prover{};
  NotaryEntropy entropy_of_notary{};
};

Ended RunBoth(const EcPoint& server, std::uint64_t seed) {
  SeededRng rng(seed);
  Voles voles(rng);
  Channels channels = MakeMemoryChannels();
  Ended ended;
  auto notary = std::async(std::launch::async, [&]() -> Status {
    SeededRng own(seed + 1);
    MpcConversation prover(*channels.second, kN, kOnePhaseEach);
    ASSIGN_OR_RETURN(PreparedNotaryKey prepared, PrepareKeyAsNotary(prover, *voles.notary, kSession, own));
    ended.entropy_of_notary = prepared.entropy;
    RETURN_IF_ERROR(SayTheRest(prover, {{MpcMessage::kTablesDone, kN}, {MpcMessage::kMasks, kP}}));
    ASSIGN_OR_RETURN(const Bytes client, prover.Receive(MpcMessage::kHandshake, sizeof(EcPoint)));
    ASSIGN_OR_RETURN(const EcPoint point, ParseEcPoint(client));
    ASSIGN_OR_RETURN(ConvertedNotaryKey key,
                     ConvertKeyAsNotary(prover, std::move(prepared.share), point, server));
    RETURN_IF_ERROR(SayUntilClose(prover));
    return RevealKey(prover, std::move(key));
  });
  const auto run_prover = [&]() -> Result<OpenedKey> {
    SeededRng own(seed + 2);
    MpcConversation peer(*channels.first, kP, kOnePhaseEach);
    ASSIGN_OR_RETURN(PreparedProverKey prepared, PrepareKeyAsProver(peer, *voles.prover, kSession, own));
    ProverKeyShare share = std::move(prepared.share);
    ended.entropy_of_prover = prepared.entropy;
    ended.client = share.client_point();
    RETURN_IF_ERROR(SayTheRest(peer, {{MpcMessage::kTablesDone, kN}, {MpcMessage::kMasks, kP}}));
    RETURN_IF_ERROR(peer.Send(MpcMessage::kHandshake, share.client_point()));
    ASSIGN_OR_RETURN(ConvertedProverKey key, ConvertKeyAsProver(peer, std::move(share), server));
    RETURN_IF_ERROR(SayUntilClose(peer));
    return ReceiveRevealedKey(peer, std::move(key));
  };
  ended.prover = run_prover();
  channels.first.reset();
  ended.notary = notary.get();
  return ended;
}

TEST(KeyConversation, EndsWithTheServersPremasterSecretAtTheProver) {
  SeededRng rng(1);
  const EcKey server = EcKey::Generate(rng);
  const Ended ended = RunBoth(server.point(), 10);
  ASSERT_TRUE(ended.notary) << ended.notary.error().message();
  ASSERT_TRUE(ended.prover) << ended.prover.error().message();
  const Secret<Bytes32> expected = *server.SharedX(ended.client);
  ended.prover->premaster_secret.With(SecretAccess("test"), [&](const Bytes32& premaster) {
    expected.With(SecretAccess("test"), [&](const Bytes32& shared) { EXPECT_EQ(premaster, shared); });
  });
}

TEST(KeyConversation, GivesBothEndsTheNotarysEntropyAnotherOneEachTime) {
  SeededRng rng(8);
  const EcKey server = EcKey::Generate(rng);
  const Ended one = RunBoth(server.point(), 20);
  const Ended two = RunBoth(server.point(), 30);
  ASSERT_TRUE(one.prover && two.prover);
  EXPECT_EQ(one.entropy_of_prover, one.entropy_of_notary);
  EXPECT_EQ(two.entropy_of_prover, two.entropy_of_notary);
  EXPECT_NE(one.entropy_of_prover, two.entropy_of_prover);
  EXPECT_NE(one.entropy_of_prover, NotaryEntropy{});
}

// A notary whose KeyPoint has so many bytes.
Result<PreparedProverKey> PrepareWithKeyPointOf(std::size_t bytes) {
  SeededRng rng(2);
  Voles voles(rng);
  Channels channels = MakeMemoryChannels();
  auto notary = std::async(std::launch::async, [&]() -> Status {
    SeededRng own(3);
    MpcConversation prover(*channels.second, kN);
    const Bytes corrections = *voles.notary->Extend(kEcToFieldCorrelations);
    RETURN_IF_ERROR(prover.Send(MpcMessage::kCorrelations, corrections));
    ASSIGN_OR_RETURN(const Bytes challenge, prover.Receive(MpcMessage::kCorrelations, 16));
    RETURN_IF_ERROR(prover.Send(MpcMessage::kCorrelations, voles.notary->Respond(challenge)->message));
    return prover.Send(MpcMessage::kKeyPoint, Bytes(bytes));
  });
  SeededRng own(4);
  MpcConversation peer(*channels.first, kP);
  auto prepared = PrepareKeyAsProver(peer, *voles.prover, kSession, own);
  EXPECT_TRUE(notary.get());
  return prepared;
}

TEST(KeyConversation, ThePreparationMayBeMadeLongBeforeAndEndsWithAWrongLength) {
  // Without entropy, with one byte less of it and with one more; the right length is refused for its point, which is none.
  for (const std::size_t bytes : {160 + 64, 160 + 65, 160 + 65 + 15, 160 + 65 + 17, 0}) {
    const auto prepared = PrepareWithKeyPointOf(bytes);
    ASSERT_FALSE(prepared) << bytes;
    EXPECT_EQ(prepared.error().code(), ErrorCode::kProtocolViolation) << bytes;
    EXPECT_THAT(prepared.error().message(),
                AnyOf(HasSubstr("another length"), HasSubstr("bytes where at most")))
        << bytes;
  }
  EXPECT_THAT(PrepareWithKeyPointOf(160 + 65 + 16).error().message(), HasSubstr("the notary's point"));
}

TEST(KeyConversation, ANotaryDoesNotRevealItsKeyBeforeClose) {
  // The call refuses, and no message leaves.
  SeededRng rng(5);
  const EcKey server = EcKey::Generate(rng);
  Voles voles(rng);
  Channels channels = MakeMemoryChannels();
  auto notary = std::async(std::launch::async, [&]() -> Status {
    SeededRng own(6);
    MpcConversation prover(*channels.second, kN, kOnePhaseEach);
    ASSIGN_OR_RETURN(PreparedNotaryKey prepared, PrepareKeyAsNotary(prover, *voles.notary, kSession, own));
    RETURN_IF_ERROR(SayTheRest(prover, {{MpcMessage::kTablesDone, kN}, {MpcMessage::kMasks, kP}}));
    ASSIGN_OR_RETURN(const Bytes client, prover.Receive(MpcMessage::kHandshake, sizeof(EcPoint)));
    ASSIGN_OR_RETURN(const EcPoint point, ParseEcPoint(client));
    ASSIGN_OR_RETURN(ConvertedNotaryKey key,
                     ConvertKeyAsNotary(prover, std::move(prepared.share), point, server.point()));
    const Status revealed = RevealKey(prover, std::move(key));
    channels.second.reset();
    return revealed;
  });
  SeededRng own(7);
  MpcConversation peer(*channels.first, kP, kOnePhaseEach);
  PreparedProverKey prepared = *PrepareKeyAsProver(peer, *voles.prover, kSession, own);
  ProverKeyShare share = std::move(prepared.share);
  ASSERT_TRUE(SayTheRest(peer, {{MpcMessage::kTablesDone, kN}, {MpcMessage::kMasks, kP}}));
  ASSERT_TRUE(peer.Send(MpcMessage::kHandshake, share.client_point()));
  ConvertedProverKey key = *ConvertKeyAsProver(peer, std::move(share), server.point());
  const Status revealed = notary.get();
  ASSERT_FALSE(revealed);
  EXPECT_EQ(revealed.error().code(), ErrorCode::kInvalidArgument);
  const auto received = ReceiveRevealedKey(peer, std::move(key));
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code(), ErrorCode::kUnavailable);
}

TEST(KeyConversation, AMessageOutOfItsPlaceIsNotLookedAt) {
  Channels channels = MakeMemoryChannels();
  MpcConversation prover(*channels.second, kN);
  // Labels before anything: a prover that starts with the evaluation.
  ASSERT_TRUE(SendMessage(*channels.first, SessionMessage::kMpc,
                          Bytes{static_cast<std::uint8_t>(MpcMessage::kLabels), 1, 2}));
  const auto first = prover.Receive(1000);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_THAT(first.error().message(), HasSubstr("Labels"));
  // And nothing is taken or sent after it.
  ASSERT_TRUE(SendMessage(*channels.first, SessionMessage::kMpc,
                          Bytes{static_cast<std::uint8_t>(MpcMessage::kBaseTransfers)}));
  EXPECT_FALSE(prover.Receive(1000));
  EXPECT_FALSE(prover.Send(MpcMessage::kKeyPoint, {}));
}

TEST(KeyConversation, MessagesOfNoKindOverTheLimitAndRefusalsEndIt) {
  const auto error_of = [](auto&& send) {
    Channels channels = MakeMemoryChannels();
    MpcConversation prover(*channels.second, kN);
    send(*channels.first);
    const auto received = prover.Receive(4);
    return received ? Error(ErrorCode::kInternal, "taken") : received.error();
  };
  const auto mpc = [](Bytes body) {
    return [body](SessionChannel& channel) { EXPECT_TRUE(SendMessage(channel, SessionMessage::kMpc, body)); };
  };
  EXPECT_EQ(error_of(mpc({1, 0, 0, 0, 0})).code(), ErrorCode::kInternal);
  EXPECT_EQ(error_of(mpc({1, 0, 0, 0, 0, 0})).code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(error_of(mpc({})).code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(error_of(mpc({0})).code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(error_of(mpc({200})).code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(error_of([](SessionChannel& channel) {
              EXPECT_TRUE(SendMessage(channel, SessionMessage::kShape, Bytes(3)));
            }).code(),
            ErrorCode::kProtocolViolation);
  const Error refused = error_of(
      [](SessionChannel& channel) { SendRefusal(channel, Error(ErrorCode::kCheatingDetected, "no")); });
  EXPECT_EQ(refused.code(), ErrorCode::kCheatingDetected);
}

}  // namespace
}  // namespace mpcstats
