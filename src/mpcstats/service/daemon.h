// What makes a process a service: settings of the process, the signals that end it, and word to its supervisor.
//
//   RETURN_IF_ERROR(PrepareProcess());
//   ASSIGN_OR_RETURN(StopSignals stop, StopSignals::Install());  // before any thread is started
//   ... start ...
//   NotifySupervisor("READY=1");
//   stop.Wait();
//   NotifySupervisor("STOPPING=1");
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// For a process that holds secrets and serves many connections: files are made for the owner alone, no core is ever
/// written and no debugger of the same user attaches, as many descriptors as the hard limit allows, few malloc arenas,
/// writing to a closed connection is an error and no signal.
/// Errors:   kInternal when the system refuses what protects secrets (core files).
[[nodiscard]] Status PrepareProcess();

/// SIGTERM and SIGINT as an end that is asked for. The first is what Wait returns for; a second one ends the process at
/// once, as if nothing had been installed.
class StopSignals {
 public:
  /// Must be called before other threads are started, since they inherit that the signals are blocked.
  /// Errors:   kInternal.
  [[nodiscard]] static Result<StopSignals> Install();
  StopSignals(StopSignals&&) noexcept;
  StopSignals& operator=(StopSignals&&) noexcept;
  ~StopSignals();

  /// Waits for a signal or for RequestStop. Says which signal it was, or 0. To be called once, from the thread that
  /// installed.
  int Wait();

  /// Ends Wait from any thread, for a service that cannot go on.
  void RequestStop();

 private:
  struct State;
  explicit StopSignals(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Tells the supervisor (systemd) about this service: "READY=1", "STOPPING=1", "STATUS=...". Nothing happens when nobody
/// asked to be told.
///
/// Errors:   kUnavailable with the system's reason; a service goes on without.
/// Source:   sd_notify(3): one datagram to the Unix socket that $NOTIFY_SOCKET names.
[[nodiscard]] Status NotifySupervisor(std::string_view state);

}  // namespace mpcstats
