// OLE against its ideal functionality, a * b = x + y, and under cheating.
#include "mpcstats/zktls/ole/fp_ole.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/ole/testing.h"
#include "mpcstats/zktls/vole/testing.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{9};

struct Ends {
  Ends(std::uint64_t seed, Buffer<Fp256> sender_numbers, Buffer<Fp256> receiver_numbers)
      : rng(seed),
        a(std::move(sender_numbers)),
        b(std::move(receiver_numbers)),
        dealt(DealCorrelations(kOleTransfers * a.size(), RandomElement(rng), rng)) {}

  SeededRng rng;
  Buffer<Fp256> a;
  Buffer<Fp256> b;
  DealtCorrelations dealt;
};

Buffer<Fp256> RandomNumbers(std::size_t count, std::uint64_t seed) {
  SeededRng rng(seed);
  Buffer<Fp256> out(count);
  for (Fp256& x : out.span()) x = Fp256::Random(rng);
  return out;
}

bool BitOf(const Fp256& x, std::size_t j) { return ((StoredOf(x)[31 - j / 8] >> (j % 8)) & 1) != 0; }

TEST(FpOle, SharesAddUpToTheProducts) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{5}, ScaledTrials(20)}) {
    Ends ends(count, RandomNumbers(count, 100 + count), RandomNumbers(count, 200 + count));
    OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
    ASSERT_EQ(receiver.message().size(), 32 * count);
    const OleSent sent = *SendOle(kSession, std::move(ends.dealt.verifier), ends.a, receiver.message());
    ASSERT_EQ(sent.message.size(), 8192 * count);
    const Buffer<Fp256> y = *std::move(receiver).Finish(sent.message);
    ASSERT_EQ(y.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(sent.shares[i] + y[i], ends.a[i] * ends.b[i]);
  }
}

TEST(FpOle, ZerosAndTheLargestNumberAreNumbersLikeOthers) {
  const Fp256 largest = -Fp256::One();
  SeededRng rng(3);
  const Fp256 other = Fp256::Random(rng);
  Ends ends(3, BufferOf({Fp256(), other, Fp256(), largest, largest}),
            BufferOf({other, Fp256(), Fp256(), largest, Fp256::One()}));
  OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
  const OleSent sent = *SendOle(kSession, std::move(ends.dealt.verifier), ends.a, receiver.message());
  const Buffer<Fp256> y = *std::move(receiver).Finish(sent.message);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(sent.shares[i] + y[i], ends.a[i] * ends.b[i]);
    // A zero product does not show: the shares hide it.
    EXPECT_EQ(y[i].IsZero(), 0u);
  }
}

TEST(FpOle, MessagesHideTheNumbers) {
  // The same randomness with other numbers: the receiver's message differs exactly by their bits, under bits nobody sees.
  const Buffer<Fp256> b = RandomNumbers(1, 5);
  const Buffer<Fp256> c = RandomNumbers(1, 6);
  Ends with_b(5, RandomNumbers(1, 7), RandomNumbers(1, 5));
  Ends with_c(5, RandomNumbers(1, 7), RandomNumbers(1, 6));
  const Bytes first = OleReceiver::Create(kSession, std::move(with_b.dealt.prover), b)->message();
  const Bytes second = OleReceiver::Create(kSession, std::move(with_c.dealt.prover), c)->message();
  for (std::size_t j = 0; j < kOleTransfers; ++j) {
    const bool differs = (((first[j / 8] ^ second[j / 8]) >> (j % 8)) & 1) != 0;
    EXPECT_EQ(differs, BitOf(b[0], j) != BitOf(c[0], j));
  }
}

TEST(FpOle, ASenderWithAnotherNumberForOneBitShiftsTheSumWhenThatBitIsSet) {
  // What a malicious sender can do at worst: the error is e * 2^j * b_j, and nothing here notices.
  for (const std::size_t j : {std::size_t{0}, std::size_t{7}, std::size_t{128}, std::size_t{255}}) {
    for (const bool set : {false, true}) {
      Bytes32 bytes{};
      bytes[31 - j / 8] = static_cast<std::uint8_t>((set ? 1 : 0) << (j % 8));
      bytes[j < 128 ? 8 : 30] |= 0x10;  // another bit, so that the number is not only this one
      Ends ends(10 + j, RandomNumbers(1, 11), BufferOf({*Fp256::Load(bytes.data())}));
      OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
      OleSent sent = *SendOle(kSession, std::move(ends.dealt.verifier), ends.a, receiver.message());
      const Fp256 error = Fp256::FromU64(5);
      std::uint8_t* const at = sent.message.data() + 32 * j;
      (*Fp256::Load(at) + error).Store(at);
      const Buffer<Fp256> y = *std::move(receiver).Finish(sent.message);
      Fp256 weight = Fp256::One();
      for (std::size_t k = 0; k < j; ++k) weight += weight;
      EXPECT_EQ(sent.shares[0] + y[0] - ends.a[0] * ends.b[0], set ? error * weight : Fp256()) << j;
    }
  }
}

TEST(FpOle, AReceiverWhoFlipsABitMultipliesByAnotherNumberAndLearnsNoMore) {
  Ends ends(20, RandomNumbers(1, 21), BufferOf({Fp256::FromU64(6)}));
  OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
  Bytes message = receiver.message();
  message[0] ^= 1;  // asks for 7, and does not have the key of that choice
  const OleSent sent = *SendOle(kSession, std::move(ends.dealt.verifier), ends.a, message);
  const Buffer<Fp256> y = *std::move(receiver).Finish(sent.message);
  EXPECT_NE(sent.shares[0] + y[0], ends.a[0] * Fp256::FromU64(6));
}

TEST(FpOle, OtherSessionsGiveOtherPads) {
  Ends ends(22, RandomNumbers(1, 23), RandomNumbers(1, 24));
  OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
  const OleSent sent = *SendOle(Bytes32{8}, std::move(ends.dealt.verifier), ends.a, receiver.message());
  const Buffer<Fp256> y = *std::move(receiver).Finish(sent.message);
  EXPECT_NE(sent.shares[0] + y[0], ends.a[0] * ends.b[0]);
}

TEST(FpOle, RefusesNumbersThatAreNotCanonical) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{200}, std::size_t{511}}) {
    Ends ends(30, RandomNumbers(2, 31), RandomNumbers(2, 32));
    OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
    OleSent sent = *SendOle(kSession, std::move(ends.dealt.verifier), ends.a, receiver.message());
    const Bytes32 prime = PrimeBytes();
    std::memcpy(sent.message.data() + 32 * at, prime.data(), prime.size());
    const auto y = std::move(receiver).Finish(sent.message);
    ASSERT_FALSE(y);
    EXPECT_EQ(y.error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(FpOle, RefusesMessagesOfAnotherLength) {
  for (const int change : {-1, 1}) {
    Ends ends(40, RandomNumbers(2, 41), RandomNumbers(2, 42));
    OleReceiver receiver = *OleReceiver::Create(kSession, std::move(ends.dealt.prover), ends.b);
    Bytes message = receiver.message();
    message.resize(message.size() + static_cast<std::size_t>(change));
    const auto sent = SendOle(kSession, std::move(ends.dealt.verifier), ends.a, message);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), ErrorCode::kProtocolViolation);
    const auto y = std::move(receiver).Finish(Bytes(2 * 8192 + static_cast<std::size_t>(change)));
    ASSERT_FALSE(y);
    EXPECT_EQ(y.error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(FpOle, RefusesAnotherNumberOfCorrelations) {
  Ends ends(50, RandomNumbers(2, 51), RandomNumbers(2, 52));
  const auto code = [&](const Buffer<Fp256>& numbers) {
    DealtCorrelations dealt = DealCorrelations(2 * kOleTransfers, Gf2_128::One(), ends.rng);
    const auto receiver = OleReceiver::Create(kSession, std::move(dealt.prover), numbers);
    const auto sent = SendOle(kSession, std::move(dealt.verifier), numbers, Bytes(32 * numbers.size()));
    EXPECT_TRUE(!receiver && !sent);
    EXPECT_EQ(sent.error().code(), receiver.error().code());
    return receiver.error().code();
  };
  EXPECT_EQ(code(RandomNumbers(1, 1)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(RandomNumbers(3, 1)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Buffer<Fp256>()), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mpcstats
