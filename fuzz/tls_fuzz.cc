// A TLS session with a server of ours whose bytes the input changes, for client and observer: they end with an error or
// as if nothing had been changed, and never in another way. The first byte picks what is fed.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/proxy/relay.h"
#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

void CheckFault(const Status& status) {
  if (status) return;
  CHECK(!status.error().message().empty() && status.error().code() != ErrorCode::kInternal);
}

// Bytes of the input are all that the server says.
void RawClient(ByteSpan input) {
  SeededRng rng(1);
  LocalKeySchedule keys(rng);
  TlsClient client({.policy = TestPolicy()}, keys, rng);
  while (!input.empty()) {
    const std::size_t size = std::min<std::size_t>(input.size(), 1 + input[0] % 64);
    CheckFault(client.Receive(input.first(size)));
    input = input.subspan(size);
  }
  CHECK(!client.connected());
  CHECK(!client.Send(AsBytes("secret")).has_value());
}

// The honest server's flight of one fixed session.
struct Recorded {
  Bytes client;
  Bytes server;
};

const Recorded& Record() {
  static const Recorded kRecorded = [] {
    TestSession session;
    CHECK(Converse(session, "a request", std::string(100, 'a'), 40).has_value());
    return Recorded{session.client_log(), session.server_log()};
  }();
  return kRecorded;
}

// Three bytes a change: which stream, where, what; then the streams go to an observer.
void ChangedLog(ByteSpan input) {
  Bytes client = Record().client;
  Bytes server = Record().server;
  for (; input.size() >= 4; input = input.subspan(4)) {
    Bytes& stream = (input[0] & 1) != 0 ? client : server;
    if (stream.empty()) continue;
    const std::size_t at = (input[1] * 256u + input[2]) % stream.size();
    const auto where = stream.begin() + static_cast<std::ptrdiff_t>(at);
    switch (input[0] >> 1 & 3) {
      case 0: *where ^= input[3]; break;
      case 1: stream.erase(where); break;
      case 2: stream.insert(where, input[3]); break;
      case 3: stream.resize(at); break;
    }
  }
  const auto observed =
      TestSession::ObserveLog(TestPolicy(), client, server, 1 + (input.empty() ? 99 : input[0]));
  if (!observed) {
    CHECK(!observed.error().message().empty());
    return;
  }
  // The handshake that was signed and hashed is the honest one, whatever became of the records after it.
  CHECK(observed->client.records.size() >= 1 && observed->server_records.records.size() >= 1);
  CHECK(observed->client.records[0].ciphertext.size() == 16);
  for (const ObservedRecord& record : observed->server_records.records) {
    CHECK(record.offset + kTlsHeaderBytes + kTlsGcmOverhead + record.ciphertext.size() <= server.size());
  }
}

void Parsers(ByteSpan input) {
  (void)ParseTlsServerHello(input);
  (void)ParseTlsCertificates(input);
  (void)ParseTlsServerKeyExchange(input);
  (void)ParseTlsClientKeyExchange(input);
  (void)TlsFaultOfAlert(TlsSide::kServer, input);
}

void RelayFrames(ByteSpan input) {
  Relay relay(TestPolicy(), {.max_sent = 1000, .max_received = 1000}, {});
  while (!input.empty()) {
    const std::size_t size = std::min<std::size_t>(input.size() - 1, input[0]);
    const ByteSpan part = input.subspan(1, size);
    CheckFault((size & 1) != 0 ? relay.FromProver(part, {}) : relay.FromServer(part, {}));
    input = input.subspan(1 + size);
    CHECK(relay.TakeForServer().size() <= 1000);
  }
  (void)std::move(relay).Finish();
}

void Run(ByteSpan input) {
  if (input.empty()) return;
  const ByteSpan rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0: RawClient(rest); break;
    case 1: ChangedLog(rest); break;
    case 2: Parsers(rest); break;
    case 3: RelayFrames(rest); break;
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
