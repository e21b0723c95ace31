#include "mpcstats/zktls/proxy/run_relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "mpcstats/net/deadline.h"

namespace mpcstats {
namespace {

using Clock = Relay::Clock;

class Loop {
 public:
  Loop(FrameStream& prover, UniqueFd server, Relay& relay)
      : prover_(&prover), server_(std::move(server)), relay_(&relay) {}

  // Reads before it waits: the prover's first frames may be in its stream's buffer already.
  Status Run() {
    for (;;) {
      RETURN_IF_ERROR(ReadProver());
      RETURN_IF_ERROR(ReadServer());
      RETURN_IF_ERROR(relay_->Tick(Clock::now()));
      RETURN_IF_ERROR(WriteToServer());
      for (const Bytes& frame : relay_->TakeForProver()) RETURN_IF_ERROR(prover_->Send(frame));
      if (relay_->over()) return {};
      RETURN_IF_ERROR(Wait());
    }
  }

 private:
  Status Wait() {
    const short server_events = static_cast<short>(POLLIN | (pending_.empty() ? 0 : POLLOUT));
    // Once frozen the server's bytes stay where they are: only the prover's last word is waited for.
    const int server_fd = relay_->frozen() ? -1 : server_.get();
    std::array<pollfd, 2> entries = {{{prover_->fd(), POLLIN, 0}, {server_fd, server_events, 0}}};
    if (poll(entries.data(), entries.size(), PollTimeout(relay_->Deadline())) < 0 && errno != EINTR) {
      return Fail(ErrorCode::kInternal, std::strerror(errno));
    }
    return {};
  }

  Status ReadProver() {
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<Bytes> frame, prover_->TryReceive(kMaxRelayFrame));
      if (!frame) return {};
      RETURN_IF_ERROR(relay_->FromProver(*frame, Clock::now()));
      if (relay_->over()) return {};  // what follows is of the next phase
    }
  }

  Status ReadServer() {
    if (relay_->frozen()) return {};
    std::array<std::uint8_t, 16384> buffer;
    const ssize_t size = recv(server_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0)
      return relay_->FromServer(ByteSpan(buffer).first(static_cast<std::size_t>(size)), Clock::now());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    // An orderly end and a lost connection are the same here: the log says whether an alert came before.
    return relay_->ServerEnded();
  }

  // A server that does not read anymore may still have said something: what it sent decides.
  Status WriteToServer() {
    const Bytes more = relay_->TakeForServer();
    pending_.insert(pending_.end(), more.begin(), more.end());
    while (!pending_.empty()) {
      const ssize_t size = send(server_.get(), pending_.data(), pending_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size >= 0) {
        pending_.erase(pending_.begin(), pending_.begin() + size);
      } else if (errno == EAGAIN) {
        return {};
      } else if (errno != EINTR) {
        pending_.clear();
      }
    }
    return {};
  }

  FrameStream* prover_;
  UniqueFd server_;
  Relay* relay_;
  Bytes pending_;
};

}  // namespace

Result<RelayedSession> RunRelay(FrameStream& prover, const RelayTarget& target, const RootStore& roots,
                                TlsTime now, const Relay::Limits& limits) {
  ASSIGN_OR_RETURN(UniqueFd server, ConnectToWebsite(target, "the notary"));
  RelayedSession result;
  result.resolved_address = PeerAddress(server.get());
  result.egress_address = LocalAddress(server.get());
  Relay relay({.host = target.host, .roots = &roots, .now = now}, limits, Clock::now());
  RETURN_IF_ERROR(Loop(prover, std::move(server), relay).Run());
  result.end = *relay.end();
  ASSIGN_OR_RETURN(result.session, std::move(relay).Finish());
  return result;
}

}  // namespace mpcstats
