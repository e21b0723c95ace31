#include "mpcstats/service/daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "mpcstats/net/unique_fd.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

// Everything that changes the process runs in a child. `body` gets a pipe to report to.
struct Child {
  pid_t pid = -1;
  UniqueFd from;

  template <typename Body>
  explicit Child(Body&& body) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    from = UniqueFd(ends[0]);
    pid = fork();
    if (pid == 0) {
      from.Close();
      _exit(body(ends[1]));
    }
    close(ends[1]);
  }
  /// The next byte, or 0 at the end.
  char Read() const {
    char byte = 0;
    return read(from.get(), &byte, 1) == 1 ? byte : '\0';
  }
  int Wait() const {
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return status;
  }
};

void Say(int fd, char byte) { EXPECT_EQ(write(fd, &byte, 1), 1); }

int RunStopping(int fd) {
  Result<StopSignals> stop = StopSignals::Install();
  if (!stop) return 1;
  Say(fd, 'r');
  const int signal_number = stop->Wait();
  Say(fd, signal_number == SIGTERM ? 't' : signal_number == SIGINT ? 'i' : '0');
  while (true) pause();  // a service whose graceful end hangs
}

TEST(StopSignals, TheFirstSignalIsAnEndThatIsAskedForAndTheSecondEndsAtOnce) {
  for (const auto [signal_number, letter] : {std::pair(SIGTERM, 't'), std::pair(SIGINT, 'i')}) {
    const Child child(RunStopping);
    ASSERT_EQ(child.Read(), 'r');
    kill(child.pid, signal_number);
    ASSERT_EQ(child.Read(), letter);
    kill(child.pid, SIGTERM);
    const int status = child.Wait();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  }
}

TEST(StopSignals, ASecondSignalOfTheOtherKindEndsToo) {
  const Child child(RunStopping);
  ASSERT_EQ(child.Read(), 'r');
  kill(child.pid, SIGTERM);
  ASSERT_EQ(child.Read(), 't');
  kill(child.pid, SIGINT);
  const int status = child.Wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

TEST(StopSignals, ASignalBeforeTheWaitIsNotLost) {
  const Child child([](int fd) {
    Result<StopSignals> stop = StopSignals::Install();
    if (!stop) return 1;
    raise(SIGTERM);
    Say(fd, 'r');
    return stop->Wait() == SIGTERM ? 42 : 1;
  });
  ASSERT_EQ(child.Read(), 'r');
  const int status = child.Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

TEST(StopSignals, AnotherThreadCanRequestTheEnd) {
  const Child child([](int) {
    Result<StopSignals> stop = StopSignals::Install();
    if (!stop) return 1;
    std::jthread other([&] { stop->RequestStop(); });
    return stop->Wait() == 0 ? 42 : 1;
  });
  const int status = child.Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

TEST(PrepareProcess, KeepsFilesAndMemoryToTheOwner) {
  const std::string path = testing::TempDir() + "mpcstats_daemon_umask_" + std::to_string(getpid());
  const Child child([&](int) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &files);
    if (!PrepareProcess()) return 1;
    rlimit core{};
    getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_cur != 0 || core.rlim_max != 0) return 2;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 3;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur != files.rlim_max) return 4;
    if (mkdir(path.c_str(), 0777) != 0) return 5;
    int ends[2];
    if (pipe(ends) != 0) return 6;
    close(ends[0]);
    return write(ends[1], "x", 1) < 0 && errno == EPIPE ? 42 : 7;
  });
  const int status = child.Wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
  std::filesystem::remove(path);
}

/// $NOTIFY_SOCKET for one test.
struct NotifySocket {
  explicit NotifySocket(const char* value) {
    if (value == nullptr) {
      unsetenv("NOTIFY_SOCKET");
    } else {
      setenv("NOTIFY_SOCKET", value, 1);
    }
  }
  ~NotifySocket() { unsetenv("NOTIFY_SOCKET"); }
};

/// A bound datagram socket; `name` starts with @ for an abstract one.
UniqueFd BindDatagrams(const std::string& name) {
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  return fd;
}

std::string Receive(const UniqueFd& fd) {
  char text[100];
  const ssize_t got = recv(fd.get(), text, sizeof(text), 0);
  return got < 0 ? "" : std::string(text, static_cast<std::size_t>(got));
}

TEST(NotifySupervisor, SendsOneDatagramToAPathOrAnAbstractName) {
  const std::string path = testing::TempDir() + "mpcstats_notify_" + std::to_string(getpid());
  for (const std::string& name : {path, "@mpcstats_notify_" + std::to_string(getpid())}) {
    const UniqueFd fd = BindDatagrams(name);
    const NotifySocket variable(name.c_str());
    ASSERT_TRUE(NotifySupervisor("READY=1"));
    EXPECT_EQ(Receive(fd), "READY=1");
  }
  std::filesystem::remove(path);
}

TEST(NotifySupervisor, DoesNothingWhenNobodyAsked) {
  const NotifySocket variable(nullptr);
  EXPECT_TRUE(NotifySupervisor("READY=1"));
  const NotifySocket empty("");
  EXPECT_TRUE(NotifySupervisor("READY=1"));
}

TEST(NotifySupervisor, SaysWhenNobodyListens) {
  const NotifySocket variable("/nonexistent/socket");
  const Status status = NotifySupervisor("READY=1");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
}

TEST(NotifySupervisor, RefusesWhatIsNoSocketName) {
  for (const std::string& name : {std::string("relative"), "/" + std::string(200, 'x')}) {
    const NotifySocket variable(name.c_str());
    EXPECT_THAT(NotifySupervisor("READY=1").error().message(), HasSubstr("no path of a Unix socket"));
  }
}

}  // namespace
}  // namespace mpcstats
