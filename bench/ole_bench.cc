// Time and bytes of the two-party key exchange: field products, OLE, the conversion of points, and the whole exchange. One
// end at a time where the name says so.
#include <benchmark/benchmark.h>
#include <openssl/bn.h>

#include <cstddef>
#include <cstdlib>
#include <utility>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/mpctls/key_exchange.h"
#include "mpcstats/zktls/ole/testing.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{1};

template <class T>
T Need(Result<T> result) {
  if (!result) std::abort();
  return std::move(*result);
}

void BM_Fp256Product(benchmark::State& state) {
  SeededRng rng(1);
  Fp256 a = Fp256::Random(rng);
  const Fp256 b = Fp256::Random(rng);
  for (auto _ : state) benchmark::DoNotOptimize(a *= b);
}
BENCHMARK(BM_Fp256Product);

/// The same by OpenSSL's integers, in Montgomery form too.
void BM_OpenSslProduct(benchmark::State& state) {
  SeededRng rng(1);
  BN_CTX* context = BN_CTX_new();
  BIGNUM* p = BN_bin2bn(PrimeBytes().data(), 32, nullptr);
  BN_MONT_CTX* montgomery = BN_MONT_CTX_new();
  BN_MONT_CTX_set(montgomery, p, context);
  BIGNUM* a = BN_bin2bn(StoredOf(Fp256::Random(rng)).data(), 32, nullptr);
  BIGNUM* b = BN_bin2bn(StoredOf(Fp256::Random(rng)).data(), 32, nullptr);
  for (auto _ : state) BN_mod_mul_montgomery(a, a, b, montgomery, context);
  for (BIGNUM* number : {a, b, p}) BN_free(number);
  BN_MONT_CTX_free(montgomery);
  BN_CTX_free(context);
}
BENCHMARK(BM_OpenSslProduct);

void BM_Fp256Inverse(benchmark::State& state) {
  SeededRng rng(2);
  Fp256 a = Fp256::Random(rng);
  for (auto _ : state) benchmark::DoNotOptimize(a = a.Inverse());
}
BENCHMARK(BM_Fp256Inverse);

Buffer<Fp256> Numbers(std::size_t count, Rng& rng) {
  Buffer<Fp256> out(count);
  for (Fp256& x : out.span()) x = Fp256::Random(rng);
  return out;
}

/// Five products at the sender, as a conversion takes.
void BM_OleSender(benchmark::State& state) {
  SeededRng rng(3);
  const Buffer<Fp256> numbers = Numbers(kEcToFieldProducts, rng);
  std::size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    DealtCorrelations dealt = DealCorrelations(kEcToFieldCorrelations, RandomElement(rng), rng);
    state.ResumeTiming();
    const OleSent sent = Need(SendOle(kSession, std::move(dealt.verifier), numbers, Bytes(160)));
    bytes = sent.message.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_OleSender)->Unit(benchmark::kMicrosecond);

/// The same at the receiver.
void BM_OleReceiver(benchmark::State& state) {
  SeededRng rng(4);
  const Buffer<Fp256> numbers = Numbers(kEcToFieldProducts, rng);
  const Bytes answer(kEcToFieldProducts * kOleSenderBytes);
  std::size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    DealtCorrelations dealt = DealCorrelations(kEcToFieldCorrelations, RandomElement(rng), rng);
    state.ResumeTiming();
    OleReceiver receiver = Need(OleReceiver::Create(kSession, std::move(dealt.prover), numbers));
    bytes = receiver.message().size();
    benchmark::DoNotOptimize(Need(std::move(receiver).Finish(answer)).data());
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_OleReceiver)->Unit(benchmark::kMicrosecond);

struct Material {
  EcToFieldMaterial prover;
  EcToFieldMaterial notary;
};
Material Deal(Rng& rng) {
  const auto [p, n] = DealEcToField(rng);
  return {EcToFieldMaterial(kSession, EcToFieldEnd::kSender, p),
          EcToFieldMaterial(kSession, EcToFieldEnd::kReceiver, n)};
}

/// Three openings at both ends, their points given.
void BM_EcToFieldOnlineBothEnds(benchmark::State& state) {
  SeededRng rng(5);
  const EcKey server = EcKey::Generate(rng);
  const Secret<EcCoordinates> v_p = Need(EcKey::Generate(rng).SharedPoint(server.point()));
  const Secret<EcCoordinates> v_n = Need(EcKey::Generate(rng).SharedPoint(server.point()));
  std::size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Material material = Deal(rng);
    state.ResumeTiming();
    EcToField p = Need(EcToField::Start(std::move(material.prover), kSession, {}, v_p));
    EcToField n = Need(EcToField::Start(std::move(material.notary), kSession, {}, v_n));
    const Bytes first_p = p.message();
    const Bytes second_p = Need(p.Answer(n.message()));
    const Bytes second_n = Need(n.Answer(first_p));
    const Bytes third_p = Need(p.Answer(second_n));
    const Bytes third_n = Need(n.Answer(second_p));
    bytes = first_p.size() + second_p.size() + third_p.size();
    benchmark::DoNotOptimize(Need(std::move(p).Finish(third_n)).share());
    benchmark::DoNotOptimize(Need(std::move(n).Finish(third_p)).share());
  }
  state.counters["bytes_each_way"] = static_cast<double>(bytes);
}
BENCHMARK(BM_EcToFieldOnlineBothEnds)->Unit(benchmark::kMicrosecond);

/// Key shares, scalar products, conversion, opening and its check, at both ends; material dealt.
void BM_KeyExchangeBothEnds(benchmark::State& state) {
  SeededRng rng(6);
  const EcKey server = EcKey::Generate(rng);
  for (auto _ : state) {
    state.PauseTiming();
    Material material = Deal(rng);
    state.ResumeTiming();
    NotaryKeyShare notary =
        Need(NotaryKeyShare::Create(kSession, std::move(material.notary), EcKey::Generate(rng)));
    ProverKeyShare prover =
        Need(ProverKeyShare::Create(kSession, std::move(material.prover), notary.point(), rng));
    const EcPoint client = prover.client_point();
    ProverConversion p = Need(std::move(prover).Start(server.point()));
    NotaryConversion n = Need(std::move(notary).Start(client, server.point()));
    const Bytes first_p = p.message();
    const Bytes second_p = Need(p.Answer(n.message()));
    const Bytes second_n = Need(n.Answer(first_p));
    const Bytes third_p = Need(p.Answer(second_n));
    const Bytes third_n = Need(n.Answer(second_p));
    ConvertedProverKey prover_key = Need(std::move(p).Finish(third_n));
    ConvertedNotaryKey notary_key = Need(std::move(n).Finish(third_p));
    const Buffer<std::uint8_t> opening = Need(std::move(notary_key).Open());
    benchmark::DoNotOptimize(Need(std::move(prover_key).CheckOpening(opening.span())).premaster_secret);
  }
}
BENCHMARK(BM_KeyExchangeBothEnds)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mpcstats

BENCHMARK_MAIN();
