// Time of the field kernels, for every implementation this processor supports. The counter ns_per_item is per
// AND gate for the kernels over groups of words (named gate), else per field element or per product.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "mpcstats/field/fp127.h"
#include "mpcstats/field/gf2_64.h"
#include "mpcstats/field/packed_kernels.h"
#include "mpcstats/field/vector_ops.h"

namespace mpcstats {
namespace {

using Word = std::uint64_t;
using Words = std::vector<Word>;

constexpr std::size_t kGroups = 512;  // 2^21 gates, 256 KB an array
constexpr double kGates = 64.0 * 64.0 * kGroups;

Words RandomWords(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  Words words(n);
  for (Word& word : words) word = random();
  return words;
}

std::vector<Fp127> RandomElements(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Fp127> elements(n);
  for (Fp127& element : elements) {
    std::uint8_t bytes[16];
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    element = Fp127::FromUniform(bytes);
  }
  return elements;
}

void Report(benchmark::State& state, double items) {
  state.counters["ns_per_item"] = benchmark::Counter(
      items * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

struct GroupInput {
  Words a = RandomWords(64 * kGroups, 1);
  Words b = RandomWords(64 * kGroups, 2);
  Words c = RandomWords(64 * kGroups, 3);
  Words d = RandomWords(64 * kGroups, 4);
  Words e = RandomWords(64 * kGroups, 5);
  Words f = RandomWords(64 * kGroups, 6);
  Words psi = RandomWords(64, 7);
  Words theta = RandomWords(kGroups, 8);
  Words out = Words(64 * kGroups);
};

template <typename Body>
void Add(const std::string& name, double items, Body body) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    GroupInput in;
    for (auto _ : state) {
      body(in);
      benchmark::ClobberMemory();
    }
    Report(state, items);
  });
}

void AddKernels(const PackedKernels& k) {
  const std::string tail = std::string("/kernels:") + k.name;
  // Two cross terms a gate, each a group of its own.
  Add("BM_Level1/gate" + tail, kGates / 2, [&k](GroupInput& in) {
    k.level1(in.a.data(), in.b.data(), kGroups, in.psi.data(), in.theta.data(), in.out.data());
  });
  Add("BM_Level1Pairs/gate" + tail, kGates, [&k](GroupInput& in) {
    k.level1_pairs(in.a.data(), in.b.data(), in.c.data(), in.d.data(), kGroups, in.psi.data(),
                   in.theta.data(), in.out.data());
  });
  // u with weights and v without, for both cross terms.
  Add("BM_FoldGroupsAll/gate" + tail, kGates, [&k](GroupInput& in) {
    for (const Words* x : {&in.a, &in.b}) {
      k.fold_groups(x->data(), kGroups, in.psi.data(), in.theta.data(), in.out.data());
    }
    for (const Words* x : {&in.c, &in.d})
      k.fold_groups(x->data(), kGroups, in.psi.data(), nullptr, in.out.data());
  });
  Add("BM_WeightedSum/gate" + tail, kGates, [&k](GroupInput& in) {
    benchmark::DoNotOptimize(k.weighted_sum(in.a.data(), kGroups, in.psi.data(), in.theta.data()));
  });
  Add("BM_AndGate/gate" + tail, kGates, [&k](GroupInput& in) {
    k.and3(in.a.data(), in.b.data(), in.c.data(), in.d.data(), in.e.data(), in.f.data(), 64 * kGroups,
           in.out.data());
  });
  Add("BM_Transpose64/gate" + tail, kGates,
      [&k](GroupInput& in) { k.transpose64(kGroups, in.a.data(), in.out.data()); });
  const double elements = 64.0 * kGroups;
  for (const std::size_t lambda : {2, 4, 8, 16, 32, 64, 128}) {
    const std::string width = "/lambda:" + std::to_string(lambda) + tail;
    Add("BM_Level/element" + width, elements, [&k, lambda](GroupInput& in) {
      k.level(in.a.data(), in.b.data(), 64 * kGroups, lambda, in.out.data());
    });
    Add("BM_Fold/element" + width, elements, [&k, lambda](GroupInput& in) {
      k.fold(in.a.data(), 64 * kGroups, lambda, in.b.data(), in.out.data());
    });
  }
  Add("BM_InnerProduct/element" + tail, elements, [&k](GroupInput& in) {
    benchmark::DoNotOptimize(k.inner_product(in.a.data(), in.b.data(), 64 * kGroups));
  });
  Add("BM_Multiply/element" + tail, elements,
      [&k](GroupInput& in) { k.multiply(in.a.data(), in.b.data(), 64 * kGroups, in.out.data()); });
  Add("BM_MultiplyScalar/element" + tail, elements,
      [&k](GroupInput& in) { k.multiply_scalar(in.a.data(), in.psi[0], 64 * kGroups, in.out.data()); });
}

constexpr std::size_t kPrimeElements = 1 << 14;

struct PrimeInput {
  std::vector<Fp127> u = RandomElements(kPrimeElements, 1);
  std::vector<Fp127> v = RandomElements(kPrimeElements, 2);
  std::vector<Fp127> out = std::vector<Fp127>(kPrimeElements);
};

void BM_Fp127InnerProduct(benchmark::State& state) {
  PrimeInput in;
  for (auto _ : state) benchmark::DoNotOptimize(VectorOps<Fp127>::InnerProduct(in.u, in.v));
  Report(state, kPrimeElements);
}
BENCHMARK(BM_Fp127InnerProduct);

void BM_Fp127Multiply(benchmark::State& state) {
  PrimeInput in;
  for (auto _ : state) {
    VectorOps<Fp127>::Multiply(in.u, in.v, in.out);
    benchmark::ClobberMemory();
  }
  Report(state, kPrimeElements);
}
BENCHMARK(BM_Fp127Multiply);

void BM_Fp127Scale(benchmark::State& state) {
  PrimeInput in;
  for (auto _ : state) {
    VectorOps<Fp127>::Scale(in.u, in.v[0], in.out);
    benchmark::ClobberMemory();
  }
  Report(state, kPrimeElements);
}
BENCHMARK(BM_Fp127Scale);

// Per product: lambda of them for each element.
void BM_Fp127Level(benchmark::State& state) {
  PrimeInput in;
  const auto lambda = static_cast<std::size_t>(state.range(0));
  std::vector<Fp127> message(2 * lambda - 1);
  for (auto _ : state) {
    VectorOps<Fp127>::Level(in.u, in.v, lambda, message);
    benchmark::ClobberMemory();
  }
  Report(state, static_cast<double>(kPrimeElements * lambda));
}
BENCHMARK(BM_Fp127Level)->ArgName("lambda")->RangeMultiplier(2)->Range(2, 128);

void BM_Fp127Fold(benchmark::State& state) {
  PrimeInput in;
  const auto lambda = static_cast<std::size_t>(state.range(0));
  const std::span<const Fp127> powers(in.v.data(), lambda);
  const std::span<Fp127> out(in.out.data(), kPrimeElements / lambda);
  for (auto _ : state) {
    VectorOps<Fp127>::Fold(in.u, powers, out);
    benchmark::ClobberMemory();
  }
  Report(state, kPrimeElements);
}
BENCHMARK(BM_Fp127Fold)->ArgName("lambda")->RangeMultiplier(2)->Range(2, 128);

// A chain, so the latency of one call.
void BM_Gf2_64ScalarProduct(benchmark::State& state) {
  Gf2_64 a = Gf2_64::FromU64(0x123456789);
  for (auto _ : state) {
    a *= a;
    benchmark::DoNotOptimize(a);
  }
  Report(state, 1);
}
BENCHMARK(BM_Gf2_64ScalarProduct);

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) {
  for (const mpcstats::PackedKernels* kernels : mpcstats::AllSupportedKernels())
    mpcstats::AddKernels(*kernels);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
