// The conversion against plain arithmetic of the curve, and its refusals. ec_to_field_cheat_test.cc has what a cheater can do.
#include "mpcstats/zktls/ole/ec_to_field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/ole/testing.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{4};
constexpr Bytes32 kContext{5};

// Using material ends it, and nobody can keep a second one.
static_assert(!std::is_copy_constructible_v<EcToFieldMaterial> &&
              !std::is_copy_assignable_v<EcToFieldMaterial>);
static_assert(!std::is_copy_constructible_v<EcToField> && !std::is_copy_constructible_v<ConvertedPoint>);

Secret<EcCoordinates> SecretOf(const EcPoint& point) {
  EcCoordinates out;
  std::copy_n(point.begin() + 1, 32, out.x.begin());
  std::copy_n(point.begin() + 33, 32, out.y.begin());
  return Secret<EcCoordinates>(out);
}

Fp256 XOf(const EcPoint& point) { return *Fp256::Load(point.data() + 1); }

EcPoint Negative(EcPoint point) {
  (-*Fp256::Load(point.data() + 33)).Store(point.data() + 33);
  return point;
}

Fp256 ShareOf(const ConvertedPoint& converted) {
  return converted.share().With(SecretAccess("test"),
                                [](const Bytes32& s) { return *Fp256::Load(s.data()); });
}

EcToFieldPair Dealt(Rng& rng, const Bytes32& session = kSession) {
  const auto [p, n] = DealEcToField(rng);
  return {EcToFieldMaterial(session, EcToFieldEnd::kSender, p),
          EcToFieldMaterial(session, EcToFieldEnd::kReceiver, n)};
}

struct Ends {
  EcToField p;
  EcToField n;
};

Ends StartBoth(EcToFieldPair pair, const EcPoint& point_p, const EcPoint& point_n) {
  return {*EcToField::Start(std::move(pair.sender), kSession, kContext, SecretOf(point_p)),
          *EcToField::Start(std::move(pair.receiver), kSession, kContext, SecretOf(point_n))};
}

struct Outcome {
  ConvertedPoint p;
  ConvertedPoint n;
};

Outcome Convert(Ends ends) {
  Bytes from_p = ends.p.message();
  Bytes from_n = ends.n.message();
  for (std::size_t step = 0; step < kEcToFieldRounds; ++step) {
    EXPECT_EQ(from_p.size(), kEcToFieldOpeningBytes[step]);
    EXPECT_EQ(from_n.size(), kEcToFieldOpeningBytes[step]);
    if (step + 1 == kEcToFieldRounds) break;
    Bytes next_p = *ends.p.Answer(from_n);
    from_n = *ends.n.Answer(from_p);
    from_p = std::move(next_p);
  }
  return {*std::move(ends.p).Finish(from_n), *std::move(ends.n).Finish(from_p)};
}

TEST(EcToField, SharesAddUpToTheXCoordinateOfTheSum) {
  SeededRng rng(1);
  for (std::size_t i = 0; i < ScaledTrials(60); ++i) {
    const EcPoint v_p = EcKey::Generate(rng).point();
    const EcPoint v_n = EcKey::Generate(rng).point();
    const Outcome out = Convert(StartBoth(Dealt(rng), v_p, v_n));
    ASSERT_EQ(ShareOf(out.p) + ShareOf(out.n), XOf(*AddEcPoints(v_p, v_n)));
    ASSERT_NE(ShareOf(out.n), XOf(*AddEcPoints(v_p, v_n)));
  }
}

TEST(EcToField, PreparedByObliviousLinearEvaluation) {
  SeededRng rng(2);
  for (std::size_t i = 0; i < std::max<std::size_t>(1, ScaledTrials(5)); ++i) {
    const EcPoint v_p = EcKey::Generate(rng).point();
    const EcPoint v_n = EcKey::Generate(rng).point();
    EcToFieldPair pair = PrepareEcToField(kSession, rng);
    EXPECT_EQ(pair.sender.session(), kSession);
    const Outcome out = Convert(StartBoth(std::move(pair), v_p, v_n));
    ASSERT_EQ(ShareOf(out.p) + ShareOf(out.n), XOf(*AddEcPoints(v_p, v_n)));
  }
}

TEST(EcToField, ThePointsOfOneServerKeyAddUpToItsSharedSecret) {
  SeededRng rng(3);
  const EcKey server = EcKey::Generate(rng);
  const EcKey d_p = EcKey::Generate(rng);
  const EcKey d_n = EcKey::Generate(rng);
  EcToFieldPair pair = Dealt(rng);
  const Outcome out = Convert(
      {*EcToField::Start(std::move(pair.sender), kSession, kContext, *d_p.SharedPoint(server.point())),
       *EcToField::Start(std::move(pair.receiver), kSession, kContext, *d_n.SharedPoint(server.point()))});
  const Secret<Bytes32> shared = *server.SharedX(*AddEcPoints(d_p.point(), d_n.point()));
  shared.With(SecretAccess("test"),
              [&](const Bytes32& x) { EXPECT_EQ(StoredOf(ShareOf(out.p) + ShareOf(out.n)), x); });
}

TEST(EcToField, OpeningsOfEqualPointsLookAloneRandom) {
  // The same points under other masks: nothing that leaves is the same.
  SeededRng rng(4);
  const EcPoint v_p = EcKey::Generate(rng).point();
  const EcPoint v_n = EcKey::Generate(rng).point();
  const Ends first = StartBoth(Dealt(rng), v_p, v_n);
  const Ends second = StartBoth(Dealt(rng), v_p, v_n);
  for (std::size_t element = 0; element < 2; ++element) {
    EXPECT_FALSE(std::equal(first.p.message().begin() + 32 * element,
                            first.p.message().begin() + 32 * element + 32,
                            second.p.message().begin() + 32 * element));
  }
}

TEST(EcToField, RefusesPointsWhoseSumIsInfinityOrADoubling) {
  SeededRng rng(5);
  const EcPoint point = EcKey::Generate(rng).point();
  for (const EcPoint& other : {point, Negative(point)}) {
    Ends ends = StartBoth(Dealt(rng), point, other);
    const Bytes second_n = *ends.n.Answer(ends.p.message());
    const Bytes second_p = *ends.p.Answer(ends.n.message());
    const auto p = ends.p.Answer(second_n);
    const auto n = ends.n.Answer(second_p);
    ASSERT_TRUE(!p && !n);
    EXPECT_EQ(p.error().code(), ErrorCode::kCheatingDetected);
    EXPECT_EQ(n.error().code(), ErrorCode::kCheatingDetected);
    // And nothing comes after it.
    EXPECT_EQ(ends.p.Answer(second_n).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(EcToField, MaterialThatWasUsedIsRefused) {
  SeededRng rng(6);
  const EcPoint point = EcKey::Generate(rng).point();
  EcToFieldPair pair = Dealt(rng);
  ASSERT_TRUE(pair.sender.fresh());
  ASSERT_TRUE(EcToField::Start(std::move(pair.sender), kSession, kContext, SecretOf(point)));
  EXPECT_FALSE(pair.sender.fresh());
  const auto again = EcToField::Start(std::move(pair.sender), kSession, kContext, SecretOf(point));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kInvalidArgument);
}

TEST(EcToField, MaterialOfAnotherSessionIsRefusedAndGone) {
  SeededRng rng(7);
  const EcPoint point = EcKey::Generate(rng).point();
  EcToFieldPair pair = Dealt(rng);
  const auto other = EcToField::Start(std::move(pair.sender), Bytes32{1}, kContext, SecretOf(point));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(pair.sender.fresh());
}

/// The receiver's end after `steps` openings of the sender, and the sender's next opening.
struct At {
  EcToField n;
  Bytes next;
};
At Advance(Ends ends, std::size_t steps) {
  Bytes from_p = ends.p.message();
  Bytes from_n = ends.n.message();
  for (std::size_t i = 0; i < steps; ++i) {
    Bytes next_p = *ends.p.Answer(from_n);
    from_n = *ends.n.Answer(from_p);
    from_p = std::move(next_p);
  }
  return {std::move(ends.n), std::move(from_p)};
}

ErrorCode CodeOf(At at, std::size_t step, ByteSpan message) {
  if (step == 2) {
    const auto result = std::move(at.n).Finish(message);
    return result ? ErrorCode::kInternal : result.error().code();
  }
  const auto result = at.n.Answer(message);
  return result ? ErrorCode::kInternal : result.error().code();
}

TEST(EcToField, RefusesOpeningsThatAreNotCanonicalOrOfAnotherLength) {
  SeededRng rng(8);
  const EcPoint v_p = EcKey::Generate(rng).point();
  const EcPoint v_n = EcKey::Generate(rng).point();
  const auto at = [&](std::size_t step) { return Advance(StartBoth(Dealt(rng), v_p, v_n), step); };
  for (std::size_t step = 0; step < kEcToFieldRounds; ++step) {
    for (std::size_t element = 0; element < (step == 0 ? 2u : 1u); ++element) {
      At state = at(step);
      Bytes message = state.next;
      std::ranges::copy(PrimeBytes(), message.begin() + static_cast<std::ptrdiff_t>(32 * element));
      EXPECT_EQ(CodeOf(std::move(state), step, message), ErrorCode::kProtocolViolation);
    }
    for (const int change : {-32, -1, 1, 32}) {
      At state = at(step);
      Bytes message = state.next;
      message.resize(message.size() + static_cast<std::size_t>(change));
      EXPECT_EQ(CodeOf(std::move(state), step, message), ErrorCode::kProtocolViolation);
    }
  }
}

TEST(EcToField, RefusesOpeningsOfAnotherSessionContextEndOrStep) {
  SeededRng rng(9);
  const EcPoint v_p = EcKey::Generate(rng).point();
  const EcPoint v_n = EcKey::Generate(rng).point();
  const auto start = [&](const Bytes32& session, const Bytes32& context) {
    EcToFieldPair pair = Dealt(rng, session);
    return Ends{*EcToField::Start(std::move(pair.sender), session, context, SecretOf(v_p)),
                *EcToField::Start(std::move(pair.receiver), session, context, SecretOf(v_n))};
  };
  for (std::size_t step = 0; step < kEcToFieldRounds; ++step) {
    const Bytes other_session = Advance(start(Bytes32{7}, kContext), step).next;
    const Bytes other_context = Advance(start(kSession, Bytes32{7}), step).next;
    const Bytes other_run = Advance(start(kSession, kContext), step).next;
    EXPECT_EQ(CodeOf(Advance(start(kSession, kContext), step), step, other_session),
              ErrorCode::kCheatingDetected);
    EXPECT_EQ(CodeOf(Advance(start(kSession, kContext), step), step, other_context),
              ErrorCode::kCheatingDetected);
    // Two conversions of one session and context: from the second opening on they are told apart.
    if (step > 0) {
      EXPECT_EQ(CodeOf(Advance(start(kSession, kContext), step), step, other_run),
                ErrorCode::kCheatingDetected);
    }
  }
  // An end's own words, and the second opening sent again as the third.
  Ends ends = start(kSession, kContext);
  EXPECT_EQ(ends.n.Answer(Bytes(ends.n.message())).error().code(), ErrorCode::kCheatingDetected);
  ends = start(kSession, kContext);
  const Bytes second_p = *ends.p.Answer(ends.n.message());
  const Bytes second_n = *ends.n.Answer(ends.p.message());
  ASSERT_TRUE(ends.n.Answer(second_p));
  EXPECT_EQ(std::move(ends.n).Finish(second_p).error().code(), ErrorCode::kCheatingDetected);
}

TEST(EcToField, StepsOutOfTurnEndTheConversion) {
  SeededRng rng(10);
  const EcPoint v_p = EcKey::Generate(rng).point();
  const EcPoint v_n = EcKey::Generate(rng).point();
  At early = Advance(StartBoth(Dealt(rng), v_p, v_n), 0);
  EXPECT_EQ(std::move(early.n).Finish(early.next).error().code(), ErrorCode::kInvalidArgument);
  At late = Advance(StartBoth(Dealt(rng), v_p, v_n), 2);
  EXPECT_EQ(late.n.Answer(late.next).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(std::move(late.n).Finish(late.next).error().code(), ErrorCode::kInvalidArgument);
}

TEST(EcToField, OpenedMasksAreHeldAgainstEverythingThatWasSaid) {
  SeededRng rng(11);
  const EcPoint v_p = EcKey::Generate(rng).point();
  const EcPoint v_n = EcKey::Generate(rng).point();
  const Outcome out = Convert(StartBoth(PrepareEcToField(kSession, rng), v_p, v_n));
  const Buffer<std::uint8_t> masks = out.n.OpenMasks();
  ASSERT_EQ(masks.size(), kEcToFieldMaskBytes);
  EXPECT_TRUE(out.p.CheckPeer(masks.span(), SecretOf(v_n), out.n.share()));
  EXPECT_TRUE(out.n.CheckPeer(out.p.OpenMasks().span(), SecretOf(v_p), out.p.share()));

  const auto code = [&](ByteSpan bytes, const EcPoint& point, const Secret<Bytes32>& share) {
    const Status checked = out.p.CheckPeer(bytes, SecretOf(point), share);
    return checked ? ErrorCode::kInternal : checked.error().code();
  };
  EXPECT_EQ(code(masks.span(), v_p, out.n.share()), ErrorCode::kCheatingDetected);
  EXPECT_EQ(code(masks.span(), v_n, out.p.share()), ErrorCode::kCheatingDetected);
  EXPECT_EQ(code(masks.span().first(127), v_n, out.n.share()), ErrorCode::kProtocolViolation);
  for (std::size_t mask = 0; mask < 4; ++mask) {
    Bytes other(masks.span().begin(), masks.span().end());
    other[32 * mask + 31] ^= 1;
    EXPECT_EQ(code(other, v_n, out.n.share()), ErrorCode::kCheatingDetected) << mask;
    std::ranges::copy(PrimeBytes(), other.begin() + static_cast<std::ptrdiff_t>(32 * mask));
    EXPECT_EQ(code(other, v_n, out.n.share()), ErrorCode::kProtocolViolation) << mask;
  }
}

}  // namespace
}  // namespace mpcstats
