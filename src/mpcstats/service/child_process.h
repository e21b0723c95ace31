// ChildProcess: this program once more as a child, with one socket to talk to it.
//
//   ASSIGN_OR_RETURN(SpawnedChild child, SpawnSelf({"party", "--channel", "3"}, 3));
//   ASSIGN_OR_RETURN(FdChannel channel, FdChannel::Adopt(std::move(child.channel), "party 2", deadline));
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

/// How a process ended: by itself with `code`, or by a signal.
struct ExitStatus {
  bool by_signal = false;
  int code = 0;  ///< the exit code, or the number of the signal
};

/// Owns a child: the destructor kills and reaps it.
class ChildProcess {
 public:
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// The process id; 0 after it was reaped.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// SIGKILL, if it still runs. Wait then says so.
  void Kill();
  /// Waits for the end and reaps.
  /// Errors:   kDeadlineExceeded when it still runs after `deadline`; kInvalidArgument when it was reaped
  /// before.
  [[nodiscard]] Result<ExitStatus> Wait(std::chrono::milliseconds deadline);

 private:
  friend Result<struct SpawnedChild> SpawnSelf(const std::vector<std::string>& arguments, int child_fd);
  ChildProcess(pid_t pid, UniqueFd handle) : pid_(pid), handle_(std::move(handle)) {}

  pid_t pid_ = 0;
  UniqueFd handle_;  // a pidfd: readable when the child has ended
};

struct SpawnedChild {
  ChildProcess process;
  UniqueFd channel;  ///< our end of the socket pair
};

/// Starts /proc/self/exe with `arguments`; the child finds its end of a stream socket pair at descriptor
/// `child_fd`, which is over 2. It inherits no other descriptor but standard error, to which its standard
/// output goes too, so that what we print stays ours; its standard input is empty.
///
/// The child is killed by the kernel when the *thread* that called this ends: call it from one that lives as
/// long as the launcher. Arguments are visible to every user of the machine: secrets go through the channel.
/// Errors:   kInvalidArgument for a bad `child_fd`; kInternal with the system's reason.
[[nodiscard]] Result<SpawnedChild> SpawnSelf(const std::vector<std::string>& arguments, int child_fd);

}  // namespace mpcstats
