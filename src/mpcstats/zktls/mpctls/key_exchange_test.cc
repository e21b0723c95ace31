// The exchange in two shares against a server that knows nothing of it, and against cheating ends.
#include "mpcstats/zktls/mpctls/key_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/mpctls/testing.h"
#include "mpcstats/zktls/vole/vole_messages.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

static_assert(!std::is_copy_constructible_v<NotaryKeyShare> && !std::is_copy_constructible_v<ProverKeyShare>);
static_assert(!std::is_copy_constructible_v<NotaryConversion> &&
              !std::is_copy_constructible_v<ConvertedNotaryKey>);
static_assert(!std::is_copy_constructible_v<ProverConversion> &&
              !std::is_copy_constructible_v<ConvertedProverKey>);

TEST(KeyExchange, TheServerAndTheSharesHaveOnePremasterSecret) {
  SeededRng rng(1);
  for (std::size_t i = 0; i < std::max<std::size_t>(2, ScaledTrials(20)); ++i) {
    const EcKey server = EcKey::Generate(rng);
    KeyShares shares = MakeShares(DealtMaterial(rng), rng);
    const EcPoint client = shares.prover.client_point();
    ASSERT_NE(client, shares.notary.point());
    Keys keys = Exchange(std::move(shares), server.point());
    const Bytes32 premaster = Raw(*server.SharedX(client));
    const Bytes32 s_p = Raw(keys.prover.share());
    const Bytes32 s_n = Raw(keys.notary.share());
    ASSERT_EQ(StoredOf(*Fp256::Load(s_p.data()) + *Fp256::Load(s_n.data())), premaster);
    EXPECT_EQ(keys.prover.points().server, server.point());
    const auto opened = std::move(keys.prover).CheckOpening(Opened(std::move(keys.notary)));
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(Raw(opened->premaster_secret), premaster);
    EXPECT_EQ(Raw(opened->notary_share), s_n);
  }
}

TEST(KeyExchange, FromBaseTransfersToThePremasterSecret) {
  SeededRng rng(2);
  // The notary receives the VOLE's bits, the prover has its keys.
  VoleReceiverSetup notary_setup = VoleReceiverSetup::Create(kKeySession, rng);
  VoleSenderSetup prover_setup = VoleSenderSetup::Create(kKeySession, rng);
  const Bytes first = notary_setup.message();
  VoleReceiver::Created created = *std::move(notary_setup).Finish(prover_setup.message(), rng);
  VoleSender prover_vole = *std::move(prover_setup).Finish(first, created.message);
  const Bytes corrections = *created.receiver.Extend(kEcToFieldCorrelations);
  const Bytes challenge = *prover_vole.Extend(kEcToFieldCorrelations, corrections, rng);
  VoleReceiver::Response response = *created.receiver.Respond(challenge);
  VerifierCorrelations keys_of_prover = *prover_vole.Verify(response.message);

  EcToFieldSetup setup = *EcToFieldSetup::Create(kKeySession, std::move(response.correlations), rng);
  EcToFieldSender made = *MakeEcToField(kKeySession, std::move(keys_of_prover), setup.message(), rng);
  EXPECT_EQ(setup.message().size(), 160u);
  EXPECT_EQ(made.message.size(), 40'960u);
  EcToFieldMaterial material = *std::move(setup).Finish(made.message);

  const EcKey server = EcKey::Generate(rng);
  KeyShares shares = MakeShares({std::move(made.material), std::move(material)}, rng);
  const EcPoint client = shares.prover.client_point();
  Keys keys = Exchange(std::move(shares), server.point());
  const auto opened = std::move(keys.prover).CheckOpening(Opened(std::move(keys.notary)));
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(Raw(opened->premaster_secret), Raw(*server.SharedX(client)));
}

TEST(KeyExchange, MaterialMadeAheadServesOneExchangeInItsOwnSession) {
  SeededRng rng(3);
  EcToFieldPair pair = DealtMaterial(rng);
  const auto other_session =
      NotaryKeyShare::Create(Bytes32{1}, std::move(pair.receiver), EcKey::Generate(rng));
  ASSERT_FALSE(other_session);
  EXPECT_EQ(other_session.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(other_session.error().message(), HasSubstr("another session"));
  const EcPoint point = EcKey::Generate(rng).point();
  EXPECT_THAT(ProverKeyShare::Create(Bytes32{1}, std::move(pair.sender), point, rng).error().message(),
              HasSubstr("another session"));
  // The call took the material with it, also when it refused.
  EXPECT_THAT(
      NotaryKeyShare::Create(kKeySession, std::move(pair.receiver), EcKey::Generate(rng)).error().message(),
      HasSubstr("used already"));
  EXPECT_THAT(ProverKeyShare::Create(kKeySession, std::move(pair.sender), point, rng).error().message(),
              HasSubstr("used already"));
  // Nor does one end's serve the other.
  pair = DealtMaterial(rng);
  EXPECT_THAT(
      NotaryKeyShare::Create(kKeySession, std::move(pair.sender), EcKey::Generate(rng)).error().message(),
      HasSubstr("other end"));
  EXPECT_THAT(ProverKeyShare::Create(kKeySession, std::move(pair.receiver), point, rng).error().message(),
              HasSubstr("other end"));
}

TEST(KeyExchange, NothingCanBeDoneTwice) {
  SeededRng rng(4);
  const EcPoint server = EcKey::Generate(rng).point();
  KeyShares shares = MakeShares(DealtMaterial(rng), rng);
  const EcPoint client = shares.prover.client_point();
  ProverConversion p = *std::move(shares.prover).Start(server);
  NotaryConversion n = *std::move(shares.notary).Start(client, server);
  EXPECT_EQ(std::move(shares.prover).Start(server).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(std::move(shares.notary).Start(client, server).error().code(), ErrorCode::kInvalidArgument);
  const Bytes first_p = p.message();
  const Bytes second_p = *p.Answer(n.message());
  const Bytes second_n = *n.Answer(first_p);
  const Bytes third_p = *p.Answer(second_n);
  const Bytes third_n = *n.Answer(second_p);
  ConvertedProverKey prover = *std::move(p).Finish(third_n);
  ConvertedNotaryKey notary = *std::move(n).Finish(third_p);
  EXPECT_EQ(std::move(p).Finish(third_n).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(std::move(n).Finish(third_p).error().code(), ErrorCode::kInvalidArgument);
  const auto opening = std::move(notary).Open();
  ASSERT_TRUE(opening);
  EXPECT_EQ(std::move(notary).Open().error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(std::move(prover).CheckOpening(opening->span()));
  EXPECT_EQ(std::move(prover).CheckOpening(opening->span()).error().code(), ErrorCode::kInvalidArgument);
}

/// What is no point of P-256, by a name for the message.
std::vector<std::pair<const char*, Bytes>> BadPoints(Rng& rng) {
  const EcPoint good = EcKey::Generate(rng).point();
  const auto changed = [&](auto&& change) {
    Bytes bytes(good.begin(), good.end());
    change(bytes);
    return bytes;
  };
  const Bytes32 prime = PrimeBytes();
  return {
      {"off the curve", changed([](Bytes& b) { b[64] ^= 1; })},
      {"another x", changed([](Bytes& b) { b[32] ^= 1; })},
      {"infinity, one byte", Bytes{0}},
      {"infinity, padded", Bytes(65)},
      {"zero coordinates", changed([](Bytes& b) { std::fill(b.begin() + 1, b.end(), std::uint8_t{0}); })},
      {"compressed", changed([](Bytes& b) {
         b[0] = static_cast<std::uint8_t>(2 + (b[64] & 1));
         b.resize(33);
       })},
      {"hybrid", changed([](Bytes& b) { b[0] = static_cast<std::uint8_t>(6 + (b[64] & 1)); })},
      {"x is p", changed([&](Bytes& b) { std::ranges::copy(prime, b.begin() + 1); })},
      {"y is p", changed([&](Bytes& b) { std::ranges::copy(prime, b.begin() + 33); })},
      {"one byte short", changed([](Bytes& b) { b.pop_back(); })},
      {"one byte long", changed([](Bytes& b) { b.push_back(0); })},
      {"empty", {}},
  };
}

TEST(KeyExchange, TheNotaryRefusesPointsThatAreNone) {
  SeededRng rng(5);
  const EcPoint good = EcKey::Generate(rng).point();
  for (const auto& [name, bad] : BadPoints(rng)) {
    SCOPED_TRACE(name);
    KeyShares first = MakeShares(DealtMaterial(rng), rng);
    const auto with_bad_server = std::move(first.notary).Start(first.prover.client_point(), bad);
    ASSERT_FALSE(with_bad_server);
    EXPECT_EQ(with_bad_server.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_THAT(with_bad_server.error().message(), HasSubstr("the server's point"));
    KeyShares second = MakeShares(DealtMaterial(rng), rng);
    const auto with_bad_client = std::move(second.notary).Start(bad, good);
    ASSERT_FALSE(with_bad_client);
    EXPECT_EQ(with_bad_client.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_THAT(with_bad_client.error().message(), HasSubstr("the client's point"));
  }
}

TEST(KeyExchange, TheNotaryRefusesAProverWithoutAKeyOfItsOwn) {
  SeededRng rng(6);
  KeyShares shares = MakeShares(DealtMaterial(rng), rng);
  const EcPoint own = shares.notary.point();
  const auto started = std::move(shares.notary).Start(own, EcKey::Generate(rng).point());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), ErrorCode::kProtocolViolation);
}

TEST(KeyExchange, TheProverRefusesPointsThatAreNone) {
  SeededRng rng(7);
  for (const auto& [name, bad] : BadPoints(rng)) {
    SCOPED_TRACE(name);
    const auto from_notary = ProverKeyShare::Create(kKeySession, DealtMaterial(rng).sender, bad, rng);
    ASSERT_FALSE(from_notary);
    EXPECT_EQ(from_notary.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_THAT(from_notary.error().message(), HasSubstr("the notary's point"));
    KeyShares shares = MakeShares(DealtMaterial(rng), rng);
    const auto from_server = std::move(shares.prover).Start(bad);
    ASSERT_FALSE(from_server);
    EXPECT_EQ(from_server.error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(KeyExchange, EndsWithOtherPointsOrSessionsPartAtTheFirstOpening) {
  SeededRng rng(8);
  const EcPoint server = EcKey::Generate(rng).point();
  const EcPoint other = EcKey::Generate(rng).point();
  // Another server's point at the notary, as when the prover relays another session's handshake.
  KeyShares shares = MakeShares(DealtMaterial(rng), rng);
  const EcPoint client = shares.prover.client_point();
  NotaryConversion n = *std::move(shares.notary).Start(client, other);
  ProverConversion p = *std::move(shares.prover).Start(server);
  EXPECT_EQ(p.Answer(n.message()).error().code(), ErrorCode::kCheatingDetected);
  EXPECT_EQ(n.Answer(p.message()).error().code(), ErrorCode::kCheatingDetected);
  // Another client's point.
  shares = MakeShares(DealtMaterial(rng), rng);
  n = *std::move(shares.notary).Start(other, server);
  p = *std::move(shares.prover).Start(server);
  EXPECT_EQ(n.Answer(p.message()).error().code(), ErrorCode::kCheatingDetected);
  // Two sessions whose messages are swapped.
  KeyShares first = MakeShares(DealtMaterial(rng), rng);
  KeyShares second = MakeShares(DealtMaterial(rng, Bytes32{7}), rng, Bytes32{7});
  const EcPoint first_client = first.prover.client_point();
  const EcPoint second_client = second.prover.client_point();
  NotaryConversion first_n = *std::move(first.notary).Start(first_client, server);
  NotaryConversion second_n = *std::move(second.notary).Start(second_client, server);
  ProverConversion first_p = *std::move(first.prover).Start(server);
  ProverConversion second_p = *std::move(second.prover).Start(server);
  EXPECT_EQ(first_n.Answer(second_p.message()).error().code(), ErrorCode::kCheatingDetected);
  EXPECT_EQ(second_p.Answer(first_n.message()).error().code(), ErrorCode::kCheatingDetected);
  EXPECT_TRUE(second_n.Answer(second_p.message()));
}

TEST(KeyExchange, PreparationOfTwoSessionsSwappedGivesNoPremasterSecret) {
  // The messages of the preparation carry no session; the pads do. What comes out fits nothing, and the prover's check
  // after close says so if the handshake had not ended it long before.
  SeededRng rng(9);
  const auto prepare = [&](const Bytes32& of_prover) {
    DealtCorrelations dealt = DealCorrelations(kEcToFieldCorrelations, RandomElement(rng), rng);
    EcToFieldSetup setup = *EcToFieldSetup::Create(kKeySession, std::move(dealt.prover), rng);
    EcToFieldSender made = *MakeEcToField(of_prover, std::move(dealt.verifier), setup.message(), rng);
    EcToFieldMaterial material = *std::move(setup).Finish(made.message);
    return std::pair(std::move(made), std::move(material));
  };
  auto [made, material] = prepare(Bytes32{7});
  EXPECT_FALSE(
      ProverKeyShare::Create(kKeySession, std::move(made.material), EcKey::Generate(rng).point(), rng));
  // Of the same session, but two preparations mixed.
  auto [made_1, material_1] = prepare(kKeySession);
  auto [made_2, material_2] = prepare(kKeySession);
  Keys keys = Exchange(MakeShares({std::move(made_1.material), std::move(material_2)}, rng),
                       EcKey::Generate(rng).point());
  EXPECT_EQ(std::move(keys.prover).CheckOpening(Opened(std::move(keys.notary))).error().code(),
            ErrorCode::kCheatingDetected);
}

}  // namespace
}  // namespace mpcstats
