#include "mpcstats/zktls/proxy/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Relay::Clock::time_point kStart{};
const Bytes kStopFrame = {static_cast<std::uint8_t>(RelayFrame::kStop)};

std::string MessageOf(const Status& status) { return status ? "no error" : status.error().message(); }

// A session through a relay, both ends in memory.
class RelayedTlsSession : public testing::Test {
 protected:
  Relay& MakeRelay(Relay::Limits limits = {}) {
    relay_.emplace(TestPolicy(), limits, kStart);
    return *relay_;
  }
  Status Pump() {
    for (;;) {
      const Bytes up = client_.TakeOutput();
      if (!up.empty()) {
        sent_.Add(TlsSide::kClient, up);
        RETURN_IF_ERROR(relay_->FromProver(EncodeRelayData(up), kStart));
      }
      server_.Receive(relay_->TakeForServer());
      const Bytes down = server_.TakeOutput();
      RETURN_IF_ERROR(relay_->FromServer(down, kStart));
      bool moved = !up.empty() || !down.empty();
      for (const Bytes& frame : relay_->TakeForProver()) {
        moved = true;
        if (frame[0] == static_cast<std::uint8_t>(RelayFrame::kEnd)) {
          end_ = *DecodeRelayEnd(ByteSpan(frame).subspan(1));
          continue;
        }
        sent_.Add(TlsSide::kServer, ByteSpan(frame).subspan(1));
        RETURN_IF_ERROR(client_.Receive(ByteSpan(frame).subspan(1)));
      }
      if (!moved) return {};
    }
  }

  SeededRng rng_{4};
  LocalKeySchedule keys_{rng_};
  TlsClient client_{{.policy = TestPolicy()}, keys_, rng_};
  TestServer server_{{IssueTestCertificate(&TestRoot(), {}).Der()}, SharedTestKey(TestKey::kP256), {}};
  std::optional<Relay> relay_;
  RelayLog sent_;
  std::optional<RelayEnd> end_;
};

TEST_F(RelayedTlsSession, IsLoggedAsBothEndsSawIt) {
  MakeRelay();
  ASSERT_EQ(MessageOf(Pump()), "no error");
  ASSERT_TRUE(client_.Send(AsBytes("request")).has_value());
  ASSERT_EQ(MessageOf(Pump()), "no error");
  EXPECT_EQ(server_.received(), "request");
  server_.SendData(std::string(200'000, 'r'));
  server_.CloseNotify();
  ASSERT_EQ(MessageOf(Pump()), "no error");
  EXPECT_EQ(client_.TakeReceived().size(), 200'000u);
  ASSERT_TRUE(relay_->ServerEnded().has_value());
  EXPECT_TRUE(relay_->frozen());
  EXPECT_FALSE(relay_->over());
  ASSERT_EQ(MessageOf(relay_->FromProver(kStopFrame, kStart)), "no error");
  ASSERT_TRUE(relay_->over());
  ASSERT_EQ(MessageOf(Pump()), "no error");
  ASSERT_TRUE(end_.has_value());
  EXPECT_EQ(*end_, sent_.Finish());
  const auto session = std::move(*relay_).Finish();
  ASSERT_TRUE(session.has_value()) << session.error().message();
  EXPECT_EQ(session->client.data_bytes, 7u);
  EXPECT_EQ(session->server_records.data_bytes, 200'000u);
  EXPECT_TRUE(session->MayBeComplete());
}

TEST_F(RelayedTlsSession, IsFrozenByTheProversStop) {
  MakeRelay();
  ASSERT_EQ(MessageOf(Pump()), "no error");
  ASSERT_EQ(MessageOf(relay_->FromProver(kStopFrame, kStart)), "no error");
  const RelayEnd end = *relay_->end();
  server_.SendData("too late");
  ASSERT_EQ(MessageOf(relay_->FromServer(server_.TakeOutput(), kStart)), "no error");
  EXPECT_EQ(*relay_->end(), end);
  const auto session = std::move(*relay_).Finish();
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->server_records.data_bytes, 0u);
  EXPECT_FALSE(session->MayBeComplete());
}

TEST_F(RelayedTlsSession, DropsWhatTheProverSendsAfterTheServerEnded) {
  MakeRelay();
  ASSERT_EQ(MessageOf(Pump()), "no error");
  ASSERT_TRUE(relay_->ServerEnded().has_value());
  const RelayEnd end = *relay_->end();
  ASSERT_TRUE(client_.Close().has_value());
  ASSERT_EQ(MessageOf(relay_->FromProver(EncodeRelayData(client_.TakeOutput()), kStart)), "no error");
  EXPECT_TRUE(relay_->TakeForServer().empty());
  ASSERT_EQ(MessageOf(relay_->FromProver(kStopFrame, kStart)), "no error");
  EXPECT_EQ(*relay_->end(), end);
}

TEST_F(RelayedTlsSession, RefusesFramesOutOfPlace) {
  const auto refused = [&](const Bytes& frame) {
    Relay relay(TestPolicy(), {}, kStart);
    const Status status = relay.FromProver(frame, kStart);
    return !status && status.error().code() == ErrorCode::kProtocolViolation;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({0}));
  EXPECT_TRUE(refused({1}));
  EXPECT_TRUE(refused({2, 0}));
  EXPECT_TRUE(refused({3}));
  EXPECT_TRUE(refused(Bytes(kMaxRelayFrame + 1, 1)));
  Relay relay(TestPolicy(), {}, kStart);
  ASSERT_TRUE(relay.FromProver(kStopFrame, kStart).has_value());
  EXPECT_FALSE(relay.FromProver(kStopFrame, kStart).has_value());
  EXPECT_FALSE(relay.FromProver(EncodeRelayData(Bytes(1)), kStart).has_value());
}

TEST_F(RelayedTlsSession, SendsTheServerNothingThatIsNoTls) {
  Relay& relay = MakeRelay();
  EXPECT_THAT(MessageOf(relay.FromProver(EncodeRelayData(AsBytes("GET / HTTP/1.1\r\n\r\n")), kStart)),
              HasSubstr("TLS with example.test: the client sent a record"));
  EXPECT_TRUE(relay.TakeForServer().empty());
  EXPECT_FALSE(relay.FromServer(Bytes(1), kStart).has_value());
  EXPECT_FALSE(std::move(relay).Finish().has_value());
}

TEST_F(RelayedTlsSession, SendsTheServerNoHelloForAnotherName) {
  Relay relay(TestPolicy("other.test"), {}, kStart);
  EXPECT_THAT(MessageOf(relay.FromProver(EncodeRelayData(client_.TakeOutput()), kStart)),
              HasSubstr("another hello than the one this protocol has for other.test"));
  EXPECT_TRUE(relay.TakeForServer().empty());
}

TEST_F(RelayedTlsSession, CapsBytesInBothDirections) {
  MakeRelay({.max_sent = 400});
  ASSERT_EQ(MessageOf(Pump()), "no error");
  ASSERT_TRUE(client_.Send(Bytes(200)).has_value());
  const Status sent = Pump();
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(relay_->TakeForServer().empty());

  Relay relay(TestPolicy(), {.max_received = 1000}, kStart);
  ASSERT_TRUE(relay.FromServer(Bytes(1000), kStart).has_value());
  EXPECT_EQ(relay.FromServer(Bytes(1), kStart).error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(RelayedTlsSession, CapsItsTimeAndItsSilence) {
  const Relay::Limits limits{.max_time = 1000ms, .max_idle = 300ms};
  Relay relay(TestPolicy(), limits, kStart);
  EXPECT_EQ(relay.Deadline(), kStart + 300ms);
  EXPECT_TRUE(relay.Tick(kStart + 299ms).has_value());
  ASSERT_TRUE(relay.FromProver(EncodeRelayData(client_.TakeOutput()), kStart + 200ms).has_value());
  EXPECT_TRUE(relay.Tick(kStart + 499ms).has_value());
  const Status idle = relay.Tick(kStart + 500ms);
  ASSERT_FALSE(idle.has_value());
  EXPECT_EQ(idle.error().code(), ErrorCode::kDeadlineExceeded);

  Relay busy(TestPolicy(), {.max_time = 1000ms, .max_idle = 5000ms}, kStart);
  ASSERT_TRUE(busy.FromServer(Bytes(1), kStart + 990ms).has_value());
  EXPECT_THAT(MessageOf(busy.Tick(kStart + 1000ms)), HasSubstr("more than the 1000 ms"));
}

TEST_F(RelayedTlsSession, HasNoResultBeforeBothSaidTheirLastWord) {
  MakeRelay();
  ASSERT_EQ(MessageOf(Pump()), "no error");
  ASSERT_TRUE(relay_->ServerEnded().has_value());
  EXPECT_EQ(std::move(*relay_).Finish().error().code(), ErrorCode::kInvalidArgument);
}

TEST(RelayEnd, ComesBackAsItWasAndOtherwiseNot) {
  RelayLog log;
  log.Add(TlsSide::kClient, Bytes(3));
  log.Add(TlsSide::kServer, Bytes(5));
  const RelayEnd end = log.Finish();
  const Bytes frame = EncodeRelayEnd(end);
  EXPECT_EQ(*DecodeRelayEnd(ByteSpan(frame).subspan(1)), end);
  EXPECT_FALSE(DecodeRelayEnd(frame).has_value());
  EXPECT_FALSE(DecodeRelayEnd(ByteSpan(frame).subspan(2)).has_value());
  // The same bytes in the other direction are another log.
  RelayLog other;
  other.Add(TlsSide::kServer, Bytes(3));
  other.Add(TlsSide::kClient, Bytes(5));
  EXPECT_NE(other.Finish().log_hash, end.log_hash);
}

}  // namespace
}  // namespace mpcstats
