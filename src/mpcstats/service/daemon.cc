#include "mpcstats/service/daemon.h"

#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

namespace {

sigset_t StopSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

std::unexpected<Error> SystemError(std::string_view what, ErrorCode code = ErrorCode::kInternal) {
  return Fail(code, fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

Status PrepareProcess() {
  umask(077);
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return SystemError("cannot turn core files off");
  // A core_pattern that is a pipe ignores the limit; it does not ignore this.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return SystemError("cannot turn core dumps off");
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);  // the old limit serves fewer connections, and no less safely
  }
  // Columns come and go by the megabyte: give them back, and keep one arena a core from growing to all of them.
  mallopt(M_ARENA_MAX, 4);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  (void)std::signal(SIGPIPE, SIG_IGN);
  return {};
}

struct StopSignals::State {
  UniqueFd signals;
  UniqueFd requests;
  sigset_t before;
};

StopSignals::StopSignals(std::unique_ptr<State> state) : state_(std::move(state)) {}
StopSignals::StopSignals(StopSignals&&) noexcept = default;
StopSignals& StopSignals::operator=(StopSignals&&) noexcept = default;

StopSignals::~StopSignals() {
  if (state_ != nullptr) pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}

Result<StopSignals> StopSignals::Install() {
  auto state = std::make_unique<State>();
  const sigset_t set = StopSet();
  state->signals = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!state->signals.valid()) return SystemError("signalfd");
  state->requests = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!state->requests.valid()) return SystemError("eventfd");
  if (pthread_sigmask(SIG_BLOCK, &set, &state->before) != 0) return SystemError("pthread_sigmask");
  return StopSignals(std::move(state));
}

int StopSignals::Wait() {
  pollfd waiting[2] = {{.fd = state_->signals.get(), .events = POLLIN, .revents = 0},
                       {.fd = state_->requests.get(), .events = POLLIN, .revents = 0}};
  int signal_number = 0;
  while (true) {
    if (poll(waiting, 2, -1) < 0) continue;
    signalfd_siginfo info{};
    if (read(waiting[0].fd, &info, sizeof(info)) == sizeof(info)) {
      signal_number = static_cast<int>(info.ssi_signo);
      break;
    }
    std::uint64_t requested = 0;
    if (read(waiting[1].fd, &requested, sizeof(requested)) == sizeof(requested)) break;
  }
  // From here on a signal does what it does to any process.
  (void)std::signal(SIGTERM, SIG_DFL);
  (void)std::signal(SIGINT, SIG_DFL);
  const sigset_t set = StopSet();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return signal_number;
}

void StopSignals::RequestStop() {
  const std::uint64_t one = 1;
  (void)!write(state_->requests.get(), &one, sizeof(one));  // can only fail when it was requested 2^64 times
}

Status NotifySupervisor(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || path[0] == '\0') return {};
  const std::size_t length = std::strlen(path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (length >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@')) {
    return Fail(ErrorCode::kUnavailable, "$NOTIFY_SOCKET is no path of a Unix socket");
  }
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return SystemError("the supervisor's socket", ErrorCode::kUnavailable);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const ssize_t sent = sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), size);
  if (sent != static_cast<ssize_t>(state.size())) {
    return SystemError("the supervisor's socket", ErrorCode::kUnavailable);
  }
  return {};
}

}  // namespace mpcstats
