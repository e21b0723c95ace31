// NotarySessions: accepts provers and runs each session in a thread, up to a number at once.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "mpcstats/net/rate_limit.h"
#include "mpcstats/net/tcp.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

class NotarySessions {
 public:
  struct Options {
    BoundSocket listener;
    unsigned at_once = 100;
    RateLimiter::Options rate;
    /// Runs one session; called on its thread. Must end when the socket is shut down.
    std::function<void(UniqueFd prover)> run;
    /// Called when a connection is turned away.
    std::function<void()> turned_away;
  };
  /// Starts to accept. Errors: kInternal.
  [[nodiscard]] static Result<std::unique_ptr<NotarySessions>> Start(Options options);
  NotarySessions(const NotarySessions&) = delete;
  NotarySessions& operator=(const NotarySessions&) = delete;
  ~NotarySessions();

  [[nodiscard]] std::uint16_t port() const { return options_.listener.port; }
  [[nodiscard]] std::size_t running() const;
  /// Accepts no more, shuts the sockets of all sessions, and waits for their threads.
  void Stop();

 private:
  explicit NotarySessions(Options options) : options_(std::move(options)), limiter_(options_.rate) {}
  void Accept();
  void Begin(UniqueFd prover);
  void Reap();

  Options options_;
  RateLimiter limiter_;
  UniqueFd wake_read_;
  UniqueFd wake_write_;
  mutable std::mutex mutex_;
  struct Session {
    std::thread thread;
    UniqueFd
        socket;  ///< a descriptor of our own: the session's may be closed and its number given away at any time
    bool over = false;
  };
  std::map<std::uint64_t, Session> sessions_;
  std::uint64_t next_ = 0;
  bool stopping_ = false;
  std::thread acceptor_;
};

}  // namespace mpcstats
