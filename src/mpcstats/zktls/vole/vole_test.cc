// The VOLE against its ideal functionality, M = K + x * Delta, and under cheating.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/vole/vole_kernels.h"
#include "mpcstats/zktls/vole/vole_messages.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"

namespace mpcstats {

extern const VoleKernels kPortableVole;

namespace {

constexpr Bytes32 kSession{7};

/// Base transfers by a dealer.
struct Dealt {
  OtKeyPairs pairs{kBaseOts};
  OtKeys keys{kBaseOts};
  Dealt(const TreeDigits& digits, Rng& rng) {
    for (std::size_t i = 0; i < kBaseOts; ++i) {
      rng.Fill(pairs[i][0]);
      rng.Fill(pairs[i][1]);
      keys[i] = pairs[i][1 - ((digits[i / 8] >> (i % 8)) & 1u)];
    }
  }
};

TreeDigits RandomDigits(Rng& rng) {
  TreeDigits digits;
  rng.Fill(digits);
  return digits;
}

struct Ends {
  VoleReceiver receiver;
  VoleSender sender;
};

Ends MakeEnds(const TreeDigits& digits, SeededRng& rng) {
  const Dealt dealt(digits, rng);
  VoleReceiver::Created created = VoleReceiver::Create(kSession, dealt.pairs, rng);
  return {std::move(created.receiver),
          *VoleSender::Create(kSession, Secret<TreeDigits>(digits), dealt.keys, created.message)};
}

struct Outputs {
  ProverCorrelations prover;
  VerifierCorrelations verifier;
};

Outputs Extend(Ends& ends, std::size_t count, Rng& rng) {
  const Bytes corrections = *ends.receiver.Extend(count);
  EXPECT_EQ(corrections.size(), CorrectionBytes(count));
  const Bytes challenge = *ends.sender.Extend(count, corrections, rng);
  VoleReceiver::Response response = *ends.receiver.Respond(challenge);
  EXPECT_EQ(response.message.size(), kVoleResponseBytes);
  return {std::move(response.correlations), *ends.sender.Verify(response.message)};
}

void ExpectIdeal(const Outputs& out, const TreeDigits& digits, std::size_t count) {
  ASSERT_EQ(out.prover.size(), count);
  ASSERT_EQ(out.prover.bits.size(), count);
  ASSERT_EQ(out.verifier.size(), count);
  const Gf2_128 delta = Gf2_128::Load(digits.data());
  out.verifier.delta.With(SecretAccess("test"), [&](Gf2_128 d) { EXPECT_EQ(d, delta); });
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_LE(out.prover.bits[i], 1);
    wrong += out.prover.macs[i] == out.verifier.keys[i] + delta.Times(out.prover.bits[i]) ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(Vole, MacsAreKeysPlusBitsTimesDeltaForEverySize) {
  SeededRng rng(1);
  const TreeDigits digits = RandomDigits(rng);
  Ends ends = MakeEnds(digits, rng);
  std::set<std::pair<std::uint64_t, std::uint64_t>> keys;
  std::size_t total = 0;
  for (const std::size_t count : {1, 63, 64, 65, 127, 128, 129, 16255, 16256, 16257, 16384, 40000}) {
    SCOPED_TRACE(count);
    const Outputs out = Extend(ends, count, rng);
    ExpectIdeal(out, digits, count);
    for (const Gf2_128 key : out.verifier.keys.span()) keys.emplace(key.low(), key.high());
    total += count;
  }
  // No extension repeats the stream of another.
  EXPECT_EQ(keys.size(), total);
}

TEST(Vole, TheWholeExchangeFromBaseTransfersOn) {
  SeededRng rng(2);
  VoleReceiverSetup receiver_setup = VoleReceiverSetup::Create(kSession, rng);
  VoleSenderSetup sender_setup = VoleSenderSetup::Create(kSession, rng);
  const Bytes first = receiver_setup.message();
  auto created = std::move(receiver_setup).Finish(sender_setup.message(), rng);
  ASSERT_TRUE(created);
  EXPECT_EQ(created->message.size(), 5120u);
  auto sender = std::move(sender_setup).Finish(first, created->message);
  ASSERT_TRUE(sender) << sender.error().message();
  Ends ends{std::move(created->receiver), std::move(*sender)};
  const Outputs out = Extend(ends, 1000, rng);
  TreeDigits digits;
  out.verifier.delta.With(SecretAccess("test"), [&](Gf2_128 delta) { delta.Store(digits.data()); });
  ExpectIdeal(out, digits, 1000);
}

TEST(Vole, TrafficIsFifteenBitsACorrelation) {
  EXPECT_LE(CorrectionBytes(500'000), 15 * 500'000 / 8 + 2 * 240);
  EXPECT_EQ(CorrectionBytes(128), 2u * 240u);
}

/// Pearson's statistic of byte counts; 255 degrees of freedom, so mean 255 and standard deviation 22.6.
double ByteChiSquare(ByteSpan bytes) {
  std::array<double, 256> counts{};
  for (const std::uint8_t byte : bytes) counts[byte] += 1;
  const double expected = static_cast<double>(bytes.size()) / 256;
  double sum = 0;
  for (const double count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Vole, OutputsLookUniform) {
  SeededRng rng(3);
  TreeDigits digits{};
  digits[0] = 1;  // an unbalanced Delta: what looks uniform is not due to it
  Ends ends = MakeEnds(digits, rng);
  const Outputs out = Extend(ends, 100'000, rng);
  const auto bytes = [](const Buffer<Gf2_128>& elements) {
    return ByteSpan(reinterpret_cast<const std::uint8_t*>(elements.data()), 16 * elements.size());
  };
  constexpr double kFiveSigmas = 255 + 5 * 22.6;
  EXPECT_LT(ByteChiSquare(bytes(out.prover.macs)), kFiveSigmas);
  EXPECT_LT(ByteChiSquare(bytes(out.verifier.keys)), kFiveSigmas);
  double ones = 0;
  for (const std::uint8_t bit : out.prover.bits.span()) ones += bit;
  EXPECT_NEAR(ones, 50'000, 5 * 158);
}

TEST(Vole, KernelsReturnTheSameBitsAsAesCounterStreams) {
  SeededRng rng(4);
  Buffer<Seed> seeds(kTreeLeaves);
  for (Seed& seed : seeds.span()) rng.Fill(seed);
  constexpr std::uint64_t kFirst = 0xfffffffeu;
  for (const std::size_t blocks : {1, 2, 3, 8, 65}) {
    std::vector<std::uint64_t> sum(2 * blocks);
    std::vector<std::uint64_t> planes(2 * blocks * kTreeDepth);
    for (std::size_t y = 0; y < kTreeLeaves; ++y) {
      const AesPrg prg(seeds[y]);
      for (std::size_t b = 0; b < blocks; ++b) {
        std::uint64_t words[2];
        // AesPrg puts the stream number first and a counter of zero last.
        prg.Generate(StreamId{kFirst + b, 0}, {reinterpret_cast<std::uint8_t*>(words), 16});
        for (std::size_t w = 0; w < 2; ++w) {
          sum[2 * b + w] ^= words[w];
          for (std::size_t j = 0; j < kTreeDepth; ++j) {
            if ((y >> j & 1) != 0) planes[2 * blocks * j + 2 * b + w] ^= words[w];
          }
        }
      }
    }
    for (const VoleKernels* kernels : {&kPortableVole, &GetVoleKernels()}) {
      std::vector<std::uint64_t> got_sum(sum.size(), 1);
      std::vector<std::uint64_t> got_planes(planes.size(), 1);
      kernels->stretch(seeds.data()->data(), kFirst, blocks, got_sum.data(), got_planes.data(), 2 * blocks);
      EXPECT_EQ(got_sum, sum) << kernels->name << " " << blocks;
      EXPECT_EQ(got_planes, planes) << kernels->name << " " << blocks;
    }
  }
}

// A wrong sum of one side of one level is seen by those who go the other way, and by nobody else: a guess of one bit.
TEST(Vole, WrongSumOfATreeIsCaughtUnlessItIsNotUsed) {
  std::size_t passed = 0;
  std::size_t trials = 0;
  for (const std::size_t tree : {0, 5, 15}) {
    for (std::size_t level = 1; level <= kTreeDepth; ++level) {
      for (const std::size_t side : {0, 1}) {
        SeededRng rng(100 * tree + 10 * level + side);
        const TreeDigits digits = RandomDigits(rng);
        const Dealt dealt(digits, rng);
        Bytes trees = VoleReceiver::Create(kSession, dealt.pairs, rng).message;
        trees[kTreeBytes * tree + 32 * (level - 1) + 16 * side + 3] ^= 0x10;
        const auto sender = VoleSender::Create(kSession, Secret<TreeDigits>(digits), dealt.keys, trees);
        const bool goes_there = ((digits[tree] >> (kTreeDepth - level)) & 1u) == side;
        EXPECT_EQ(sender.has_value(), goes_there) << tree << " " << level << " " << side;
        if (!sender) EXPECT_EQ(sender.error().code(), ErrorCode::kCheatingDetected);
        passed += sender.has_value() ? 1 : 0;
        ++trials;
      }
    }
  }
  EXPECT_GT(passed, trials / 4);
  EXPECT_LT(passed, 3 * trials / 4);
}

TEST(Vole, WrongSumOrHashOfLeafChecksIsAlwaysCaught) {
  for (const std::size_t at :
       {kTreeBytes - 64, kTreeBytes - 33, kTreeBytes - 32, kTreeBytes - 1, kTreesMessageBytes - 1}) {
    SeededRng rng(at);
    const TreeDigits digits = RandomDigits(rng);
    const Dealt dealt(digits, rng);
    Bytes trees = VoleReceiver::Create(kSession, dealt.pairs, rng).message;
    trees[at] ^= 1;
    const auto sender = VoleSender::Create(kSession, Secret<TreeDigits>(digits), dealt.keys, trees);
    ASSERT_FALSE(sender) << at;
    EXPECT_EQ(sender.error().code(), ErrorCode::kCheatingDetected);
  }
}

TEST(Vole, TreesOfAnotherSessionAreRefused) {
  SeededRng rng(5);
  const TreeDigits digits = RandomDigits(rng);
  const Dealt dealt(digits, rng);
  const Bytes trees = VoleReceiver::Create(Bytes32{8}, dealt.pairs, rng).message;
  EXPECT_FALSE(VoleSender::Create(kSession, Secret<TreeDigits>(digits), dealt.keys, trees));
}

TEST(Vole, DeltaZeroIsRefused) {
  SeededRng rng(6);
  const Dealt dealt(TreeDigits{}, rng);
  const Bytes trees = VoleReceiver::Create(kSession, dealt.pairs, rng).message;
  const auto sender = VoleSender::Create(kSession, Secret<TreeDigits>(TreeDigits{}), dealt.keys, trees);
  ASSERT_FALSE(sender);
  EXPECT_EQ(sender.error().code(), ErrorCode::kInvalidArgument);
}

/// Whether the sender accepts after `change` of the corrections.
template <class Change>
bool AcceptsCorrections(const TreeDigits& digits, std::uint64_t seed, std::size_t count, Change change) {
  SeededRng rng(seed);
  Ends ends = MakeEnds(digits, rng);
  Bytes corrections = *ends.receiver.Extend(count);
  change(corrections);
  const Bytes challenge = *ends.sender.Extend(count, corrections, rng);
  return ends.sender.Verify(ends.receiver.Respond(challenge)->message).has_value();
}

// A correction that is wrong in tree t shifts w by e times the digit of t: who sends it guesses that the digit is 0.
TEST(Vole, WrongCorrectionPassesForOneDigitOf256Alone) {
  SeededRng rng(8);
  std::size_t passed = 0;
  for (unsigned digit = 0; digit < 256; digit += digit < 8 ? 1 : 5) {
    TreeDigits digits = RandomDigits(rng);
    digits[4] = static_cast<std::uint8_t>(digit);
    const bool accepted = AcceptsCorrections(digits, digit, 200, [](Bytes& corrections) {
      corrections[3 * 48 + 5] ^= 0x40;  // tree 4: three of 48 bytes (3 blocks) before it
    });
    EXPECT_EQ(accepted, digit == 0) << digit;
    passed += accepted ? 1 : 0;
  }
  EXPECT_EQ(passed, 1u);
}

// Whoever gets away with it knows the digit and nothing more: two trees at once cost both digits.
TEST(Vole, WrongCorrectionsOfTwoTreesNeedBothDigits) {
  const auto change = [](Bytes& corrections) {
    corrections[0] ^= 1;
    corrections[48] ^= 1;
  };
  for (const unsigned digits_of_both : {0x0000u, 0x0001u, 0x0100u, 0x0202u}) {
    SeededRng rng(digits_of_both);
    TreeDigits digits = RandomDigits(rng);
    digits[1] = static_cast<std::uint8_t>(digits_of_both);
    digits[2] = static_cast<std::uint8_t>(digits_of_both >> 8);
    EXPECT_EQ(AcceptsCorrections(digits, digits_of_both, 200, change), digits_of_both == 0);
  }
}

TEST(Vole, EveryByteOfTheCorrectionsIsChecked) {
  SeededRng rng(9);
  TreeDigits digits = RandomDigits(rng);
  for (std::uint8_t& digit : digits) digit |= 1;
  for (std::size_t at = 0; at < CorrectionBytes(100); at += 29) {
    EXPECT_FALSE(AcceptsCorrections(digits, at, 100, [at](Bytes& corrections) { corrections[at] ^= 0x80; }))
        << at;
  }
}

TEST(Vole, ForgedResponseIsCaughtAndEndsTheSession) {
  for (std::size_t at = 0; at < kVoleResponseBytes; at += 5) {
    SeededRng rng(at);
    TreeDigits digits = RandomDigits(rng);
    digits[0] |= 1;  // else the bits of the response are not used for any column
    Ends ends = MakeEnds(digits, rng);
    const Bytes corrections = *ends.receiver.Extend(50);
    const Bytes challenge = *ends.sender.Extend(50, corrections, rng);
    Bytes response = ends.receiver.Respond(challenge)->message;
    response[at] ^= 1;
    const auto keys = ends.sender.Verify(response);
    ASSERT_FALSE(keys) << at;
    EXPECT_EQ(keys.error().code(), ErrorCode::kCheatingDetected);
    EXPECT_FALSE(ends.sender.Extend(50, *ends.receiver.Extend(50), rng));
  }
}

TEST(Vole, ResponseToAnotherChallengeIsCaught) {
  SeededRng rng(10);
  Ends ends = MakeEnds(RandomDigits(rng), rng);
  const Bytes corrections = *ends.receiver.Extend(50);
  Bytes challenge = *ends.sender.Extend(50, corrections, rng);
  challenge[0] ^= 1;
  EXPECT_FALSE(ends.sender.Verify(ends.receiver.Respond(challenge)->message));
}

TEST(Vole, ResponseOfAnEarlierExtensionIsCaught) {
  SeededRng rng(11);
  Ends ends = MakeEnds(RandomDigits(rng), rng);
  Bytes challenge = *ends.sender.Extend(50, *ends.receiver.Extend(50), rng);
  const Bytes old = ends.receiver.Respond(challenge)->message;
  ASSERT_TRUE(ends.sender.Verify(old));
  challenge = *ends.sender.Extend(50, *ends.receiver.Extend(50), rng);
  EXPECT_FALSE(ends.sender.Verify(old));
}

TEST(Vole, MessagesOutOfTurnAreRefused) {
  SeededRng rng(12);
  Ends ends = MakeEnds(RandomDigits(rng), rng);
  EXPECT_FALSE(ends.receiver.Respond(Bytes(kVoleChallengeBytes)));
  const Bytes corrections = *ends.receiver.Extend(50);
  EXPECT_FALSE(ends.receiver.Extend(50));
  EXPECT_FALSE(ends.receiver.Respond(Bytes(kVoleChallengeBytes - 1)));
  EXPECT_TRUE(ends.receiver.Respond(Bytes(kVoleChallengeBytes)));
  // A second challenge for the same extension would open more of it.
  EXPECT_FALSE(ends.receiver.Respond(Bytes(kVoleChallengeBytes)));
  EXPECT_FALSE(ends.sender.Verify(Bytes(kVoleResponseBytes)));
  EXPECT_FALSE(ends.sender.Extend(50, corrections, rng));
}

TEST(Vole, OtherLengthsAndCountsAreRefused) {
  SeededRng rng(13);
  for (const std::size_t size : {std::size_t{0}, CorrectionBytes(50) - 1, CorrectionBytes(50) + 1}) {
    Ends ends = MakeEnds(RandomDigits(rng), rng);
    const auto challenge = ends.sender.Extend(50, Bytes(size), rng);
    ASSERT_FALSE(challenge);
    EXPECT_EQ(challenge.error().code(), ErrorCode::kProtocolViolation);
  }
  Ends ends = MakeEnds(RandomDigits(rng), rng);
  EXPECT_FALSE(ends.receiver.Extend(0));
  EXPECT_FALSE(ends.receiver.Extend(kMaxCorrelations + 1));
  EXPECT_FALSE(ends.sender.Extend(0, {}, rng));
  EXPECT_FALSE(ends.sender.Extend(kMaxCorrelations + 1, {}, rng));
  const TreeDigits digits = RandomDigits(rng);
  const Dealt dealt(digits, rng);
  for (const std::size_t size : {std::size_t{0}, kTreesMessageBytes - 1, kTreesMessageBytes + 1}) {
    const auto sender = VoleSender::Create(kSession, Secret<TreeDigits>(digits), dealt.keys, Bytes(size));
    ASSERT_FALSE(sender);
    EXPECT_EQ(sender.error().code(), ErrorCode::kProtocolViolation);
  }
}

// What the verifier sees of the bits under a challenge of its choice is masked: over fresh masks the response's first
// half takes a new value each time, also for the challenge zero, which shows the mask alone.
TEST(Vole, ResponseToAChosenChallengeIsMasked) {
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SeededRng rng(seed);
    Ends ends = MakeEnds(RandomDigits(rng), rng);
    ASSERT_TRUE(ends.receiver.Extend(10));
    const Bytes message = ends.receiver.Respond(Bytes(kVoleChallengeBytes, 0))->message;
    seen.insert(Bytes(message.begin(), message.begin() + 16));
  }
  EXPECT_EQ(seen.size(), 20u);
}

}  // namespace
}  // namespace mpcstats
