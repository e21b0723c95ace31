#include "mpcstats/service/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "mpcstats/net/fd_channel.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

constexpr int kChildFd = 7;
constexpr auto kPatience = 30s;

// A child of these tests is this program again: child_main_test.cc has the bodies.
Result<SpawnedChild> SpawnTest(const std::string& name) { return SpawnSelf({"child-body", name}, kChildFd); }

FdChannel MustAdopt(UniqueFd fd) {
  Result<FdChannel> channel = FdChannel::Adopt(std::move(fd), "the other end", kPatience);
  EXPECT_TRUE(channel.has_value()) << channel.error().message();
  return std::move(*channel);
}

TEST(ChildProcess, TalksOverItsChannelAndExits) {
  Result<SpawnedChild> child = SpawnTest("echo");
  ASSERT_TRUE(child.has_value()) << child.error().message();
  EXPECT_GT(child->process.pid(), 0);
  FdChannel channel = MustAdopt(std::move(child->channel));
  const Bytes message(100'000, 17);
  ASSERT_TRUE(channel.Send(message).has_value());
  const Result<Bytes> answer = channel.Receive(1 << 20);
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(*answer, message);
  const Result<ExitStatus> end = child->process.Wait(kPatience);
  ASSERT_TRUE(end.has_value()) << end.error().message();
  EXPECT_FALSE(end->by_signal);
  EXPECT_EQ(end->code, 42);
  EXPECT_EQ(child->process.pid(), 0);
}

TEST(ChildProcess, InheritsNothingButItsChannel) {
  const UniqueFd leak(open("/dev/null", O_RDONLY));  // without FD_CLOEXEC, below and above the channel
  const UniqueFd high_leak(fcntl(leak.get(), F_DUPFD, 100));
  ASSERT_TRUE(leak.valid() && high_leak.valid());
  Result<SpawnedChild> child = SpawnTest("list-descriptors");
  ASSERT_TRUE(child.has_value()) << child.error().message();
  const Result<Bytes> open_there = MustAdopt(std::move(child->channel)).Receive(1000);
  ASSERT_TRUE(open_there.has_value()) << open_there.error().message();
  EXPECT_EQ(*open_there, Bytes{kChildFd});
}

TEST(ChildProcess, WorksWhenTheChannelIsAlreadyAtThatNumber) {
  // Take all lower numbers, so that the socket pair lands on and around kChildFd.
  std::vector<UniqueFd> fill;
  do fill.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  while (fill.back().get() < kChildFd - 2);
  Result<SpawnedChild> child = SpawnTest("echo");
  ASSERT_TRUE(child.has_value()) << child.error().message();
  FdChannel channel = MustAdopt(std::move(child->channel));
  ASSERT_TRUE(channel.Send(AsBytes("hello")).has_value());
  EXPECT_TRUE(channel.Receive(16).has_value());
}

TEST(ChildProcess, WaitSaysWhenItStillRunsAndKillEndsIt) {
  Result<SpawnedChild> child = SpawnTest("wait");
  ASSERT_TRUE(child.has_value()) << child.error().message();
  const Result<ExitStatus> running = child->process.Wait(1ms);
  ASSERT_FALSE(running.has_value());
  EXPECT_EQ(running.error().code(), ErrorCode::kDeadlineExceeded);
  child->process.Kill();
  const Result<ExitStatus> end = child->process.Wait(kPatience);
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->by_signal);
  EXPECT_EQ(end->code, SIGKILL);
  EXPECT_FALSE(child->process.Wait(1ms).has_value());
}

TEST(ChildProcess, DestructorKillsAndTheChannelSeesIt) {
  Result<SpawnedChild> child = SpawnTest("wait");
  ASSERT_TRUE(child.has_value()) << child.error().message();
  FdChannel channel = MustAdopt(std::move(child->channel));
  ASSERT_TRUE(channel.Receive(16).has_value());
  const pid_t pid = child->process.pid();
  {
    const ChildProcess gone = std::move(child->process);
  }
  EXPECT_EQ(kill(pid, 0), -1) << "not reaped";
  const Result<Bytes> after = channel.Receive(16);
  ASSERT_FALSE(after.has_value());
  EXPECT_EQ(after.error().code(), ErrorCode::kUnavailable);
}

TEST(ChildProcess, DiesWithItsParent) {
  Result<SpawnedChild> middle = SpawnTest("spawn-and-wait");
  ASSERT_TRUE(middle.has_value()) << middle.error().message();
  const Result<Bytes> message = MustAdopt(std::move(middle->channel)).Receive(16);
  ASSERT_TRUE(message.has_value()) << message.error().message();
  pid_t grandchild = 0;
  ASSERT_EQ(message->size(), sizeof(grandchild));
  std::memcpy(&grandchild, message->data(), sizeof(grandchild));
  const UniqueFd handle(static_cast<int>(syscall(SYS_pidfd_open, grandchild, 0)));
  ASSERT_TRUE(handle.valid());
  middle->process.Kill();
  pollfd entry = {handle.get(), POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, 30'000), 1) << "the grandchild outlived its parent";
}

TEST(ChildProcess, RefusesAStandardDescriptorAsChannel) {
  for (int fd : {-1, 0, 1, 2}) {
    const Result<SpawnedChild> child = SpawnSelf({"--version"}, fd);
    ASSERT_FALSE(child.has_value());
    EXPECT_EQ(child.error().code(), ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace mpcstats
