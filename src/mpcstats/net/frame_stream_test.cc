#include "mpcstats/net/frame_stream.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "mpcstats/net/http_testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

struct Ends {
  std::unique_ptr<FrameStream> client;
  std::unique_ptr<FrameStream> server;
};

Result<std::unique_ptr<FrameStream>> AcceptOn(int listener, const Identity& identity,
                                              FrameStream::Options options) {
  pollfd entry = {listener, POLLIN, 0};
  if (poll(&entry, 1, 60'000) != 1) return Fail(ErrorCode::kDeadlineExceeded, "nobody came");
  const HttpServerTls::Ptr tls = *HttpServerTls::FromIdentity(identity);
  return FrameStream::Accept(AcceptTcp(listener), *tls, std::move(options));
}

Ends Connected(std::chrono::milliseconds wait = 60s,
               FrameStream::Clock::time_point end = FrameStream::Clock::time_point::max()) {
  const Identity identity = std::move(*Identity::Create());
  const BoundSocket listener = std::move(*ListenTcp("127.0.0.1", 0));
  auto accepted = std::async(std::launch::async, [&] {
    return AcceptOn(listener.fd.get(), identity, {.peer_name = "the prover", .wait = wait, .end = end});
  });
  auto client = FrameStream::Connect("127.0.0.1", listener.port, {identity.Fingerprint()},
                                     {.peer_name = "the notary", .wait = wait, .end = end});
  auto server = accepted.get();
  EXPECT_TRUE(client.has_value() && server.has_value());
  return {std::move(*client), std::move(*server)};
}

TEST(FrameStream, CarriesFramesOfAllSizesBothWays) {
  Ends ends = Connected();
  for (const std::size_t size : {1uz, 2uz, 16379uz, 16380uz, 16381uz, 65536uz, 1'000'000uz}) {
    Bytes frame(size);
    for (std::size_t i = 0; i < size; ++i) frame[i] = static_cast<std::uint8_t>(i * 7 + size);
    auto sent = std::async(std::launch::async, [&] { return ends.client->Send(frame); });
    EXPECT_EQ(ends.server->Receive(size).value(), frame);
    EXPECT_TRUE(sent.get().has_value());
    auto back = std::async(std::launch::async, [&] { return ends.server->Send(frame); });
    EXPECT_EQ(ends.client->Receive(size).value(), frame);
    EXPECT_TRUE(back.get().has_value());
  }
  EXPECT_EQ(ends.client->bytes_sent(), ends.server->bytes_received());
  EXPECT_EQ(ends.client->turns(), 7u);
}

TEST(FrameStream, GivesWholeFramesOnlyWithoutWaiting) {
  Ends ends = Connected();
  EXPECT_EQ(ends.server->TryReceive(10).value(), std::nullopt);
  ASSERT_TRUE(ends.client->Send(Bytes{1, 2, 3}).has_value());
  ASSERT_TRUE(ends.client->Send(Bytes{4}).has_value());
  EXPECT_EQ(ends.server->Receive(10).value(), (Bytes{1, 2, 3}));
  EXPECT_EQ(ends.server->Receive(10).value(), (Bytes{4}));
  EXPECT_EQ(ends.server->TryReceive(10).value(), std::nullopt);
}

TEST(FrameStream, RefusesAFrameOverTheLimitByItsLength) {
  Ends ends = Connected();
  ASSERT_TRUE(ends.client->Send(Bytes(11, 0)).has_value());
  const auto frame = ends.server->Receive(10);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(frame.error().message(), "the prover announced a frame of 11 bytes where 1 to 10 are due");
  EXPECT_FALSE(ends.server->Receive(100).has_value());
  EXPECT_FALSE(ends.server->Send(Bytes{1}).has_value());
}

TEST(FrameStream, RefusesToSendAnEmptyFrame) {
  Ends ends = Connected();
  EXPECT_EQ(ends.client->Send({}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(FrameStream, SaysWhenThePeerIsSilent) {
  Ends ends = Connected(200ms);
  const auto frame = ends.client->Receive(10);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(frame.error().message(), "the notary was silent for too long");
}

TEST(FrameStream, EndsABusySessionThatLastsTooLong) {
  Ends ends = Connected(60s, FrameStream::Clock::now() + 1s);
  Status status;
  while (status) {
    status = ends.client->Send(Bytes{1});
    const auto frame = ends.server->Receive(1);
    if (!frame) status = std::unexpected(frame.error());
  }
  EXPECT_EQ(status.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(FrameStream, SaysWhenThePeerIsGone) {
  Ends ends = Connected();
  ends.server.reset();
  const auto frame = ends.client->Receive(10);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().code(), ErrorCode::kUnavailable);
}

TEST(FrameStream, RefusesAServerWithAnotherKey) {
  const Identity identity = std::move(*Identity::Create());
  const Identity other = std::move(*Identity::Create());
  const BoundSocket listener = std::move(*ListenTcp("127.0.0.1", 0));
  auto accepted = std::async(std::launch::async,
                             [&] { return AcceptOn(listener.fd.get(), other, {.peer_name = "the prover"}); });
  const auto client =
      FrameStream::Connect("127.0.0.1", listener.port, {identity.Fingerprint()}, {.peer_name = "the notary"});
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_FALSE(accepted.get().has_value());
}

TEST(FrameStream, SaysThatNobodyListens) {
  std::uint16_t port = 0;
  {
    const BoundSocket listener = std::move(*ListenTcp("127.0.0.1", 0));
    port = listener.port;
  }
  const auto client =
      FrameStream::Connect("127.0.0.1", port, {Bytes32{}}, {.peer_name = "the notary", .wait = 10s});
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(client.error().message().starts_with("cannot connect to the notary at 127.0.0.1:"));
}

}  // namespace
}  // namespace mpcstats
