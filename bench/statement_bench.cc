// Time of the statements of zktls/statement at each end: key schedule, walk over a body, share commitments. The dealt
// correlations and messages are made outside of the time.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/statement/shares.h"
#include "mpcstats/zktls/statement/statement.h"
#include "mpcstats/zktls/vole/testing.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{1};

template <class T>
T Need(Result<T> result) {
  if (!result) std::abort();
  return std::move(*result);
}
void Need(const Status& status) {
  if (!status) std::abort();
}

// One program for both ends: `run` is called with a role and what it commits to.
template <class Program>
void Measure(benchmark::State& state, const Program& program, ByteSpan secret) {
  ZkMeter meter;
  Need(program(meter, PublicWitness{secret.size()}));
  const std::size_t count = meter.cost().Correlations();
  const bool is_prover = state.range(0) == 0;
  for (auto _ : state) {
    state.PauseTiming();
    SeededRng rng(1);
    DealtCorrelations dealt = DealCorrelations(count, RandomElement(rng), rng);
    ZkProver prover = Need(ZkProver::Create(kSession, std::move(dealt.prover)));
    ZkVerifier verifier = Need(ZkVerifier::Create(kSession, std::move(dealt.verifier)));
    if (is_prover) state.ResumeTiming();
    Need(program(prover, ProverWitness{secret}));
    const Bytes commitments = Need(prover.TakeCommitments());
    if (is_prover) state.PauseTiming();
    if (!is_prover) state.ResumeTiming();
    Need(verifier.Receive(commitments));
    Need(program(verifier, PublicWitness{secret.size()}));
    const Bytes challenge = Need(verifier.Challenge(rng));
    if (!is_prover) state.PauseTiming();
    if (is_prover) state.ResumeTiming();
    const Bytes proof = Need(prover.Prove(challenge));
    if (is_prover) state.PauseTiming();
    if (!is_prover) state.ResumeTiming();
    benchmark::DoNotOptimize(Need(verifier.Check(proof)));
    if (is_prover) state.ResumeTiming();
  }
  state.counters["witness_bits"] = static_cast<double>(meter.cost().witness_bits);
  state.SetLabel(is_prover ? "prover" : "verifier");
}

void BM_ShareOneNumber(benchmark::State& state) {
  const ShareContext context{.ctx = {}, .group = 0, .bits = 60};
  const Bytes row(8, 5);
  SeededRng rng(1);
  const RowShares shares = ShareRow(row, context, rng);
  Bytes secret = row;
  secret.insert(secret.end(), shares.witness.span().begin(), shares.witness.span().end());
  static_cast<void>(ShareCommitmentCircuit(8));
  // The row and the witness are committed to apart, as in a session.
  const auto part = [](const auto& witness, std::size_t offset, std::size_t size) {
    using Witness = std::remove_cvref_t<decltype(witness)>;
    if constexpr (std::is_same_v<Witness, ProverWitness>) {
      return ProverWitness{witness.bytes.subspan(offset, size)};
    } else {
      return PublicWitness{size};
    }
  };
  const auto program = [&](auto& zk, const auto& witness) -> Status {
    ASSIGN_OR_RETURN(const auto bits, zk.Commit(part(witness, 0, 8)));
    return ProveShares(zk, zk.Slice(bits, 0, 60), context, shares.commitments,
                       part(witness, 8, ShareWitnessBytes(8)));
  };
  Measure(state, program, secret);
}
BENCHMARK(BM_ShareOneNumber)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

std::string TreeFile(const std::string& name) {
  std::ifstream file(std::string(MPCSTATS_SOURCE_DIR) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

void BM_ExchangeResponse(benchmark::State& state) {
  const Template source = Need(ParseTemplate(TreeFile("examples/templates/exchange-eth.toml")));
  const std::string body =
      R"({"accountType":"SPOT","updateTime":1795352700000,"balances":[{"asset":"ETH","free":"1.50000000")"
      R"(,"locked":"0.00000000"}],"uid":354937868})";
  const std::string response =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: a=b\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  SurveyColumn balance;
  balance.name = "balance";
  balance.scale = 8;
  balance.max_units = 999'999'999'999'999'999;
  SurveyColumn account;
  account.name = "account";
  account.kind = ColumnKind::kUnique;
  const std::vector<SurveyColumn> columns = {account, balance};
  const auto statement = Need(ColumnsFor(source, columns));
  const ResponseClaim claim = Need(ResponseClaimOf(source, AsBytes(response)));
  StatementCircuits circuits(source, statement);
  const auto program = [&](auto& zk, const auto& witness) -> Status {
    ASSIGN_OR_RETURN(const auto bits, zk.Commit(witness));
    ASSIGN_OR_RETURN(const auto row, ProveResponse(zk, circuits, bits, claim));
    benchmark::DoNotOptimize(row.size());
    return {};
  };
  Measure(state, program, AsBytes(response));
}
BENCHMARK(BM_ExchangeResponse)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void BM_MakeTlsPrfCircuits(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(MakeHmacKeyCircuit(32));
    benchmark::DoNotOptimize(MakeHmacKeyCircuit(48));
    for (const std::size_t bytes : {32u, 16u, 12u, 8u})
      benchmark::DoNotOptimize(MakeSha256PublicBlockCircuit(bytes));
  }
}
BENCHMARK(BM_MakeTlsPrfCircuits)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mpcstats

BENCHMARK_MAIN();
