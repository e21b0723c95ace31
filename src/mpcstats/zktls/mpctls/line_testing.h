// A connection to a server of ours with the keys in two halves, for tests and fuzzing: prover and notary in a thread each, over channels
// in memory that may be tapped.
//
//   const LineOutcome out = RunLineOnce({.change_prover = ..., .request = "GET / HTTP/1.1\r\n\r\n"});
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/mpctls/notary_line.h"
#include "mpcstats/zktls/mpctls/shared_keys.h"
#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {

inline constexpr Bytes32 kLineSession{5};
inline constexpr std::string_view kLineRequest = "GET /balance HTTP/1.1\r\nHost: example.test\r\n\r\n";
inline constexpr std::string_view kLineResponse =
    "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"free\":12.5}";

/// A channel that counts, and may change what it sends.
class TappedChannel final : public SessionChannel {
 public:
  using Change = std::function<void(MpcMessage type, std::size_t index, Bytes& frame)>;
  TappedChannel(SessionChannel& channel, Change change) : channel_(&channel), change_(std::move(change)) {}
  Status Send(ByteSpan frame) override {
    Bytes changed(frame.begin(), frame.end());
    const auto type = static_cast<MpcMessage>(frame.size() > 1 ? frame[1] : 0);
    if (change_) change_(type, counts_[frame.size() > 1 ? frame[1] : 0]++, changed);
    if (static_cast<int>(type) > static_cast<int>(MpcMessage::kMasks)) online_bytes += changed.size();
    bytes += changed.size();
    return channel_->Send(changed);
  }
  Result<Bytes> Receive(std::size_t limit) override { return channel_->Receive(limit); }

  std::size_t bytes = 0;
  std::size_t online_bytes = 0;  ///< after the preparation

 private:
  SessionChannel* channel_;
  Change change_;
  std::array<std::size_t, 256> counts_{};
};

struct LineSetup {
  TappedChannel::Change change_prover = {};
  TappedChannel::Change change_notary = {};
  std::string request = std::string(kLineRequest);
  ServerHooks hooks = {};
  std::optional<Bytes32> random = {};  ///< the client's, of a prover who has it from elsewhere
  std::uint64_t prover_seed = 31;
  std::uint64_t notary_seed = 32;
  TlsPolicy policy = TestPolicy();            ///< the notary's
  std::function<std::uint64_t()> clock = {};  ///< the notary's; none: MillisecondsAt
};

/// What the notary's clock shows in a stage of the order, if nothing else is said.
inline std::uint64_t MillisecondsAt(MpcOrder::Stage stage) {
  static const auto kTime =
      std::chrono::duration_cast<std::chrono::milliseconds>(TestPolicy().now.time_since_epoch());
  return static_cast<std::uint64_t>(kTime.count()) + static_cast<std::uint64_t>(stage);
}

struct LineOutcome {
  Result<ClosedKeys> prover = Fail(ErrorCode::kInternal, "not run");
  Result<ClosedLine> notary = Fail(ErrorCode::kInternal, "not run");
  std::string asked;        ///< what the server read
  std::string plain_early;  ///< what the client had before the key was open
  Bytes client_log, server_log;
  EcPoint client_point{};
  Bytes32 client_random{};
  std::size_t to_notary = 0;
  std::size_t to_notary_online = 0;
};

/// SharedKeys with the random of a prover who does not follow.
class KeysOfAnotherRandom final : public KeySchedule {
 public:
  KeysOfAnotherRandom(SharedKeys& keys, const std::optional<Bytes32>& random)
      : keys_(&keys), random_(random) {}
  Bytes32 ClientRandom(Rng& rng) override { return random_ ? *random_ : keys_->ClientRandom(rng); }
  Result<EcPoint> ClientPoint() override { return keys_->ClientPoint(); }
  Status Derive(const Handshake& handshake) override { return keys_->Derive(handshake); }
  Result<TlsVerifyData> ClientVerifyData(const Bytes32& hash) override {
    return keys_->ClientVerifyData(hash);
  }
  Result<TlsVerifyData> ServerVerifyData(const Bytes32& hash) override {
    return keys_->ServerVerifyData(hash);
  }
  Result<std::unique_ptr<RecordProtection>> Records() override { return keys_->Records(); }

 private:
  SharedKeys* keys_;
  std::optional<Bytes32> random_;
};

/// The prover's thread: TLS with a server in this process.
inline Result<ClosedKeys> RunLineProver(SessionChannel& channel, const LineSetup& setup, LineOutcome& out) {
  SeededRng rng(setup.prover_seed);
  MpcConversation notary(channel, MpcEnd::kProver);
  ASSIGN_OR_RETURN(ProverPreparation preparation, PrepareAsProver(notary, kLineSession, 256, rng));
  SharedKeys keys(notary, std::move(preparation));
  out.client_point = *keys.ClientPoint();
  KeysOfAnotherRandom schedule(keys, setup.random);
  TlsClient client({.policy = TestPolicy()}, schedule, rng);
  out.client_random = client.client_random();
  TestServer server({IssueTestCertificate(&TestRoot(), {}).Der()}, SharedTestKey(TestKey::kP256),
                    setup.hooks);
  RelayLog log;
  const auto pump = [&]() -> Status {
    for (;;) {
      const Bytes up = client.TakeOutput();
      log.Add(TlsSide::kClient, up);
      out.client_log.insert(out.client_log.end(), up.begin(), up.end());
      server.Receive(up);
      const Bytes down = server.TakeOutput();
      if (up.empty() && down.empty()) return {};
      if (down.empty()) continue;
      log.Add(TlsSide::kServer, down);
      out.server_log.insert(out.server_log.end(), down.begin(), down.end());
      RETURN_IF_ERROR(keys.ServerSaid(down));
      RETURN_IF_ERROR(client.Receive(down));
    }
  };
  RETURN_IF_ERROR(pump());
  if (!client.connected()) return Fail(ErrorCode::kUnavailable, "no connection");
  RETURN_IF_ERROR(client.Send(AsBytes(setup.request)));
  RETURN_IF_ERROR(pump());
  out.asked = server.received();
  server.SendData(kLineResponse);
  server.CloseNotify();
  RETURN_IF_ERROR(pump());
  const Buffer<std::uint8_t> early = client.TakeReceived();
  out.plain_early.assign(early.span().begin(), early.span().end());
  return keys.Close(log.Finish());
}

inline LineOutcome RunLineOnce(const LineSetup& setup = {}) {
  auto channels = MakeMemoryChannels();
  LineOutcome out;
  auto notary = std::async(std::launch::async, [&]() -> Result<ClosedLine> {
    TappedChannel tapped(*channels.second, setup.change_notary);
    const auto run = [&]() -> Result<ClosedLine> {
      SeededRng rng(setup.notary_seed);
      MpcConversation prover(tapped, MpcEnd::kNotary);
      ASSIGN_OR_RETURN(NotaryPreparation preparation, PrepareAsNotary(prover, kLineSession, 256, rng));
      const auto clock = [&] { return MillisecondsAt(prover.order().stage()); };
      return RunNotaryLine(prover, std::move(preparation), setup.policy, {.request_bytes = 256},
                           setup.clock ? setup.clock : clock);
    };
    Result<ClosedLine> closed = run();
    if (!closed) SendRefusal(tapped, closed.error());
    return closed;
  });
  TappedChannel tapped(*channels.first, setup.change_prover);
  out.prover = RunLineProver(tapped, setup, out);
  if (!out.prover) SendRefusal(tapped, out.prover.error());
  out.notary = notary.get();
  out.to_notary = tapped.bytes;
  out.to_notary_online = tapped.online_bytes;
  return out;
}

}  // namespace mpcstats
