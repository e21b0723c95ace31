// Time of half-gates garbling: what the prover and the notary spend on a gate, and on a whole session's plan.
// The counter gates_per_s counts AND gates; one end at a time, one thread.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/sha256.h"
#include "mpcstats/zktls/garble/half_gates.h"
#include "mpcstats/zktls/garble/testing.h"
#include "mpcstats/zktls/garble/tls_plan.h"

namespace mpcstats {
namespace {

constexpr std::array<std::uint8_t, 16> kStart{1};
constexpr Bytes32 kSession{1};

void Report(benchmark::State& state, std::size_t gates) {
  state.counters["gates_per_s"] =
      benchmark::Counter(static_cast<double>(gates), benchmark::Counter::kIsIterationInvariantRate);
}

const Circuit& CircuitOf(std::int64_t which) {
  static const Circuit kAes = MakeAes128Circuit();
  static const Circuit kSha256 = MakeSha256CompressCircuit();
  return which == 0 ? kAes : kSha256;
}

std::vector<Label> RandomLabels(std::size_t count, Rng& rng) {
  std::vector<Label> labels(count);
  for (Label& label : labels) label = RandomElement(rng);
  return labels;
}

// The argument is the circuit: 0 for AES-128 (6,400 gates, wide), 1 for a compression of SHA-256 (22,271, narrow).
void BM_Garble(benchmark::State& state) {
  const Circuit& circuit = CircuitOf(state.range(0));
  SeededRng rng(1);
  const Label delta = GarblingDelta(rng);
  const std::vector<Label> inputs = RandomLabels(circuit.input_bits(), rng);
  std::vector<Label> outputs(circuit.output_bits());
  Bytes rows(kRowBytes * circuit.and_count());
  HalfGates gates(kStart);
  for (auto _ : state) gates.Garble(circuit, delta, inputs, outputs, rows);
  Report(state, circuit.and_count());
}
BENCHMARK(BM_Garble)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void BM_Evaluate(benchmark::State& state) {
  const Circuit& circuit = CircuitOf(state.range(0));
  SeededRng rng(2);
  const std::vector<Label> inputs = RandomLabels(circuit.input_bits(), rng);
  std::vector<Label> outputs(circuit.output_bits());
  Bytes rows(kRowBytes * circuit.and_count());
  rng.Fill(rows);
  HalfGates gates(kStart);
  for (auto _ : state) gates.Evaluate(circuit, inputs, outputs, rows);
  Report(state, circuit.and_count());
}
BENCHMARK(BM_Evaluate)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

// The argument is the bucket of the request. All tables, output tables and the running hash.
void BM_SessionTables(benchmark::State& state) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    GarbleEnds ends = MakeGarbleEnds(tls.plan, kSession, 3);
    state.ResumeTiming();
    while (ends.garbler.tables_left()) benchmark::DoNotOptimize(ends.garbler.NextTables());
  }
  Report(state, tls.plan.and_count());
  state.counters["table_bytes"] = static_cast<double>(tls.plan.table_bytes());
}
BENCHMARK(BM_SessionTables)->Arg(256)->Arg(512)->Arg(1024)->Arg(2048)->Unit(benchmark::kMillisecond);

// Both ends of all phases, after the tables are there: what is left when the user acts.
void BM_SessionPhases(benchmark::State& state) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    GarbleEnds ends = MakeGarbleEnds(tls.plan, kSession, 4);
    if (!ExchangeTables(ends)) std::abort();
    state.ResumeTiming();
    for (const GarblePlan::Phase& phase : tls.plan.phases()) {
      if (!RunPhase(ends, BitString(phase.garbler_bits), BitString(phase.evaluator_bits))) std::abort();
    }
  }
  Report(state, tls.plan.and_count());
}
BENCHMARK(BM_SessionPhases)->Arg(256)->Arg(512)->Arg(1024)->Arg(2048)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mpcstats

BENCHMARK_MAIN();
