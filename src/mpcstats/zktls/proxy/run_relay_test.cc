#include "mpcstats/zktls/proxy/run_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <thread>

#include "mpcstats/net/tcp.h"
#include "mpcstats/zktls/proxy/relayed_client.h"
#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

// Our TLS server on a port of its own, for one connection.
class TcpServer {
 public:
  enum class After { kCloseNotify, kCut, kWait };
  TcpServer(std::string response, After after) : listener_(std::move(*ListenTcp("127.0.0.1", 0))) {
    thread_ = std::thread([this, response = std::move(response), after] { Serve(response, after); });
  }
  ~TcpServer() { thread_.join(); }
  [[nodiscard]] std::uint16_t port() const { return listener_.port; }

 private:
  void Serve(const std::string& response, After after) {
    pollfd waiting = {listener_.fd.get(), POLLIN, 0};
    if (poll(&waiting, 1, 60'000) != 1) return;
    const UniqueFd fd = AcceptTcp(listener_.fd.get());
    TestCertificateOptions options;
    options.san = "DNS:localhost";
    TestServer server({IssueTestCertificate(&TestRoot(), options).Der()}, SharedTestKey(TestKey::kP256), {});
    bool answered = false;
    for (;;) {
      pollfd entry = {fd.get(), POLLIN, 0};
      if (poll(&entry, 1, 60'000) != 1) return;
      std::array<std::uint8_t, 4096> buffer;
      const ssize_t size = recv(fd.get(), buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      server.Receive(ByteSpan(buffer).first(static_cast<std::size_t>(size)));
      if (!answered && server.received().ends_with("\r\n\r\n")) {
        answered = true;
        server.SendData(response);
        if (after == After::kCloseNotify) server.CloseNotify();
      }
      const Bytes out = server.TakeOutput();
      EXPECT_EQ(send(fd.get(), out.data(), out.size(), MSG_NOSIGNAL), static_cast<ssize_t>(out.size()));
      if (answered && after != After::kWait) return;
    }
  }

  BoundSocket listener_;
  std::thread thread_;
};

struct Ends {
  std::unique_ptr<FrameStream> prover;
  std::unique_ptr<FrameStream> notary;
};

Ends ConnectedEnds() {
  const Identity identity = std::move(*Identity::Create());
  const BoundSocket listener = std::move(*ListenTcp("127.0.0.1", 0));
  auto accepted = std::async(std::launch::async, [&]() -> Result<std::unique_ptr<FrameStream>> {
    pollfd entry = {listener.fd.get(), POLLIN, 0};
    if (poll(&entry, 1, 60'000) != 1) return Fail(ErrorCode::kDeadlineExceeded, "nobody came");
    const HttpServerTls::Ptr tls = *HttpServerTls::FromIdentity(identity);
    return FrameStream::Accept(AcceptTcp(listener.fd.get()), *tls, {.peer_name = "the prover"});
  });
  auto prover =
      FrameStream::Connect("127.0.0.1", listener.port, {identity.Fingerprint()}, {.peer_name = "the notary"});
  auto notary = accepted.get();
  CHECK(prover.has_value() && notary.has_value());
  return {std::move(*prover), std::move(*notary)};
}

Result<RelayedConversation> Prove(FrameStream& stream, std::size_t response_bytes,
                                  std::chrono::milliseconds linger = 2s) {
  SeededRng rng(21);
  LocalKeySchedule keys(rng);
  TlsClient client({.policy = TestPolicy("localhost")}, keys, rng);
  return ConverseThroughRelay(stream, client,
                              {.request = AsBytes(kRequest),
                               .whole = [&](ByteSpan response) { return response.size() >= response_bytes; },
                               .linger = linger});
}

struct Outcome {
  Result<RelayedSession> notary;
  Result<RelayedConversation> prover;
};

Outcome RelayOnce(TcpServer::After after, const std::string& response, const Relay::Limits& limits = {},
                  std::chrono::milliseconds linger = 2s) {
  TcpServer server(response, after);
  Ends ends = ConnectedEnds();
  auto notary = std::async(std::launch::async, [&]() -> Result<RelayedSession> {
    const RelayTarget target{.host = "localhost", .port = server.port(), .rule = AddressRule::kAny};
    auto session = RunRelay(*ends.notary, target, TestRoots(), std::chrono::system_clock::now(), limits);
    if (!session) ends.notary.reset();  // as a notary that gives up does
    return session;
  });
  auto prover = Prove(*ends.prover, response.size(), linger);
  return {notary.get(), std::move(prover)};
}

std::string TextOf(const Buffer<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(RunRelay, CarriesASessionThatBothEndsLogAlike) {
  const std::string response(100'000, 'r');
  const Outcome outcome = RelayOnce(TcpServer::After::kCloseNotify, response);
  ASSERT_TRUE(outcome.prover.has_value()) << outcome.prover.error().message();
  ASSERT_TRUE(outcome.notary.has_value()) << outcome.notary.error().message();
  EXPECT_EQ(TextOf(outcome.prover->response), response);
  EXPECT_TRUE(outcome.prover->closed);
  EXPECT_TRUE(outcome.notary->session.MayBeComplete());
  EXPECT_EQ(outcome.notary->session.client.data_bytes, kRequest.size());
  EXPECT_EQ(outcome.notary->session.server_records.data_bytes, response.size());
  EXPECT_EQ(outcome.notary->session.client.stream_bytes, outcome.prover->sent.size());
  EXPECT_EQ(outcome.notary->resolved_address, "127.0.0.1");
  EXPECT_EQ(outcome.notary->egress_address, "127.0.0.1");
  // The prover, who keeps the streams, can make the same public values.
  const auto again =
      TestSession::ObserveLog(TestPolicy("localhost"), outcome.prover->sent, outcome.prover->received);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->session_hash, outcome.notary->session.session_hash);
}

TEST(RunRelay, MarksASessionThatWasCutAsNotComplete) {
  const Outcome outcome = RelayOnce(TcpServer::After::kCut, "short");
  ASSERT_TRUE(outcome.prover.has_value()) << outcome.prover.error().message();
  ASSERT_TRUE(outcome.notary.has_value()) << outcome.notary.error().message();
  EXPECT_FALSE(outcome.prover->closed);
  EXPECT_FALSE(outcome.notary->session.MayBeComplete());
}

TEST(RunRelay, EndsWhenTheProverStopsWaitingForTheServersGoodbye) {
  const Outcome outcome = RelayOnce(TcpServer::After::kWait, "no goodbye", {}, 10ms);
  ASSERT_TRUE(outcome.prover.has_value()) << outcome.prover.error().message();
  ASSERT_TRUE(outcome.notary.has_value()) << outcome.notary.error().message();
  EXPECT_EQ(TextOf(outcome.prover->response), "no goodbye");
  EXPECT_FALSE(outcome.notary->session.MayBeComplete());
}

TEST(RunRelay, GivesUpOnAServerThatSendsTooMuch) {
  const Outcome outcome =
      RelayOnce(TcpServer::After::kCloseNotify, std::string(50'000, 'x'), {.max_received = 10'000});
  ASSERT_FALSE(outcome.notary.has_value());
  EXPECT_EQ(outcome.notary.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(outcome.prover.has_value());
}

TEST(RunRelay, GivesUpOnAProverThatSaysNothing) {
  TcpServer server("", TcpServer::After::kCut);
  Ends ends = ConnectedEnds();
  const auto session =
      RunRelay(*ends.notary, {.host = "localhost", .port = server.port(), .rule = AddressRule::kAny},
               TestRoots(), std::chrono::system_clock::now(), {.max_idle = 20ms});
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(RunRelay, ConnectsToNoAddressThatItsRuleForbids) {
  Ends ends = ConnectedEnds();
  const auto now = std::chrono::system_clock::now();
  const auto session = RunRelay(*ends.notary, {.host = "localhost", .port = 1}, TestRoots(), now, {});
  ASSERT_FALSE(session.has_value());
  EXPECT_THAT(session.error().message(), HasSubstr("no public address"));
  const auto numeric =
      RunRelay(*ends.notary, {.host = "127.0.0.1", .rule = AddressRule::kAny}, TestRoots(), now, {});
  ASSERT_FALSE(numeric.has_value());
  EXPECT_THAT(numeric.error().message(), HasSubstr("DNS name"));
}

TEST(RunRelay, SaysThatItCannotReachTheServer) {
  Ends ends = ConnectedEnds();
  std::uint16_t port = 0;
  {
    port = ListenTcp("127.0.0.1", 0)->port;
  }  // closed again
  const auto session = RunRelay(*ends.notary, {.host = "localhost", .port = port, .rule = AddressRule::kAny},
                                TestRoots(), std::chrono::system_clock::now(), {});
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(session.error().message(), HasSubstr("the notary cannot connect to localhost"));
}

// A notary that plays the server's part over a stream and then gives `end`, made from its honest account.
Result<RelayedConversation> WithLyingNotary(const std::function<void(RelayEnd&)>& lie) {
  Ends ends = ConnectedEnds();
  auto notary = std::async(std::launch::async, [&] {
    TestCertificateOptions options;
    options.san = "DNS:localhost";
    TestServer server({IssueTestCertificate(&TestRoot(), options).Der()}, SharedTestKey(TestKey::kP256), {});
    RelayLog log;
    for (;;) {
      const auto frame = ends.notary->Receive(kMaxRelayFrame);
      if (!frame || frame->front() != static_cast<std::uint8_t>(RelayFrame::kData)) break;
      log.Add(TlsSide::kClient, ByteSpan(*frame).subspan(1));
      server.Receive(ByteSpan(*frame).subspan(1));
      if (server.received() == kRequest && server.alerts().empty()) server.SendData("answer");
      if (!server.alerts().empty()) server.CloseNotify();
      const Bytes out = server.TakeOutput();
      log.Add(TlsSide::kServer, out);
      if (!out.empty() && !ends.notary->Send(EncodeRelayData(out))) break;
    }
    RelayEnd end = log.Finish();
    lie(end);
    EXPECT_TRUE(ends.notary->Send(EncodeRelayEnd(end)).has_value());
  });
  auto result = Prove(*ends.prover, 6);
  notary.get();
  return result;
}

TEST(ConverseThroughRelay, TakesAnHonestAccountAndNoOther) {
  const auto honest = WithLyingNotary([](RelayEnd&) {});
  ASSERT_TRUE(honest.has_value()) << honest.error().message();
  EXPECT_TRUE(honest->closed);
  const std::function<void(RelayEnd&)> lies[] = {
      [](RelayEnd& end) { ++end.sent_bytes; },
      [](RelayEnd& end) { --end.received_bytes; },
      [](RelayEnd& end) { end.log_hash[5] ^= 1; },
  };
  for (const auto& lie : lies) {
    const auto result = WithLyingNotary(lie);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), ErrorCode::kCheatingDetected);
  }
}

}  // namespace
}  // namespace mpcstats
