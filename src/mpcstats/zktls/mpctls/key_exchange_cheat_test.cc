// A notary that opens after close what it did not do, and what the prover says to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/crypto/testing.h"
#include "mpcstats/zktls/mpctls/testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

struct OpeningOf {
  ConvertedProverKey prover;
  Bytes opening;
};
OpeningOf OpenedExchange(Rng& rng) {
  Keys keys = Exchange(MakeShares(DealtMaterial(rng), rng), EcKey::Generate(rng).point());
  return {std::move(keys.prover), Opened(std::move(keys.notary))};
}

Error RefusalOf(OpeningOf exchange, ByteSpan opening) {
  const auto opened = std::move(exchange.prover).CheckOpening(opening);
  return opened ? Error(ErrorCode::kInternal, "taken") : opened.error();
}

TEST(KeyExchangeCheat, AnotherKeyThanThePublishedOneIsCaught) {
  SeededRng rng(10);
  OpeningOf exchange = OpenedExchange(rng);
  Bytes opening = exchange.opening;
  opening[31] ^= 1;
  Error error = RefusalOf(std::move(exchange), opening);
  EXPECT_EQ(error.code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(error.message(), HasSubstr("another key"));
  // The negative key has the same x coordinates everywhere.
  exchange = OpenedExchange(rng);
  opening = exchange.opening;
  const Bytes32 order = HexArray<32>("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = order[i] - opening[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    opening[i] = static_cast<std::uint8_t>(difference);
  }
  error = RefusalOf(std::move(exchange), opening);
  EXPECT_EQ(error.code(), ErrorCode::kCheatingDetected);
  EXPECT_THAT(error.message(), HasSubstr("another key"));
}

TEST(KeyExchangeCheat, AnotherShareWithTheRightKeyIsCaught) {
  SeededRng rng(11);
  OpeningOf exchange = OpenedExchange(rng);
  Bytes opening = exchange.opening;
  const Fp256 share = *Fp256::Load(opening.data() + 32);
  (share + Fp256::One()).Store(opening.data() + 32);
  EXPECT_EQ(RefusalOf(std::move(exchange), opening).code(), ErrorCode::kCheatingDetected);
}

TEST(KeyExchangeCheat, OtherMasksWithTheRightKeyAndShareAreCaught) {
  SeededRng rng(12);
  for (std::size_t mask = 0; mask < 4; ++mask) {
    OpeningOf exchange = OpenedExchange(rng);
    Bytes opening = exchange.opening;
    opening[64 + 32 * mask + 31] ^= 1;
    EXPECT_EQ(RefusalOf(std::move(exchange), opening).code(), ErrorCode::kCheatingDetected);
  }
}

TEST(KeyExchangeCheat, OpeningsThatAreNotCanonicalAreRefused) {
  SeededRng rng(13);
  const Bytes32 prime = PrimeBytes();
  for (std::size_t at = 0; at < kKeyOpeningBytes; at += 32) {
    OpeningOf exchange = OpenedExchange(rng);
    Bytes opening = exchange.opening;
    std::ranges::copy(prime, opening.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_EQ(RefusalOf(std::move(exchange), opening).code(), ErrorCode::kProtocolViolation) << at;
  }
  OpeningOf exchange = OpenedExchange(rng);
  Bytes zero_key = exchange.opening;
  std::fill_n(zero_key.begin(), 32, std::uint8_t{0});
  EXPECT_EQ(RefusalOf(std::move(exchange), zero_key).code(), ErrorCode::kProtocolViolation);
  for (const int change : {-1, 1}) {
    exchange = OpenedExchange(rng);
    Bytes opening = exchange.opening;
    opening.resize(opening.size() + static_cast<std::size_t>(change));
    EXPECT_EQ(RefusalOf(std::move(exchange), opening).code(), ErrorCode::kProtocolViolation);
  }
}

TEST(KeyExchangeCheat, ANotaryThatShiftsAnOpeningIsCaughtAfterClose) {
  // The notary end written a second time, with one opening moved; it opens its true key, share and masks.
  SeededRng rng(14);
  for (std::size_t step = 0; step < kEcToFieldRounds; ++step) {
    const EcKey server = EcKey::Generate(rng);
    const auto dealt = DealEcToField(rng);
    const EcKey notary_key = EcKey::Generate(rng);
    ProverKeyShare share =
        *ProverKeyShare::Create(kKeySession, EcToFieldMaterial(kKeySession, EcToFieldEnd::kSender, dealt[0]),
                                notary_key.point(), rng);
    const Bytes32 context = Sha256Stream("mpcstats/v1/zktls/key-exchange")
                                .Add(kKeySession)
                                .Add(notary_key.point())
                                .Add(share.client_point())
                                .Add(server.point())
                                .Finish();
    ProverConversion p = *std::move(share).Start(server.point());
    const Secret<EcCoordinates> point = *notary_key.SharedPoint(server.point());
    HookedEnd cheater = point.With(SecretAccess("test"), [&](const EcCoordinates& v) {
      return HookedEnd(EcToFieldEnd::kReceiver, kKeySession, context, dealt[1], *Fp256::Load(v.x.data()),
                       *Fp256::Load(v.y.data()), [&](std::size_t now, HookedEnd::Elements& own) {
                         if (now == step) own[0] += Fp256::One();
                       });
    });
    const Bytes first = p.message();
    const Bytes second = *p.Answer(cheater.Speak(0));
    const Bytes third = *p.Answer(cheater.Speak(1, first));
    ConvertedProverKey key = *std::move(p).Finish(cheater.Speak(2, second));
    Bytes opening(kKeyOpeningBytes);
    std::ranges::copy(Raw(notary_key.scalar()), opening.begin());
    std::ranges::copy(StoredOf(cheater.Share(third)), opening.begin() + 32);
    std::size_t at = 64;
    for (const Fp256& mask : {dealt[1].mask.a, dealt[1].mask.b, dealt[1].mask.c, dealt[1].mask.r}) {
      mask.Store(opening.data() + at);
      at += 32;
    }
    const auto opened = std::move(key).CheckOpening(opening);
    ASSERT_FALSE(opened) << step;
    EXPECT_EQ(opened.error().code(), ErrorCode::kCheatingDetected);
  }
}

TEST(KeyExchangeCheat, ARogueClientKeyGivesTheProverASecretThatTheSharesDoNotAddUpTo) {
  // Q_P = X - Q_N with X = x G: the prover knows x Q_S, the server's premaster secret. It would have to give V_N's own
  // complement to the conversion, x Q_S - d_N Q_S, and knows no such point; x Q_S does not do.
  SeededRng rng(15);
  const EcKey server = EcKey::Generate(rng);
  const EcKey known = EcKey::Generate(rng);
  const auto dealt = DealEcToField(rng);
  NotaryKeyShare share = *NotaryKeyShare::Create(
      kKeySession, EcToFieldMaterial(kKeySession, EcToFieldEnd::kReceiver, dealt[1]), EcKey::Generate(rng));
  const EcPoint notary_point = share.point();
  NotaryConversion n = *std::move(share).Start(known.point(), server.point());
  const Bytes32 context = Sha256Stream("mpcstats/v1/zktls/key-exchange")
                              .Add(kKeySession)
                              .Add(notary_point)
                              .Add(known.point())
                              .Add(server.point())
                              .Finish();
  HookedEnd prover =
      known.SharedPoint(server.point())->With(SecretAccess("test"), [&](const EcCoordinates& v) {
        return HookedEnd(EcToFieldEnd::kSender, kKeySession, context, dealt[0], *Fp256::Load(v.x.data()),
                         *Fp256::Load(v.y.data()), {});
      });
  const Bytes first = n.message();
  const Bytes second = *n.Answer(prover.Speak(0));
  const Bytes third = *n.Answer(prover.Speak(1, first));
  const ConvertedNotaryKey key = *std::move(n).Finish(prover.Speak(2, second));
  const Fp256 sum = prover.Share(third) + *Fp256::Load(Raw(key.share()).data());
  EXPECT_NE(StoredOf(sum), Raw(*server.SharedX(known.point())));
}

}  // namespace
}  // namespace mpcstats
