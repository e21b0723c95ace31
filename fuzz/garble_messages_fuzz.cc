// Every message between garbler and evaluator, honest but for what the input does to it: each end refuses it with a clear
// error or, when nothing changed, goes on; what both accept is the same at both.
// The input is changed_message.h's. Changed tables are acknowledged as if they were not: the garbler is who lies.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "changed_message.h"
#include "mpcstats/base/check.h"
#include "mpcstats/circuit/builder.h"
#include "mpcstats/zktls/garble/testing.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{1};
constexpr std::size_t kBits = 20;

Circuit MakeCircuit() {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(kBits);
  const Wires b = builder.AddInput(kBits);
  builder.AddOutput(builder.And(a, b));
  builder.AddOutput(builder.Xor(builder.And(builder.Not(a), b), a));
  builder.AddOutput(builder.Xor(a, b));
  return std::move(builder).Finish();
}

GarblePlan MakePlan(const Circuit& circuit) {
  GarblePlanBuilder builder;
  const PlanWires a = builder.GarblerInput(kBits);
  const PlanWires b = builder.EvaluatorInput(kBits);
  const PlanWires out = builder.Apply(circuit, {a, b});
  builder.Output(out.Slice(0, kBits), OutputKind::kPublic);
  builder.Output(out.Slice(kBits, kBits), OutputKind::kMasked);
  builder.Output(out.Slice(2 * kBits, kBits), OutputKind::kShared);
  builder.EndPhase();
  return std::move(builder).Finish();
}

void Run(ByteSpan input) {
  static const Circuit kCircuit = MakeCircuit();
  static const GarblePlan kPlan = MakePlan(kCircuit);
  const ChangedMessage change(input, 5);
  SeededRng rng(2);
  GarbleEnds honest = MakeGarbleEnds(kPlan, kSession, 1);
  GarbleEnds ends = MakeGarbleEnds(kPlan, kSession, 1);
  const Bytes tables = AllTables(ends.garbler);
  if (const auto given = GiveTables(ends.evaluator, change.Of(0, tables)); !given) {
    return CheckRefusal(given.error());
  }
  const Bytes hash = *GiveTables(honest.evaluator, tables);
  const Bytes acknowledged = change.Of(1, hash);
  if (const Status status = ends.garbler.ReceiveAcknowledgement(acknowledged); !status) {
    return CheckRefusal(status.error());
  }
  CHECK(acknowledged == hash);
  const Bytes choices = change.Of(2, *ends.evaluator.Choose(RandomBits(kBits, rng)));
  const auto labels = ends.garbler.StartPhase(choices, RandomBits(kBits, rng));
  if (!labels) return CheckRefusal(labels.error());
  const auto evaluated = ends.evaluator.Evaluate(change.Of(3, *labels));
  if (!evaluated) return CheckRefusal(evaluated.error());
  const Bytes returned = change.Of(4, evaluated->message);
  const auto outputs = ends.garbler.ReceiveOutputs(returned);
  if (!outputs) return CheckRefusal(outputs.error());
  CHECK(returned == evaluated->message);
  for (std::size_t i = 0; i < 2 * kBits; ++i) {
    const std::uint8_t mask = i < kBits ? 0 : ends.masks[i - kBits];
    CHECK((*outputs)[i] == (evaluated->bits[i] ^ mask));
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
