// A client, a server of ours and the log between them, for the tests of this folder.
#pragma once

#include <memory>
#include <string>

#include "mpcstats/zktls/tls/client.h"
#include "mpcstats/zktls/tls/observer.h"
#include "mpcstats/zktls/tls/server_testing.h"

namespace mpcstats {

struct TestSessionOptions {
  TestCertificateOptions certificate;
  ServerHooks hooks;
  std::size_t max_record = kTlsMaxPlaintext;
  std::size_t max_received = std::size_t{1} << 24;
  std::size_t delivery = std::size_t{1} << 20;  ///< bytes that reach the client at a time
  std::uint64_t seed = 7;
};

class TestSession {
 public:
  explicit TestSession(TestSessionOptions options = {}) : TestSession({}, std::move(options)) {}
  /// With a chain of the caller's, whose first certificate has `chain_key`.
  TestSession(std::vector<Bytes> chain, TestSessionOptions options)
      : options_(std::move(options)), rng_(options_.seed), keys_(rng_) {
    EVP_PKEY* const key = SharedTestKey(options_.certificate.key);
    if (chain.empty()) chain = {IssueTestCertificate(&TestRoot(), options_.certificate).Der()};
    server_ = std::make_unique<TestServer>(std::move(chain), key, options_.hooks, options_.seed + 1);
    client_ = std::make_unique<TlsClient>(
        TlsClient::Options{
            .policy = TestPolicy(), .max_received = options_.max_received, .max_record = options_.max_record},
        keys_, rng_);
  }

  /// Carries bytes both ways until nothing moves.
  Status Run() {
    for (;;) {
      const Bytes up = client_->TakeOutput();
      client_log_.insert(client_log_.end(), up.begin(), up.end());
      server_->Receive(up);
      const Bytes down = server_->TakeOutput();
      if (down.empty() && up.empty()) return {};
      server_log_.insert(server_log_.end(), down.begin(), down.end());
      for (ByteSpan rest = down; !rest.empty();) {
        const ByteSpan piece = rest.first(std::min(rest.size(), options_.delivery));
        rest = rest.subspan(piece.size());
        if (Status received = client_->Receive(piece); !received) {
          const Bytes alert = client_->TakeOutput();
          client_log_.insert(client_log_.end(), alert.begin(), alert.end());
          server_->Receive(alert);
          return received;
        }
      }
    }
  }

  [[nodiscard]] std::string Received() {
    const Buffer<std::uint8_t> bytes = client_->TakeReceived();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// What a notary makes of the log.
  [[nodiscard]] Result<ObservedSession> Observed(std::size_t piece = std::size_t{1} << 20) const {
    return ObserveLog(TestPolicy(), client_log_, server_log_, piece);
  }
  static Result<ObservedSession> ObserveLog(const TlsPolicy& policy, ByteSpan client, ByteSpan server,
                                            std::size_t piece = std::size_t{1} << 20) {
    TlsObserver observer(policy);
    while (!client.empty() || !server.empty()) {
      const std::size_t up = std::min(piece, client.size());
      RETURN_IF_ERROR(observer.Observe(TlsSide::kClient, client.first(up)));
      client = client.subspan(up);
      const std::size_t down = std::min(piece, server.size());
      RETURN_IF_ERROR(observer.Observe(TlsSide::kServer, server.first(down)));
      server = server.subspan(down);
    }
    return std::move(observer).Finish();
  }

  [[nodiscard]] TlsClient& client() { return *client_; }
  [[nodiscard]] TestServer& server() { return *server_; }
  [[nodiscard]] LocalKeySchedule& keys() { return keys_; }
  [[nodiscard]] Bytes& client_log() { return client_log_; }
  [[nodiscard]] Bytes& server_log() { return server_log_; }

 private:
  TestSessionOptions options_;
  SeededRng rng_;
  LocalKeySchedule keys_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<TlsClient> client_;
  Bytes client_log_;
  Bytes server_log_;
};

/// One request and one answer of `response`, both ends closed in order.
inline Status Converse(TestSession& session, std::string_view request, std::string_view response,
                       std::size_t piece = kTlsMaxPlaintext) {
  RETURN_IF_ERROR(session.Run());
  RETURN_IF_ERROR(session.client().Send(AsBytes(request)));
  RETURN_IF_ERROR(session.Run());
  session.server().SendData(response, piece);
  session.server().CloseNotify();
  RETURN_IF_ERROR(session.Run());
  RETURN_IF_ERROR(session.client().Close());
  return session.Run();
}

}  // namespace mpcstats
