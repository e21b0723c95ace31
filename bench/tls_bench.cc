// Time of the TLS client, of the notary's observer and of its check of tags; one end at a time, without a network.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "mpcstats/zktls/tls/session_testing.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

// Processor time of this thread: other work of the machine does not count.
double Now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The client's part of a handshake: key, hello, chain, signature, Diffie-Hellman, both Finished.
void BM_TlsClientHandshake(benchmark::State& state, TestKey key, TlsSignature scheme) {
  TestCertificateOptions options;
  options.key = key;
  const Bytes der = IssueTestCertificate(&TestRoot(), options).Der();
  SystemRng rng;
  for (auto _ : state) {
    ServerHooks hooks;
    hooks.scheme = scheme;
    TestServer server({der}, SharedTestKey(key), hooks);
    double spent = 0;
    double begin = Now();
    LocalKeySchedule keys(rng);
    TlsClient client({.policy = TestPolicy()}, keys, rng);
    while (!client.connected()) {
      const Bytes up = client.TakeOutput();
      spent += Now() - begin;
      server.Receive(up);
      const Bytes down = server.TakeOutput();
      begin = Now();
      if (!client.Receive(down)) std::abort();
    }
    spent += Now() - begin;
    state.SetIterationTime(spent);
  }
}
BENCHMARK_CAPTURE(BM_TlsClientHandshake, ecdsa, TestKey::kP256, TlsSignature::kEcdsaP256Sha256)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_TlsClientHandshake, rsa, TestKey::kRsa2048, TlsSignature::kRsaPssRsaeSha256)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

// A whole log of 512 bytes up and `response` bytes down.
void BM_TlsObserver(benchmark::State& state) {
  TestSession session;
  const std::string response(static_cast<std::size_t>(state.range(0)), 'r');
  if (!Converse(session, std::string(512, 'q'), response)) std::abort();
  for (auto _ : state) {
    const auto observed = session.Observed();
    if (!observed) std::abort();
    benchmark::DoNotOptimize(observed->session_hash);
  }
}
BENCHMARK(BM_TlsObserver)->ArgName("response")->Arg(2048)->Arg(65536)->Unit(benchmark::kMicrosecond);

void BM_CheckTlsTags(benchmark::State& state) {
  TestSession session;
  if (!Converse(session, "q", std::string(static_cast<std::size_t>(state.range(0)), 'r'))) std::abort();
  const ObservedSession observed = *session.Observed();
  const std::vector<GcmBlock> j0(observed.server_records.records.size());
  const std::vector<ObservedRecord>& records = observed.server_records.records;
  const GcmBlock h{1};
  // Tags that hold for this key, so that every record is gone through.
  std::vector<ObservedRecord> right = records;
  for (ObservedRecord& record : right) {
    record.tag = PublicGhash(h).Hash(
        TlsAdditionalData(record.sequence, record.type, record.ciphertext.size()), record.ciphertext);
  }
  for (auto _ : state) {
    if (!CheckTlsTags(right, h, j0)) std::abort();
  }
}
BENCHMARK(BM_CheckTlsTags)->ArgName("response")->Arg(2048)->Arg(65536)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mpcstats

BENCHMARK_MAIN();
