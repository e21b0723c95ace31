#include "mpcstats/zktls/session/session_ahead.h"

#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace mpcstats {

// The socket that the thread may be waiting on, for who wants it to end.
struct SessionAhead::Socket {
  std::mutex mutex;
  int fd = -1;
  bool stopped = false;

  void Show(int shown) {
    const std::lock_guard lock(mutex);
    fd = shown;
    if (stopped && fd >= 0) shutdown(fd, SHUT_RDWR);
  }
  void Stop() {
    const std::lock_guard lock(mutex);
    stopped = true;
    if (fd >= 0) shutdown(fd, SHUT_RDWR);
  }
};

SessionAhead::SessionAhead(Connect connect, std::chrono::milliseconds kept)
    : connect_(std::move(connect)), kept_(kept), socket_(std::make_unique<Socket>()) {
  thread_ = std::thread([this] { Run(); });
}

SessionAhead::~SessionAhead() {
  if (!thread_.joinable()) return;
  socket_->Stop();
  thread_.join();
}

void SessionAhead::Run() {
  opened_at_ = Clock::now();
  auto made = connect_([this](int fd) { socket_->Show(fd); });
  if (made) {
    socket_->Show(made->stream->fd());
    const Status prepared = made->opened.Prepare();
    // From here on nobody waits on it, and it may be closed.
    socket_->Show(-1);
    if (!prepared) made = std::unexpected(prepared.error());
  }
  made_.emplace(std::move(made));
}

Result<ReadySession> SessionAhead::Take() && {
  if (!thread_.joinable()) return Fail(ErrorCode::kInvalidArgument, "a session was taken before");
  thread_.join();
  Result<ReadySession> made = *std::exchange(made_, std::nullopt);
  if (!made) return made;
  const auto half = std::chrono::milliseconds(500) * made->opened.limits().seconds;
  if (Clock::now() - opened_at_ > std::min<std::chrono::milliseconds>(kept_, half)) {
    return Fail(ErrorCode::kDeadlineExceeded, "what was prepared for the session is too old");
  }
  RETURN_IF_ERROR(made->opened.CheckWaiting());
  return made;
}

}  // namespace mpcstats
