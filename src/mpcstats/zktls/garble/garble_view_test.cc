// What an evaluator sees, and when the garbler stops, say nothing of the garbler's bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "mpcstats/circuit/builder.h"
#include "mpcstats/zktls/garble/testing.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{12};

/// One secret bit of the garbler's against eight of the evaluator's: a masked and a shared output, and a public one that does
/// not depend on the secret.
struct SecretBit {
  static constexpr std::size_t kBits = 8;
  Circuit circuit;
  GarblePlan plan;

  SecretBit() : circuit(MakeCircuit()), plan(MakePlan(circuit)) {}
  static Circuit MakeCircuit() {
    CircuitBuilder builder;
    const Wires secret = builder.AddInput(1);
    const Wires x = builder.AddInput(kBits);
    Wires ands;
    for (const Wire wire : x) ands.push_back(builder.And(wire, secret[0]));
    builder.AddOutput(ands);
    builder.AddOutput(builder.Xor(ands, x));
    builder.AddOutput(x);
    return std::move(builder).Finish();
  }
  static GarblePlan MakePlan(const Circuit& circuit) {
    GarblePlanBuilder builder;
    const PlanWires secret = builder.GarblerInput(1);
    const PlanWires x = builder.EvaluatorInput(kBits);
    const PlanWires out = builder.Apply(circuit, {secret, x});
    builder.Output(out.Slice(0, kBits), OutputKind::kMasked);
    builder.Output(out.Slice(kBits, kBits), OutputKind::kShared);
    builder.Output(out.Slice(2 * kBits, kBits), OutputKind::kPublic);
    builder.EndPhase();
    return std::move(builder).Finish();
  }
};

/// What an evaluator does wrong. The number is of the session, the same for both secrets.
enum class Lie : std::uint8_t { kNone, kOutputBit, kDigest, kChoice, kLength, kAcknowledgement };
constexpr std::array kLies = {Lie::kNone,   Lie::kOutputBit, Lie::kDigest,
                              Lie::kChoice, Lie::kLength,    Lie::kAcknowledgement};

/// How the garbler takes it: nothing when it goes on.
std::optional<ErrorCode> GarblerStops(const GarblePlan& plan, std::uint64_t seed, Lie lie,
                                      std::uint8_t secret) {
  SeededRng rng(seed + 77);
  GarbleEnds ends = MakeGarbleEnds(plan, kSession, seed);
  Bytes hash = *GiveTables(ends.evaluator, AllTables(ends.garbler));
  if (lie == Lie::kAcknowledgement) hash[rng.Word() % hash.size()] ^= 1;
  if (const Status status = ends.garbler.ReceiveAcknowledgement(hash); !status) return status.error().code();
  Bytes choices = *ends.evaluator.Choose(RandomBits(SecretBit::kBits, rng));
  if (lie == Lie::kChoice) choices[0] ^= static_cast<std::uint8_t>(1u << (rng.Word() % 8));
  const auto labels = ends.garbler.StartPhase(choices, BitString{secret});
  if (!labels) return labels.error().code();
  Bytes message = ends.evaluator.Evaluate(*labels)->message;
  // The two bytes of bits, or the hash behind them.
  if (lie == Lie::kOutputBit) message[rng.Word() % 2] ^= static_cast<std::uint8_t>(1u << (rng.Word() % 8));
  if (lie == Lie::kDigest) message[2 + rng.Word() % 32] ^= 0x10;
  if (lie == Lie::kLength) message.pop_back();
  const auto outputs = ends.garbler.ReceiveOutputs(message);
  if (!outputs) return outputs.error().code();
  return std::nullopt;
}

TEST(GarbleView, TheGarblerStopsAlikeForASecretOfZeroAndOfOne) {
  const SecretBit plan;
  const std::size_t sessions = ScaledTrials(1000);
  std::array<std::size_t, 2> stopped{};
  for (std::uint64_t seed = 0; seed < sessions; ++seed) {
    const Lie lie = kLies[seed % kLies.size()];
    const auto zero = GarblerStops(plan.plan, seed, lie, 0);
    const auto one = GarblerStops(plan.plan, seed, lie, 1);
    ASSERT_EQ(zero, one) << "session " << seed;
    // A choice is the evaluator's own, and an honest one goes on; all else is caught.
    ASSERT_EQ(zero.has_value(), lie != Lie::kNone && lie != Lie::kChoice) << "session " << seed;
    stopped[zero.has_value() ? 1 : 0]++;
  }
  if (sessions >= kLies.size()) EXPECT_GT(stopped[0], 0u);
  if (sessions >= kLies.size()) EXPECT_GT(stopped[1], 0u);
}

/// How often each bit of what the evaluator gets is set, over many sessions: labels, and what it decodes of private outputs.
std::vector<std::size_t> CountsOfView(const GarblePlan& plan, std::size_t sessions, std::uint64_t first,
                                      std::uint8_t secret) {
  std::vector<std::size_t> counts;
  for (std::uint64_t seed = first; seed < first + sessions; ++seed) {
    GarbleEnds ends = MakeGarbleEnds(plan, kSession, seed);
    if (!ExchangeTables(ends)) std::abort();
    const Bytes labels = *LabelsFor(ends, BitString{secret}, BitString(SecretBit::kBits, 1));
    BitString view = BitsOf(labels);
    const Evaluator::Evaluated evaluated = *ends.evaluator.Evaluate(labels);
    view.insert(view.end(), evaluated.bits.data(), evaluated.bits.data() + 2 * SecretBit::kBits);
    counts.resize(view.size());
    for (std::size_t i = 0; i < view.size(); ++i) counts[i] += view[i];
  }
  return counts;
}

TEST(GarbleView, BitsOfTheViewAreBalancedForASecretOfZeroAndOfOne) {
  const SecretBit plan;
  const std::size_t sessions = ScaledTrials(1000);
  for (const std::uint8_t secret : {0, 1}) {
    const std::vector<std::size_t> counts = CountsOfView(plan.plan, sessions, 1'000'000 * secret, secret);
    const double middle = static_cast<double>(sessions) / 2;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      // Six standard deviations; 1,168 bits, fixed seeds.
      ASSERT_NEAR(static_cast<double>(counts[i]), middle, 3 * std::sqrt(static_cast<double>(sessions)) + 1)
          << "bit " << i << ", secret " << int{secret};
    }
  }
}

}  // namespace
}  // namespace mpcstats
