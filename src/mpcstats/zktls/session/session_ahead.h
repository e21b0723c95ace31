// A session in mode mpc that is opened and prepared on a thread of its own while a person still reads what it is for.
//
//   SessionAhead ahead(connect);                    // connect opens: ReadySession
//   ... show, ask; on "no" it goes out of scope ...
//   Result<ReadySession> ready = std::move(ahead).Take();
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "mpcstats/zktls/session/prover_session.h"

namespace mpcstats {

struct ReadySession {
  std::unique_ptr<FrameStream> stream;
  OpenedSession opened;
};

/// Security: until Take the notary has seen a connection, the time and the bucket: template, ctx and host go with Bind. Nothing of the
///           person's credentials is anywhere in it. What is made serves the one session that it was made for; when it is not taken, the
///           connection ends and everything is overwritten.
class SessionAhead {
 public:
  /// Connects and opens; called on the thread. It shows the socket of each stream before it waits for an answer on it, and -1 before the
  /// stream goes away: whoever says no shall not have to wait.
  using ShowSocket = std::function<void(int fd)>;
  using Connect = std::function<Result<ReadySession>(const ShowSocket& show)>;
  /// A notary waits half a minute for the next message.
  static constexpr std::chrono::milliseconds kKept = std::chrono::seconds(25);

  /// Begins. What `connect` refers to must outlive this. `kept`: how old a preparation may be when it is taken; never more than half of
  /// what the notary gives a session.
  explicit SessionAhead(Connect connect, std::chrono::milliseconds kept = kKept);
  SessionAhead(const SessionAhead&) = delete;
  SessionAhead& operator=(const SessionAhead&) = delete;
  /// Ends the session when it was not taken.
  ~SessionAhead();

  /// Waits until it is made. Once.
  /// Errors: those of `connect` and of OpenedSession::Prepare; kDeadlineExceeded when it has become too old; kUnavailable when the
  ///         notary has ended it. Then the caller opens another.
  [[nodiscard]] Result<ReadySession> Take() &&;

 private:
  struct Socket;
  using Clock = std::chrono::steady_clock;
  void Run();

  Connect connect_;
  std::chrono::milliseconds kept_;
  std::unique_ptr<Socket> socket_;
  std::optional<Result<ReadySession>> made_;
  Clock::time_point opened_at_;
  std::thread thread_;
};

}  // namespace mpcstats
