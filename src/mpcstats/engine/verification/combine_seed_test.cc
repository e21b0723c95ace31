// The seed of a proof of combinations on its way from the lead to the prover, between three whole parties. Such a proof has one
// level: nothing but the echo of the seed stands between a wrong one and the second's answer.
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHeader = 32;
constexpr std::uint32_t kSeedRound = 1;  // after the combination's own
constexpr std::uint32_t kLastMessage = 2;
constexpr std::size_t kSeedBytes = 16;

struct SeedRun {
  SimulationResult result;
  std::array<bool, 3> finished{};
};

template <typename K>
SeedRun RunCombination(const FrameHook& hook) {
  SeedRun run;
  run.result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        std::vector<ArithColumn<K>> columns;
        for (unsigned w = 0; w < 2; ++w) columns.push_back(RandomElements<K>(ctx, 30));
        const ArithColumn<K> factors = RandomElements<K>(ctx, 2);
        ArithColumn<K> z = co_await Combine<K>(ctx, std::move(columns), factors);
        const std::vector<K> opened = co_await Open(ctx, z, "z");
        run.finished[ctx.session().self().value()] = opened.size() == 30;
        co_return Done();
      },
      {.seed = 4, .hook = hook, .pools = {}});
  return run;
}

using Frames = std::map<std::tuple<std::uint32_t, unsigned, unsigned>, Bytes>;

template <typename K>
Frames Record() {
  Frames frames;
  const SeedRun run = RunCombination<K>([&](const FrameInFlight& flight) {
    frames[{flight.round, flight.from.value(), flight.to.value()}] = *flight.frame;
  });
  EXPECT_TRUE(run.result.ok());
  for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(run.finished[i]);
  return frames;
}

// What is wrong when `lead` says another seed; empty when the second ends before its answer and nobody has a result.
template <typename K>
std::string Fault(unsigned lead, const std::function<void(std::uint8_t* seed)>& alter) {
  const unsigned prover = (lead + 1) % 3, second = (lead + 2) % 3;
  bool met = false, answered = false;
  const SeedRun run = RunCombination<K>([&](const FrameInFlight& flight) {
    const bool seed =
        flight.round == kSeedRound && flight.from.value() == lead && flight.to.value() == prover;
    if (seed && flight.frame->size() == kHeader + kSeedBytes) {
      const Bytes before = *flight.frame;
      alter(flight.frame->data() + kHeader);
      met = before != *flight.frame;
    }
    answered |= flight.from.value() == second && flight.round > kLastMessage && !flight.frame->empty();
  });
  if (!met) return "the seed was not met";
  if (answered) return "the second answered";
  if (!run.result.error[second]) return "the second went on";
  if (run.result.error[second]->code() != ErrorCode::kCheatingDetected)
    return "the second ended with " + run.result.error[second]->message();
  for (unsigned i = 0; i < 3; ++i) {
    if (run.finished[i] || !run.result.error[i]) return "party " + std::to_string(i) + " has a result";
  }
  return "";
}

template <typename K>
struct CombineSeed : testing::Test {};
using Fields = testing::Types<Fp127, Gf2_64>;
TYPED_TEST_SUITE(CombineSeed, Fields);

TYPED_TEST(CombineSeed, HasOneLevelAndItsOwnRound) {
  const Frames frames = Record<TypeParam>();
  for (unsigned lead = 0; lead < 3; ++lead) {
    EXPECT_EQ(frames.at({kSeedRound, lead, (lead + 1) % 3}).size(), kHeader + kSeedBytes);
    // Two entries for each of two columns: nine coefficients, then q, a share and one check value.
    EXPECT_EQ(frames.at({kLastMessage, lead, (lead + 2) % 3}).size(), kHeader + 9 * TypeParam::kBytes);
    EXPECT_EQ(frames.at({kLastMessage + 1, lead, (lead + 1) % 3}).size(), kHeader + 3 * TypeParam::kBytes);
  }
}

TYPED_TEST(CombineSeed, WithOneWrongBitStopsTheSecondBeforeItAnswers) {
  for (unsigned lead = 0; lead < 3; ++lead) {
    for (std::size_t bit = 0; bit < 8 * kSeedBytes; bit += ScaledStride()) {
      EXPECT_EQ(
          Fault<TypeParam>(
              lead, [&](std::uint8_t* seed) { seed[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8); }),
          "")
          << "lead " << lead << " bit " << bit;
    }
  }
}

TYPED_TEST(CombineSeed, OfAnotherProofOrOfZerosStopsTheSecondBeforeItAnswers) {
  const Frames frames = Record<TypeParam>();
  for (unsigned lead = 0; lead < 3; ++lead) {
    for (unsigned other = 0; other < 3; ++other) {
      const Bytes& frame = frames.at({kSeedRound, other, (other + 1) % 3});
      const std::string fault = Fault<TypeParam>(
          lead, [&](std::uint8_t* seed) { std::copy_n(frame.data() + kHeader, kSeedBytes, seed); });
      EXPECT_EQ(fault, other == lead ? "the seed was not met" : "") << lead << " " << other;
    }
    EXPECT_EQ(Fault<TypeParam>(lead, [](std::uint8_t* seed) { std::fill_n(seed, kSeedBytes, 0); }), "");
  }
}

}  // namespace
}  // namespace mpcstats
