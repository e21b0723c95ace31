#include "mpcstats/service/child_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <utility>

#include "mpcstats/net/deadline.h"

namespace mpcstats {
namespace {

constexpr int kExecFailed = 127;

// A party fills large buffers for the first time again and again; in pages of 2 MB that is a fortieth of the page
// faults and a third less time (docs/performance.md). The allocator reads it at the start of a process only.
constexpr std::string_view kTunables = "GLIBC_TUNABLES";
constexpr std::string_view kHugePages = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";

std::unexpected<Error> SystemFailed(const char* what, int reason) {
  return Fail(ErrorCode::kInternal, fmt::format("cannot {}: {}", what, std::strerror(reason)));
}

// Everything the child needs between fork and exec, where it may neither allocate nor lock.
struct ChildPlan {
  pid_t parent;
  int channel;
  int child_fd;
  int report;  // takes errno when something fails; closes on exec
  int descriptor_limit;
  char* const* arguments;
  char* const* environment;
};

void CloseOnExec(int first, int last, int descriptor_limit) {
  if (first > last) return;
  if (close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), CLOSE_RANGE_CLOEXEC) == 0)
    return;
  // A kernel before 5.11.
  for (int fd = first; fd <= std::min(last, descriptor_limit); ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool PrepareDescriptors(const ChildPlan& plan) {
  const int empty_input = open("/dev/null", O_RDONLY);
  if (empty_input < 0 || dup2(empty_input, STDIN_FILENO) < 0) return false;
  if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return false;
  if (plan.channel != plan.child_fd) {
    if (dup2(plan.channel, plan.child_fd) < 0) return false;
  } else if (fcntl(plan.channel, F_SETFD, 0) < 0) {
    return false;
  }
  CloseOnExec(STDERR_FILENO + 1, plan.child_fd - 1, plan.descriptor_limit);
  CloseOnExec(plan.child_fd + 1, INT_MAX, plan.descriptor_limit);
  return true;
}

[[noreturn]] void RunChild(const ChildPlan& plan) {
  sigset_t none;
  sigemptyset(&none);
  bool ready = sigprocmask(SIG_SETMASK, &none, nullptr) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
  // The parent may have died before prctl.
  if (getppid() != plan.parent) _exit(kExecFailed);
  ready = ready && PrepareDescriptors(plan);
  if (ready) execve("/proc/self/exe", plan.arguments, plan.environment);
  const int reason = errno;
  (void)!write(plan.report, &reason, sizeof(reason));
  _exit(kExecFailed);
}

// Ours, and large pages unless somebody set the allocator up already.
std::vector<std::string> ChildEnvironment() {
  std::vector<std::string> variables;
  bool tuned = false;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
    tuned |= variables.back().starts_with(std::string(kTunables) + "=");
  }
  if (!tuned) variables.emplace_back(kHugePages);
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

int DescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 65536;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
}

// The header of glibc 2.36 declares pidfd_open without extern "C".
UniqueFd OpenHandle(pid_t pid) { return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

// `child_fd` must not be the report pipe's, which dup2 would close.
Result<UniqueFd> MoveAbove(UniqueFd fd, int floor) {
  UniqueFd moved(fcntl(fd.get(), F_DUPFD_CLOEXEC, floor + 1));
  if (!moved.valid()) return SystemFailed("duplicate a descriptor", errno);
  return moved;
}

}  // namespace

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), handle_(std::move(other.handle_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(handle_, other.handle_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ == 0) return;
  Kill();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::Kill() {
  if (pid_ != 0) kill(pid_, SIGKILL);  // not reaped yet, so the id is still the child's
}

Result<ExitStatus> ChildProcess::Wait(std::chrono::milliseconds deadline) {
  if (pid_ == 0) return Fail(ErrorCode::kInvalidArgument, "the process was waited for before");
  const auto until = std::chrono::steady_clock::now() + deadline;
  pollfd entry = {handle_.get(), POLLIN, 0};
  int count = 0;
  while ((count = poll(&entry, 1, PollTimeout(until))) < 0 && errno == EINTR) {
  }
  if (count == 0) {
    return Fail(ErrorCode::kDeadlineExceeded,
                fmt::format("process {} still runs after {} ms", pid_, deadline.count()));
  }
  int status = 0;
  pid_t reaped = 0;
  while ((reaped = waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
  }
  if (reaped < 0) return SystemFailed("wait for a process", errno);
  pid_ = 0;
  if (WIFSIGNALED(status)) return ExitStatus{.by_signal = true, .code = WTERMSIG(status)};
  return ExitStatus{.by_signal = false, .code = WEXITSTATUS(status)};
}

Result<SpawnedChild> SpawnSelf(const std::vector<std::string>& arguments, int child_fd) {
  if (child_fd <= STDERR_FILENO || child_fd >= DescriptorLimit()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("descriptor {} cannot be a child's channel", child_fd));
  }
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return SystemFailed("make a socket pair", errno);
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return SystemFailed("make a pipe", errno);
  UniqueFd report_read(report[0]);
  ASSIGN_OR_RETURN(UniqueFd report_write, MoveAbove(UniqueFd(report[1]), child_fd));

  std::vector<std::string> copies = arguments;
  copies.insert(copies.begin(), "/proc/self/exe");
  const std::vector<char*> pointers = Pointers(&copies);
  std::vector<std::string> variables = ChildEnvironment();
  const std::vector<char*> environment = Pointers(&variables);
  const ChildPlan plan = {.parent = getpid(),
                          .channel = theirs.get(),
                          .child_fd = child_fd,
                          .report = report_write.get(),
                          .descriptor_limit = DescriptorLimit(),
                          .arguments = pointers.data(),
                          .environment = environment.data()};
  const pid_t pid = fork();
  if (pid < 0) return SystemFailed("fork", errno);
  if (pid == 0) RunChild(plan);

  ChildProcess process(pid, OpenHandle(pid));
  if (!process.handle_.valid()) return SystemFailed("open a process handle (Linux 5.3 or newer)", errno);
  report_write.Close();
  int reason = 0;
  ssize_t got = 0;
  while ((got = read(report_read.get(), &reason, sizeof(reason))) < 0 && errno == EINTR) {
  }
  if (got > 0) return SystemFailed("start a child process", reason);
  return SpawnedChild{std::move(process), std::move(ours)};
}

}  // namespace mpcstats
