// Garbler and evaluator over plans: what each learns, in which order, and what it costs.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mpcstats/circuit/add_mod.h"
#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/zktls/garble/testing.h"
#include "mpcstats/zktls/vole/vole_messages.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{3};

const Circuit& Aes() {
  static const Circuit kCircuit = MakeAes128Circuit();
  return kCircuit;
}

/// Encryption of the evaluator's block under the garbler's key, then of a constant under the result.
struct TwoBlocks {
  static constexpr std::uint8_t kBlock[16] = {9, 8, 7};
  GarblePlan plan;

  explicit TwoBlocks(OutputKind first, OutputKind second) : plan(Make(first, second)) {}
  static GarblePlan Make(OutputKind first, OutputKind second) {
    GarblePlanBuilder builder;
    const PlanWires key = builder.GarblerInput(128);
    const PlanWires block = builder.EvaluatorInput(128);
    const PlanWires one = builder.Apply(Aes(), {key, block});
    builder.Output(one, first);
    builder.EndPhase();
    // The next phase takes half of its key from the wires of this one.
    const PlanWires rest = builder.GarblerInput(64);
    const PlanWires two = builder.Apply(Aes(), {one.Slice(64, 64), rest, builder.Constant(kBlock)});
    builder.Output(two, second);
    builder.EndPhase();
    return std::move(builder).Finish();
  }
};

BitString Encrypt(const BitString& key, const BitString& block) {
  BitString input = key;
  input.insert(input.end(), block.begin(), block.end());
  return BitsOf(*EvaluateBytes(Aes(), PackBits(input)));
}

BitString Xor(const BitString& a, const BitString& b) {
  BitString out = a;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= b[i];
  return out;
}

struct Inputs {
  BitString key, block, rest;
  explicit Inputs(std::uint64_t seed) {
    SeededRng rng(seed);
    key = RandomBits(128, rng);
    block = RandomBits(128, rng);
    rest = RandomBits(64, rng);
  }
  BitString First() const { return Encrypt(key, block); }
  BitString Second() const {
    const BitString first = First();
    BitString second_key(first.begin() + 64, first.end());
    second_key.insert(second_key.end(), rest.begin(), rest.end());
    return Encrypt(second_key, BitsOf(TwoBlocks::kBlock));
  }
};

TEST(Garble, PublicOutputsAreLearnedByBoth) {
  const TwoBlocks two(OutputKind::kPublic, OutputKind::kPublic);
  const Inputs in(1);
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 2);
  ASSERT_TRUE(ExchangeTables(ends));
  const auto first = RunPhase(ends, in.key, in.block);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->garbler, in.First());
  EXPECT_EQ(first->evaluator, in.First());
  const auto second = RunPhase(ends, in.rest, {});
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->garbler, in.Second());
  EXPECT_EQ(second->evaluator, in.Second());
}

TEST(Garble, MaskedOutputsAreLearnedByTheGarblerAlone) {
  const TwoBlocks two(OutputKind::kMasked, OutputKind::kMasked);
  const Inputs in(3);
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 4);
  ASSERT_TRUE(ExchangeTables(ends));
  const auto first = RunPhase(ends, in.key, in.block);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->garbler, in.First());
  EXPECT_EQ(first->evaluator, Xor(in.First(), BitString(ends.masks.begin(), ends.masks.begin() + 128)));
  const auto second = RunPhase(ends, in.rest, {});
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->garbler, in.Second());
  EXPECT_EQ(second->evaluator, Xor(in.Second(), BitString(ends.masks.begin() + 128, ends.masks.end())));
}

TEST(Garble, SharedOutputsAreLearnedByNobody) {
  const TwoBlocks two(OutputKind::kShared, OutputKind::kPublic);
  const Inputs in(5);
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 6);
  ASSERT_TRUE(ExchangeTables(ends));
  const auto first = RunPhase(ends, in.key, in.block);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->garbler, ends.masks);
  EXPECT_EQ(Xor(first->garbler, first->evaluator), in.First());
  // The wires stay usable.
  const auto second = RunPhase(ends, in.rest, {});
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->garbler, in.Second());
}

// What the evaluator decodes of a masked output is uniform whatever the value is, and so is the colour it sees.
TEST(Garble, MaskedBitsAreBalancedForAConstantValue) {
  GarblePlanBuilder builder;
  const PlanWires bit = builder.GarblerInput(1);
  builder.Output(bit, OutputKind::kMasked);
  builder.EndPhase();
  const GarblePlan plan = std::move(builder).Finish();
  std::size_t ones = 0;
  constexpr std::size_t kTrials = 2000;
  for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
    GarbleEnds ends = MakeGarbleEnds(plan, kSession, seed);
    ASSERT_TRUE(ExchangeTables(ends));
    const auto result = RunPhase(ends, BitString{1}, {});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->garbler, BitString{1});
    ones += result->evaluator[0];
  }
  // Five standard deviations of a fair coin; the seeds are fixed.
  EXPECT_NEAR(static_cast<double>(ones), kTrials / 2.0, 5 * 22.4);
}

TEST(Garble, CorrelationsComeFromTheVoleWithRolesTurnedRound) {
  const TwoBlocks two(OutputKind::kPublic, OutputKind::kPublic);
  SeededRng rng(7);
  VoleReceiverSetup receiver_setup = VoleReceiverSetup::Create(kSession, rng);       // the evaluator
  VoleSenderSetup sender_setup = VoleSenderSetup::CreateForGarbling(kSession, rng);  // the garbler
  const Bytes first_message = receiver_setup.message();
  auto created = *std::move(receiver_setup).Finish(sender_setup.message(), rng);
  VoleSender sender = *std::move(sender_setup).Finish(first_message, created.message);
  const std::size_t count = two.plan.evaluator_bits();
  const Bytes challenge = *sender.Extend(count, *created.receiver.Extend(count), rng);
  VoleReceiver::Response response = *created.receiver.Respond(challenge);
  auto garbler =
      Garbler::Create(two.plan, kSession, *sender.Verify(response.message), Buffer<std::uint8_t>(), rng);
  ASSERT_TRUE(garbler) << garbler.error().message();
  auto evaluator = Evaluator::Create(two.plan, kSession, std::move(response.correlations));
  ASSERT_TRUE(evaluator);
  GarbleEnds ends{std::move(*garbler), std::move(*evaluator), {}};
  ASSERT_TRUE(ExchangeTables(ends));
  const Inputs in(8);
  const auto result = RunPhase(ends, in.key, in.block);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->evaluator, in.First());
}

TEST(Garble, DeltaOfTheVoleHasItsColourForEverySeed) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    SeededRng rng(seed);
    VoleReceiverSetup receiver_setup = VoleReceiverSetup::Create(kSession, rng);
    VoleSenderSetup sender_setup = VoleSenderSetup::CreateForGarbling(kSession, rng);
    const Bytes first_message = receiver_setup.message();
    auto created = *std::move(receiver_setup).Finish(sender_setup.message(), rng);
    VoleSender sender = *std::move(sender_setup).Finish(first_message, created.message);
    const Bytes challenge = *sender.Extend(1, *created.receiver.Extend(1), rng);
    const auto keys = *sender.Verify(created.receiver.Respond(challenge)->message);
    keys.delta.With(SecretAccess("test"), [](Gf2_128 delta) { EXPECT_EQ(ColourOf(delta), 1u); });
  }
}

TEST(Garble, MessagesHaveTheSizesOfThePlan) {
  const TwoBlocks two(OutputKind::kMasked, OutputKind::kShared);
  const std::size_t ands = Aes().and_count();
  EXPECT_EQ(two.plan.and_count(), 2 * ands);
  EXPECT_EQ(two.plan.table_bytes(), 2 * (32 * ands + 16 + 32 + 32 * 128));
  EXPECT_EQ(two.plan.mask_bits(), 256u);
  EXPECT_EQ(two.plan.evaluator_bits(), 128u);
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 9);
  std::size_t total = 0;
  while (ends.garbler.tables_left()) {
    const Bytes chunk = *ends.garbler.NextTables();
    EXPECT_TRUE(chunk.size() == kTableChunkBytes || !ends.garbler.tables_left());
    ASSERT_TRUE(ends.evaluator.ReceiveTables(chunk));
    total += chunk.size();
  }
  EXPECT_EQ(total, two.plan.table_bytes());
  const Bytes hash = *ends.evaluator.Acknowledge();
  EXPECT_EQ(hash.size(), 32u);
  ASSERT_TRUE(ends.garbler.ReceiveAcknowledgement(hash));
  const Inputs in(10);
  const Bytes corrections = *ends.evaluator.Choose(in.block);
  EXPECT_EQ(corrections.size(), 16u);
  const Bytes labels = *ends.garbler.StartPhase(corrections, in.key);
  EXPECT_EQ(labels.size(), 16u * 256);
  const Bytes message = ends.evaluator.Evaluate(labels)->message;
  EXPECT_EQ(message.size(), 16u + 32);
  ASSERT_TRUE(ends.garbler.ReceiveOutputs(message));
  EXPECT_EQ(ends.garbler.StartPhase({}, in.rest)->size(), 16u * 64);
}

TEST(Garble, ChoicesAreHiddenByRandomBits) {
  const TwoBlocks two(OutputKind::kPublic, OutputKind::kPublic);
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, seed);
    ASSERT_TRUE(ExchangeTables(ends));
    seen.insert(*ends.evaluator.Choose(BitString(128, 0)));
  }
  EXPECT_EQ(seen.size(), 20u);
}

TEST(Garble, NoLabelLeavesBeforeTheTablesAreAcknowledged) {
  const TwoBlocks two(OutputKind::kPublic, OutputKind::kPublic);
  const Inputs in(11);
  {
    GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 12);
    EXPECT_EQ(ends.garbler.StartPhase(Bytes(16), in.key).error().code(), ErrorCode::kInvalidArgument);
  }
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 12);
  const Bytes tables = AllTables(ends.garbler);
  EXPECT_EQ(ends.garbler.StartPhase(Bytes(16), in.key).error().code(), ErrorCode::kInvalidArgument);
  // And the garbler is done with.
  const Bytes hash = *GiveTables(ends.evaluator, tables);
  EXPECT_FALSE(ends.garbler.ReceiveAcknowledgement(hash));
}

TEST(Garble, LabelsOfAPhaseLeaveOnce) {
  const TwoBlocks two(OutputKind::kPublic, OutputKind::kPublic);
  const Inputs in(13);
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 14);
  ASSERT_TRUE(ExchangeTables(ends));
  const Bytes corrections = *ends.evaluator.Choose(in.block);
  ASSERT_TRUE(ends.garbler.StartPhase(corrections, in.key));
  // A second set of labels, for other bits, would show Delta.
  EXPECT_EQ(ends.garbler.StartPhase(corrections, in.rest).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ends.garbler.StartPhase(corrections, in.key).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Garble, PhasesEndAfterTheLast) {
  const TwoBlocks two(OutputKind::kPublic, OutputKind::kPublic);
  const Inputs in(15);
  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 16);
  ASSERT_TRUE(ExchangeTables(ends));
  ASSERT_TRUE(RunPhase(ends, in.key, in.block));
  ASSERT_TRUE(RunPhase(ends, in.rest, {}));
  EXPECT_EQ(ends.garbler.StartPhase({}, in.rest).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ends.evaluator.Evaluate(Bytes(16 * 64)).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Garble, RefusesWrongShapes) {
  const TwoBlocks two(OutputKind::kMasked, OutputKind::kPublic);
  SeededRng rng(17);
  const auto garbler = [&](std::size_t keys, Label delta, std::size_t masks, std::uint8_t mask) {
    Buffer<std::uint8_t> bits(masks);
    std::fill_n(bits.data(), masks, mask);
    return Garbler::Create(two.plan, kSession, DealCorrelations(keys, delta, rng).verifier, std::move(bits),
                           rng);
  };
  const Label delta = GarblingDelta(rng);
  EXPECT_TRUE(garbler(128, delta, 128, 1));
  EXPECT_EQ(garbler(127, delta, 128, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(garbler(128, delta, 127, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(garbler(128, delta, 128, 2).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(garbler(128, delta + Label::One(), 128, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Evaluator::Create(two.plan, kSession, DealCorrelations(129, delta, rng).prover).error().code(),
            ErrorCode::kInvalidArgument);

  GarbleEnds ends = MakeGarbleEnds(two.plan, kSession, 18);
  ASSERT_TRUE(ExchangeTables(ends));
  EXPECT_EQ(ends.evaluator.Choose(BitString(127)).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ends.garbler.StartPhase(Bytes(16), BitString(129)).error().code(), ErrorCode::kInvalidArgument);
}

// Its label would be 0 or Delta, whatever the inputs are.
TEST(Garble, RefusesAnOutputThatDependsOnNothing) {
  GarblePlanBuilder builder;
  builder.GarblerInput(1);
  builder.Output(builder.Constant(Bytes{0x55}), OutputKind::kPublic);
  builder.EndPhase();
  const GarblePlan plan = std::move(builder).Finish();
  GarbleEnds ends = MakeGarbleEnds(plan, kSession, 19);
  EXPECT_EQ(ends.garbler.NextTables().error().code(), ErrorCode::kInvalidArgument);
}

TEST(GarblePlan, DigestSaysEverything) {
  const auto digest = [](std::size_t bits, bool evaluator, std::uint8_t constant, const Circuit& circuit,
                         OutputKind kind, std::size_t first) {
    GarblePlanBuilder builder;
    const PlanWires a = evaluator ? builder.EvaluatorInput(bits) : builder.GarblerInput(bits);
    const PlanWires c = builder.Constant(Bytes(16, constant));
    const PlanWires out = builder.Apply(circuit, {a.Slice(first, 128), c});
    builder.Output(out, kind);
    builder.EndPhase();
    return std::move(builder).Finish().digest();
  };
  CircuitBuilder other;
  const Wires a = other.AddInput(128);
  const Wires b = other.AddInput(128);
  other.AddOutput(other.Xor(a, b));
  const Circuit sum = std::move(other).Finish();
  std::set<Bytes32> seen;
  for (const std::size_t bits : {130u, 131u}) {
    for (const bool evaluator : {false, true}) {
      for (const std::uint8_t constant : {0, 1}) {
        for (const Circuit* circuit : {&Aes(), &sum}) {
          for (const OutputKind kind : {OutputKind::kPublic, OutputKind::kMasked, OutputKind::kShared}) {
            for (const std::size_t first : {0u, 1u}) {
              seen.insert(digest(bits, evaluator, constant, *circuit, kind, first));
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), 96u);
  EXPECT_EQ(digest(130, true, 0, Aes(), OutputKind::kPublic, 0),
            digest(130, true, 0, Aes(), OutputKind::kPublic, 0));
}

TEST(GarblePlanDeathTest, StopsOnBrokenPlans) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  GarblePlanBuilder builder;
  const PlanWires a = builder.GarblerInput(100);
  EXPECT_DEATH(static_cast<void>(builder.Apply(Aes(), {a, a})), "input_bits");
  EXPECT_DEATH(builder.Output(PlanWires{90, 20}, OutputKind::kPublic), "wire_count");
  EXPECT_DEATH(static_cast<void>(a.Slice(90, 20)), "size");
  EXPECT_DEATH(static_cast<void>(std::move(builder).Finish()), "inputs");
}

}  // namespace
}  // namespace mpcstats
