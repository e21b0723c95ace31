// Time of what prover and verifier do between the bytes of a session: base oblivious transfers, VOLE, AND gates, AES.
// One end at a time; the counter ns_per_item is per item the name says.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "mpcstats/circuit/sha256.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/ot/base_ot.h"
#include "mpcstats/zktls/vole/testing.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/role.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{1};

void Report(benchmark::State& state, double items) {
  state.counters["ns_per_item"] = benchmark::Counter(
      items * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class T>
T Need(Result<T> result) {
  if (!result) std::abort();
  return std::move(*result);
}
void Need(const Status& status) {
  if (!status) std::abort();
}

OtChoices SomeChoices(Rng& rng) {
  OtChoices choices;
  rng.Fill(choices);
  return choices;
}

void BM_BaseOtSender(benchmark::State& state) {
  SeededRng rng(1);
  const Secret<OtChoices> choices(SomeChoices(rng));
  const Bytes message = OtReceiver::Create(kSession, choices, rng).message();
  for (auto _ : state) {
    OtSender sender = OtSender::Create(kSession, rng);
    benchmark::DoNotOptimize(Need(std::move(sender).Finish(message)));
  }
  Report(state, kBaseOts);
}
BENCHMARK(BM_BaseOtSender)->Unit(benchmark::kMillisecond);

void BM_BaseOtReceiver(benchmark::State& state) {
  SeededRng rng(2);
  const Secret<OtChoices> choices(SomeChoices(rng));
  const Bytes message = OtSender::Create(kSession, rng).message();
  for (auto _ : state) {
    OtReceiver receiver = OtReceiver::Create(kSession, choices, rng);
    benchmark::DoNotOptimize(Need(std::move(receiver).Finish(message)));
  }
  Report(state, kBaseOts);
}
BENCHMARK(BM_BaseOtReceiver)->Unit(benchmark::kMillisecond);

/// Base transfers by a dealer, under the digits of Delta.
struct DealtTransfers {
  explicit DealtTransfers(Rng& rng) : digits(SomeChoices(rng)), pairs(kBaseOts), keys(kBaseOts) {
    for (std::size_t i = 0; i < kBaseOts; ++i) {
      for (OtKey& key : pairs[i]) rng.Fill(key);
      keys[i] = pairs[i][1 - ((digits[i / 8] >> (i % 8)) & 1u)];
    }
  }
  TreeDigits digits;
  OtKeyPairs pairs;
  OtKeys keys;
};

void BM_BuildTrees(benchmark::State& state) {
  SeededRng rng(3);
  const DealtTransfers dealt(rng);
  for (auto _ : state) benchmark::DoNotOptimize(BuildTrees(kSession, dealt.pairs, rng));
}
BENCHMARK(BM_BuildTrees)->Unit(benchmark::kMillisecond);

void BM_PunctureTrees(benchmark::State& state) {
  SeededRng rng(4);
  const DealtTransfers dealt(rng);
  const Bytes message = BuildTrees(kSession, dealt.pairs, rng).message;
  const Secret<TreeDigits> digits(dealt.digits);
  for (auto _ : state) benchmark::DoNotOptimize(Need(PuncturedLeaves(kSession, dealt.keys, digits, message)));
}
BENCHMARK(BM_PunctureTrees)->Unit(benchmark::kMillisecond);

/// Per correlation, the whole extension of one end.
void BM_VoleReceiver(benchmark::State& state) {
  SeededRng rng(5);
  const DealtTransfers dealt(rng);
  VoleReceiver::Created created = VoleReceiver::Create(kSession, dealt.pairs, rng);
  const auto count = static_cast<std::size_t>(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const Bytes corrections = Need(created.receiver.Extend(count));
    const auto response = Need(created.receiver.Respond(Bytes(16, 3)));
    bytes = corrections.size() + response.message.size();
    benchmark::DoNotOptimize(response.correlations.macs.data());
  }
  state.counters["bits_per_item"] = 8.0 * static_cast<double>(bytes) / static_cast<double>(count);
  Report(state, static_cast<double>(count));
}
BENCHMARK(BM_VoleReceiver)
    ->ArgName("n")
    ->Arg(100'000)
    ->Arg(500'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

/// The same at the other end; what the receiver does is not counted.
void BM_VoleSender(benchmark::State& state) {
  SeededRng rng(6);
  const DealtTransfers dealt(rng);
  VoleReceiver::Created created = VoleReceiver::Create(kSession, dealt.pairs, rng);
  VoleSender sender =
      Need(VoleSender::Create(kSession, Secret<TreeDigits>(dealt.digits), dealt.keys, created.message));
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Bytes corrections = Need(created.receiver.Extend(count));
    state.ResumeTiming();
    const Bytes challenge = Need(sender.Extend(count, corrections, rng));
    state.PauseTiming();
    const Bytes response = Need(created.receiver.Respond(challenge)).message;
    state.ResumeTiming();
    benchmark::DoNotOptimize(Need(sender.Verify(response)));
  }
  Report(state, static_cast<double>(count));
}
BENCHMARK(BM_VoleSender)
    ->ArgName("n")
    ->Arg(100'000)
    ->Arg(500'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

/// Both ends over dealt correlations. `program(zk, secret)` runs at each; `prover` says whose time counts.
template <class Program>
void RunZk(benchmark::State& state, std::size_t correlations, ByteSpan secret, bool prover_counts,
           double items, const Program& program) {
  SeededRng rng(7);
  const Gf2_128 delta = RandomElement(rng);
  for (auto _ : state) {
    state.PauseTiming();
    {
      DealtCorrelations dealt = DealCorrelations(correlations + kZkMaskBits, delta, rng);
      ZkProver prover = Need(ZkProver::Create(kSession, std::move(dealt.prover)));
      ZkVerifier verifier = Need(ZkVerifier::Create(kSession, std::move(dealt.verifier)));
      const auto timed = [&](bool counts, const auto& step) {
        if (counts) state.ResumeTiming();
        step();
        if (counts) state.PauseTiming();
      };
      Bytes message;
      timed(prover_counts, [&] {
        Need(program(prover, ProverWitness{secret}));
        message = Need(prover.TakeCommitments());
      });
      Bytes challenge;
      timed(!prover_counts, [&] {
        Need(verifier.Receive(message));
        Need(program(verifier, PublicWitness{secret.size()}));
        challenge = Need(verifier.Challenge(rng));
      });
      Bytes proof;
      timed(prover_counts, [&] { proof = Need(prover.Prove(challenge)); });
      timed(!prover_counts, [&] { benchmark::DoNotOptimize(Need(verifier.Check(proof))); });
    }
    state.ResumeTiming();
  }
  Report(state, items);
}

void Circuits(benchmark::State& state, bool prover_counts) {
  const Circuit circuit = MakeSha256CompressCircuit();
  constexpr int kTimes = 20;
  const Bytes secret(96, 0x5a);
  const std::size_t gates = kTimes * circuit.and_count();
  RunZk(state, 768 + gates, secret, prover_counts, static_cast<double>(gates),
        [&](auto& zk, const auto& witness) -> Status {
          ASSIGN_OR_RETURN(const auto in, zk.Commit(witness));
          for (int i = 0; i < kTimes; ++i) RETURN_IF_ERROR(zk.EvaluateCircuit(circuit, in));
          return {};
        });
}
void BM_ProverAndOfSha256(benchmark::State& state) { Circuits(state, true); }
void BM_VerifierAndOfSha256(benchmark::State& state) { Circuits(state, false); }
BENCHMARK(BM_ProverAndOfSha256)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_VerifierAndOfSha256)->Unit(benchmark::kMillisecond);

void WideAnds(benchmark::State& state, bool prover_counts) {
  constexpr std::size_t kBytes = 50'000;
  SeededRng rng(8);
  Bytes secret(kBytes);
  rng.Fill(secret);
  RunZk(state, 16 * kBytes, secret, prover_counts, 8 * kBytes, [&](auto& zk, const auto& witness) -> Status {
    ASSIGN_OR_RETURN(const auto in, zk.Commit(witness));
    RETURN_IF_ERROR(zk.And(in, in));
    return {};
  });
}
void BM_ProverAnd(benchmark::State& state) { WideAnds(state, true); }
void BM_VerifierAnd(benchmark::State& state) { WideAnds(state, false); }
BENCHMARK(BM_ProverAnd)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_VerifierAnd)->Unit(benchmark::kMillisecond);

/// Per block, with the key schedule spread over them.
void AesBlocks(benchmark::State& state, bool prover_counts) {
  constexpr std::size_t kBlocks = 128;
  const Bytes key(16, 0x2b);
  const Bytes blocks(16 * kBlocks, 0x6b);
  RunZk(state, 128 + 320 + 1280 * kBlocks, key, prover_counts, kBlocks,
        [&](auto& zk, const auto& witness) -> Status {
          ASSIGN_OR_RETURN(const auto bits, zk.Commit(witness));
          ASSIGN_OR_RETURN(const auto round_keys, zk.AesExpandKey(bits));
          RETURN_IF_ERROR(zk.AesEncrypt(round_keys, zk.Constant(blocks)));
          return {};
        });
}
void BM_ProverAesBlock(benchmark::State& state) { AesBlocks(state, true); }
void BM_VerifierAesBlock(benchmark::State& state) { AesBlocks(state, false); }
BENCHMARK(BM_ProverAesBlock)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_VerifierAesBlock)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mpcstats

BENCHMARK_MAIN();
