// A website, a notary and a prover in threads of one process, over loopback; and somebody between prover and notary.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <thread>

#include "mpcstats/net/tcp.h"
#include "mpcstats/survey/template_testing.h"
#include "mpcstats/zktls/session/notary_session.h"
#include "mpcstats/zktls/session/prover_session.h"
#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {

/// Our TLS server for tests on a port of its own; answers every connection with `response`, each on a thread of its own.
class TestWebsite {
 public:
  explicit TestWebsite(std::string response, bool close_notify = true, std::size_t piece = kTlsMaxPlaintext,
                       const std::string& address = "127.0.0.1")
      : listener_(std::move(*ListenTcp(address, 0))), response_(std::move(response)) {
    TestCertificateOptions options;
    options.san = "DNS:localhost";
    certificate_ = IssueTestCertificate(&TestRoot(), options).Der();
    key_ = SharedTestKey(TestKey::kP256);
    thread_ = std::thread([this, close_notify, piece] {
      std::vector<std::jthread> serving;
      while (true) {
        pollfd waiting[2] = {{listener_.fd.get(), POLLIN, 0}, {stop_[0], POLLIN, 0}};
        if (poll(waiting, 2, -1) < 1 || waiting[1].revents != 0) return;
        UniqueFd client = AcceptTcp(listener_.fd.get());
        serving.emplace_back(
            [this, close_notify, piece, fd = std::move(client)] { Serve(fd, close_notify, piece); });
      }
    });
  }
  ~TestWebsite() {
    EXPECT_EQ(write(stop_[1], "", 1), 1);
    thread_.join();
    close(stop_[0]);
    close(stop_[1]);
  }
  [[nodiscard]] std::uint16_t port() const { return listener_.port; }
  /// What the last client asked.
  [[nodiscard]] std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void Serve(const UniqueFd& fd, bool close_notify, std::size_t piece) {
    TestServer server({certificate_}, key_, {});
    bool answered = false;
    for (;;) {
      pollfd entry = {fd.get(), POLLIN, 0};
      if (poll(&entry, 1, 60'000) != 1) return;
      std::array<std::uint8_t, 4096> buffer;
      const ssize_t size = recv(fd.get(), buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      server.Receive(ByteSpan(buffer).first(static_cast<std::size_t>(size)));
      if (server.broken()) return;
      if (!answered && server.received().ends_with("\r\n\r\n")) {
        answered = true;
        {
          const std::lock_guard lock(mutex_);
          asked_ = server.received();
        }
        server.SendData(response_, piece);
        if (close_notify) server.CloseNotify();
      }
      const Bytes out = server.TakeOutput();
      if (send(fd.get(), out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) return;
      if (answered) return;
    }
  }

  static std::array<int, 2> Pipe() {
    std::array<int, 2> ends{};
    CHECK(pipe(ends.data()) == 0);
    return ends;
  }
  std::array<int, 2> stop_ = Pipe();
  BoundSocket listener_;
  std::string response_;
  Bytes certificate_;
  EVP_PKEY* key_ = nullptr;
  std::mutex mutex_;
  std::string asked_;
  std::thread thread_;
};

/// The exchange's template for a website of the tests.
inline std::string ExchangeAt(std::uint16_t port) {
  return With(ExchangeText(), "host = \"api.exchange.example\"",
              "host = \"localhost\"\nport = " + std::to_string(port));
}

inline std::map<std::string, std::string> ExchangeSecrets() {
  return {{"timestamp", "1795352700000"},
          {"signature", std::string(64, 'a')},
          {"api_key", "k3yk3yk3yk3yk3yk3yk3yk3y"}};
}

inline std::vector<SurveyColumn> ExchangeColumns() {
  SurveyColumn balance;
  balance.name = "balance";
  balance.kind = ColumnKind::kNumber;
  balance.scale = 8;
  balance.max_units = 100'000'000'000'000;
  SurveyColumn account;
  account.name = "account";
  account.kind = ColumnKind::kUnique;
  return {balance, account};
}

/// Both ends of a stream over TLS.
struct StreamPair {
  std::unique_ptr<FrameStream> client;
  std::unique_ptr<FrameStream> server;
};
inline StreamPair ConnectStreams() {
  static const Identity identity = std::move(*Identity::Create());
  const BoundSocket listener = std::move(*ListenTcp("127.0.0.1", 0));
  auto accepted = std::async(std::launch::async, [&]() -> Result<std::unique_ptr<FrameStream>> {
    pollfd entry = {listener.fd.get(), POLLIN, 0};
    if (poll(&entry, 1, 60'000) != 1) return Fail(ErrorCode::kDeadlineExceeded, "nobody came");
    const HttpServerTls::Ptr tls = *HttpServerTls::FromIdentity(identity);
    return FrameStream::Accept(AcceptTcp(listener.fd.get()), *tls, {.peer_name = "the prover"});
  });
  auto client =
      FrameStream::Connect("127.0.0.1", listener.port, {identity.Fingerprint()}, {.peer_name = "the notary"});
  auto server = accepted.get();
  CHECK(client.has_value() && server.has_value());
  return {std::move(*client), std::move(*server)};
}

/// Frame number `index` of the prover, counted from 0; may be changed in place.
using FrameChange = std::function<void(std::size_t index, Bytes& frame)>;

/// What came of a session at both ends.
struct SessionOutcome {
  Status notary;
  Result<ProvenStatement> prover = Fail(ErrorCode::kInternal, "not run");
  NotarySessionReport report;
  std::vector<Bytes32> recorded;
  Bytes32 notary_key{};
  Bytes32 context{};
  std::size_t prover_frames = 0;
  std::uint64_t bytes_to_notary = 0;
  std::uint64_t bytes_to_prover = 0;
  std::uint64_t turns = 0;        ///< round trips that the prover began
  std::uint64_t bytes_ahead = 0;  ///< of bytes_to_notary, what had left when the prover was ready to ask
  std::uint64_t turns_ahead = 0;
  std::size_t request_bytes = 0;
  std::size_t request_bucket = 0;  ///< of the session in mode mpc
};

struct SessionSetup {
  std::string template_text;
  std::vector<SurveyColumn> columns = ExchangeColumns();
  std::map<std::string, std::string> secrets = ExchangeSecrets();
  AttestationMode mode = AttestationMode::kProxy;
  std::size_t opened_for = 0;  ///< bytes of request that Open is told in mode mpc; 0: the true number
  SessionLimits limits = {};
  AddressRule notary_connects = AddressRule::kAny;
  std::size_t largest_bucket = 2048;
  Status allowed = {};
  Status recordable = {};
  FrameChange change = {};
};

/// Runs a prover and a notary against whatever website the template names, in three threads when frames are changed.
SessionOutcome RunSessionOnce(const SessionSetup& setup);

/// The row that the three components stand for.
std::map<std::string, std::string> RowOf(const ProvenStatement& proven,
                                         const std::vector<SurveyColumn>& columns);

}  // namespace mpcstats
