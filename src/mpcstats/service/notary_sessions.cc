#include "mpcstats/service/notary_sessions.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "mpcstats/zktls/proxy/address.h"

namespace mpcstats {

Result<std::unique_ptr<NotarySessions>> NotarySessions::Start(Options options) {
  std::unique_ptr<NotarySessions> sessions(new NotarySessions(std::move(options)));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Fail(ErrorCode::kInternal, std::strerror(errno));
  sessions->wake_read_ = UniqueFd(ends[0]);
  sessions->wake_write_ = UniqueFd(ends[1]);
  sessions->acceptor_ = std::thread([raw = sessions.get()] { raw->Accept(); });
  return sessions;
}

NotarySessions::~NotarySessions() { Stop(); }

std::size_t NotarySessions::running() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(sessions_, [](const auto& entry) { return !entry.second.over; }));
}

void NotarySessions::Accept() {
  while (true) {
    pollfd entries[2] = {{options_.listener.fd.get(), POLLIN, 0}, {wake_read_.get(), POLLIN, 0}};
    if (poll(entries, 2, -1) < 0 && errno != EINTR) return;
    // A session that ended, or Stop.
    char drained[64];
    while (read(wake_read_.get(), drained, sizeof(drained)) > 0) {
    }
    Reap();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if ((entries[0].revents & POLLIN) == 0) continue;
    UniqueFd prover = AcceptTcp(options_.listener.fd.get());
    if (prover.valid()) Begin(std::move(prover));
  }
}

void NotarySessions::Begin(UniqueFd prover) {
  const std::string address = PeerAddress(prover.get());
  const auto wait = limiter_.Allow(RateLimitKey(address), std::chrono::steady_clock::now());
  const std::lock_guard lock(mutex_);
  if (wait || sessions_.size() >= options_.at_once) {
    options_.turned_away();
    return;
  }
  // Without a descriptor of our own Stop could not end it.
  UniqueFd socket(fcntl(prover.get(), F_DUPFD_CLOEXEC, 0));
  if (!socket.valid()) {
    options_.turned_away();
    return;
  }
  const std::uint64_t number = next_++;
  Session& session = sessions_[number];
  session.socket = std::move(socket);
  session.thread = std::thread([this, number, fd = std::move(prover)]() mutable {
    options_.run(std::move(fd));
    const std::lock_guard inside(mutex_);
    const auto found = sessions_.find(number);
    if (found != sessions_.end()) found->second.over = true;
    // The acceptor joins it; a full pipe has woken it already.
    static_cast<void>(write(wake_write_.get(), "", 1));
  });
}

void NotarySessions::Reap() {
  std::vector<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      if (!it->second.over) {
        ++it;
        continue;
      }
      ended.push_back(std::move(it->second.thread));
      it = sessions_.erase(it);
    }
  }
  for (std::thread& thread : ended) thread.join();
}

void NotarySessions::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  static_cast<void>(write(wake_write_.get(), "", 1));
  if (acceptor_.joinable()) acceptor_.join();
  // Who comes now is told at once, and does not wait for somebody to accept him.
  options_.listener.fd.Close();
  std::map<std::uint64_t, Session> left;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [number, session] : sessions_) {
      // Its waits in poll end.
      if (session.socket.valid()) shutdown(session.socket.get(), SHUT_RDWR);
      left[number].thread = std::move(session.thread);
    }
  }
  for (auto& [number, session] : left) session.thread.join();
}

}  // namespace mpcstats
