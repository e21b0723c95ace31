#include "mpcstats/service/notary_sessions.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>

namespace mpcstats {
namespace {

constexpr int kPatience = 60'000;  // milliseconds: how long a test waits for what must come
constexpr RateLimiter::Options kAnyRate{.per_second = 1e6, .burst = 1e6};

// A prover's socket.
UniqueFd ConnectTo(std::uint16_t port) {
  UniqueFd fd = std::move(*StartConnect("127.0.0.1", port, 0));
  pollfd entry = {fd.get(), POLLOUT, 0};
  EXPECT_EQ(poll(&entry, 1, kPatience), 1);
  EXPECT_TRUE(FinishConnect(fd.get()));
  return fd;
}

// Waits until the other end closed.
bool Ended(const UniqueFd& fd) {
  pollfd entry = {fd.get(), POLLIN, 0};
  char byte;
  return poll(&entry, 1, kPatience) == 1 && recv(fd.get(), &byte, 1, 0) <= 0;
}

// A session of the tests: says that it runs, and ends when the prover says something or its socket is shut.
class Counted {
 public:
  std::unique_ptr<NotarySessions> Start(unsigned at_once, RateLimiter::Options rate = kAnyRate) {
    NotarySessions::Options options{.listener = std::move(*ListenTcp("127.0.0.1", 0)),
                                    .at_once = at_once,
                                    .rate = rate,
                                    .run = [this](UniqueFd prover) { Run(std::move(prover)); },
                                    .turned_away = [this] { ++turned_away; }};
    auto started = NotarySessions::Start(std::move(options));
    EXPECT_TRUE(started.has_value());
    return std::move(*started);
  }
  std::atomic<int> begun = 0;
  std::atomic<int> finished = 0;
  std::atomic<int> turned_away = 0;

 private:
  void Run(UniqueFd prover) {
    ++begun;
    EXPECT_EQ(send(prover.get(), "r", 1, MSG_NOSIGNAL), 1);
    pollfd entry = {prover.get(), POLLIN, 0};
    EXPECT_EQ(poll(&entry, 1, kPatience), 1);
    ++finished;
  }
};

// Connects, and waits until the session runs.
UniqueFd Join(std::uint16_t port) {
  UniqueFd fd = ConnectTo(port);
  pollfd entry = {fd.get(), POLLIN, 0};
  char byte = 0;
  EXPECT_EQ(poll(&entry, 1, kPatience), 1);
  EXPECT_EQ(recv(fd.get(), &byte, 1, 0), 1);
  return fd;
}

void AwaitNoneRunning(const NotarySessions& sessions) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience);
  while (sessions.running() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(sessions.running(), 0u);
}

TEST(NotarySessions, RunsSoManyAtOnceAndTurnsTheNextAway) {
  Counted counted;
  const auto sessions = counted.Start(2);
  const UniqueFd first = Join(sessions->port());
  const UniqueFd second = Join(sessions->port());
  EXPECT_EQ(sessions->running(), 2u);
  EXPECT_TRUE(Ended(ConnectTo(sessions->port())));
  EXPECT_EQ(counted.turned_away, 1);
  EXPECT_EQ(counted.begun, 2);
  EXPECT_EQ(counted.finished, 0);
}

TEST(NotarySessions, ManyConnectionsThatSayNothingTakeNoMorePlacesThanThereAre) {
  Counted counted;
  const auto sessions = counted.Start(3);
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 3; ++i) silent.push_back(Join(sessions->port()));
  constexpr int kMore = 300;
  for (int i = 0; i < kMore; ++i) silent.push_back(ConnectTo(sessions->port()));
  for (std::size_t i = 3; i < silent.size(); ++i) EXPECT_TRUE(Ended(silent[i]));
  EXPECT_EQ(counted.turned_away, kMore);
  EXPECT_EQ(counted.begun, 3);
}

TEST(NotarySessions, TheEndOfOneMakesPlaceForAnother) {
  Counted counted;
  const auto sessions = counted.Start(1);
  for (int i = 1; i <= 5; ++i) {
    const UniqueFd prover = Join(sessions->port());
    EXPECT_EQ(sessions->running(), 1u);
    EXPECT_EQ(send(prover.get(), "x", 1, MSG_NOSIGNAL), 1);
    AwaitNoneRunning(*sessions);
    EXPECT_EQ(counted.finished, i);
  }
  EXPECT_EQ(counted.turned_away, 0);
}

TEST(NotarySessions, AProverThatLeavesMakesPlaceToo) {
  Counted counted;
  const auto sessions = counted.Start(1);
  Join(sessions->port()).Close();
  AwaitNoneRunning(*sessions);
  const UniqueFd next = Join(sessions->port());
  EXPECT_EQ(counted.begun, 2);
}

TEST(NotarySessions, StopEndsTheSessionsThatRun) {
  Counted counted;
  const auto sessions = counted.Start(3);
  const UniqueFd first = Join(sessions->port());
  const UniqueFd second = Join(sessions->port());
  sessions->Stop();
  EXPECT_EQ(counted.finished, 2);
  EXPECT_EQ(sessions->running(), 0u);
  EXPECT_TRUE(Ended(first));
  EXPECT_TRUE(Ended(second));
  sessions->Stop();
}

TEST(NotarySessions, AfterStopNobodyIsKeptWaiting) {
  Counted counted;
  const auto sessions = counted.Start(1);
  sessions->Stop();
  const Result<UniqueFd> late = StartConnect("127.0.0.1", sessions->port(), 0);
  if (late) {
    pollfd entry = {late->get(), POLLOUT, 0};
    EXPECT_EQ(poll(&entry, 1, kPatience), 1);
    EXPECT_FALSE(FinishConnect(late->get())) << "the port is shut";
  }
  EXPECT_EQ(counted.begun, 0);
}

TEST(NotarySessions, DestructionIsAStop) {
  Counted counted;
  auto sessions = counted.Start(1);
  const UniqueFd prover = Join(sessions->port());
  sessions.reset();
  EXPECT_EQ(counted.finished, 1);
  EXPECT_TRUE(Ended(prover));
}

TEST(NotarySessions, AnAddressThatComesTooOftenIsTurnedAway) {
  Counted counted;
  const auto sessions = counted.Start(10, {.per_second = 1e-6, .burst = 2});
  const UniqueFd first = Join(sessions->port());
  const UniqueFd second = Join(sessions->port());
  EXPECT_TRUE(Ended(ConnectTo(sessions->port())));
  EXPECT_EQ(counted.turned_away, 1);
  EXPECT_EQ(sessions->running(), 2u);
}

}  // namespace
}  // namespace mpcstats
