#include "mpcstats/net/fd_channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

struct Pair {
  explicit Pair(std::chrono::milliseconds deadline = 60s) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    raw = UniqueFd(fcntl(ends[1], F_DUPFD_CLOEXEC, 3));
    a = std::make_unique<FdChannel>(std::move(*FdChannel::Adopt(UniqueFd(ends[0]), "party 0", deadline)));
    b = std::make_unique<FdChannel>(
        std::move(*FdChannel::Adopt(UniqueFd(ends[1]), "the launcher", deadline)));
  }
  std::unique_ptr<FdChannel> a;
  std::unique_ptr<FdChannel> b;
  UniqueFd raw;  // b's end once more, to write what b would not
};

TEST(FdChannel, CarriesMessagesOfAllSizes) {
  Pair pair;
  for (std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{1 << 20},
                           std::size_t{(1 << 20) + 1}, std::size_t{20'000'000}}) {
    Bytes message(size);
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    std::jthread sender([&] { EXPECT_TRUE(pair.a->Send(message).has_value()); });
    const Result<Bytes> got = pair.b->Receive(size);
    ASSERT_TRUE(got.has_value()) << got.error().message();
    EXPECT_TRUE(*got == message);
  }
}

TEST(FdChannel, KeepsTheBordersOfMessages) {
  Pair pair;
  ASSERT_TRUE(pair.a->Send(AsBytes("one")).has_value());
  ASSERT_TRUE(pair.a->Send(AsBytes("two!")).has_value());
  EXPECT_EQ(pair.b->Receive(10)->size(), 3u);
  EXPECT_EQ(pair.b->Receive(10)->size(), 4u);
}

TEST(FdChannel, RefusesToSendAnEmptyMessage) {
  Pair pair;
  EXPECT_EQ(pair.a->Send({}).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(pair.a->Send(AsBytes("x")).has_value()) << "the channel is still in order";
  EXPECT_TRUE(pair.b->Receive(1).has_value());
}

TEST(FdChannel, ClosedEndIsUnavailableForBothCalls) {
  Pair pair;
  pair.raw.Close();
  pair.b.reset();
  const Result<Bytes> got = pair.a->Receive(10);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(got.error().message(), "party 0 closed the channel");
  EXPECT_EQ(pair.a->Send(AsBytes("x")).error().code(), ErrorCode::kUnavailable);
  Pair other;
  other.raw.Close();
  other.b.reset();
  EXPECT_EQ(other.a->Send(AsBytes("x")).error().code(), ErrorCode::kUnavailable) << "and no SIGPIPE";
}

TEST(FdChannel, EndInTheMiddleOfAMessageIsUnavailable) {
  Pair pair;
  ASSERT_EQ(send(pair.raw.get(), "\x05\0\0\0abc", 7, MSG_NOSIGNAL), 7);
  pair.raw.Close();
  pair.b.reset();
  EXPECT_EQ(pair.a->Receive(10).error().code(), ErrorCode::kUnavailable);
}

TEST(FdChannel, RefusesALengthOverTheLimitOrZero) {
  for (const char* prefix : {"\xff\xff\xff\xff", "\x0b\0\0\0", "\0\0\0\0"}) {
    Pair pair;
    ASSERT_EQ(send(pair.raw.get(), prefix, 4, MSG_NOSIGNAL), 4);
    const Result<Bytes> got = pair.a->Receive(10);
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().code(), ErrorCode::kProtocolViolation) << got.error().message();
    EXPECT_EQ(pair.a->fd(), -1);
  }
}

TEST(FdChannel, SilenceIsADeadline) {
  Pair pair(20ms);
  const Result<Bytes> got = pair.a->Receive(10);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kDeadlineExceeded);
  Pair full(20ms);
  EXPECT_EQ(full.a->Send(Bytes(64 << 20)).error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(FdChannel, AdoptsOnlyStreamSockets) {
  EXPECT_FALSE(FdChannel::Adopt(UniqueFd(), "nobody", 1s).has_value());
  EXPECT_FALSE(FdChannel::Adopt(UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC)), "nobody", 1s).has_value());
}

}  // namespace
}  // namespace mpcstats
