#include "mpcstats/net/tls_links.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "mpcstats/crypto/tls_leaf.h"
#include "mpcstats/net/deadline.h"
#include "mpcstats/net/tcp.h"
#include "mpcstats/net/tls_connection.h"
#include "mpcstats/net/tls_lobby.h"

namespace mpcstats {
namespace {

constexpr std::chrono::milliseconds kGoodbye{1000};

Status CheckOptions(const TlsLinks::Options& options) {
  const auto& parties = options.parties;
  if (parties[options.self.value()].fingerprint != options.identity.Fingerprint()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the fingerprint listed for party {} is not that of its "
                            "identity",
                            options.self.value()));
  }
  if (options.leaf != nullptr && options.leaf->IdentityFingerprint() != options.identity.Fingerprint()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the TLS leaf of party {} is not one of its identity; make a new leaf",
                            options.self.value()));
  }
  for (unsigned i = 0; i < 3; ++i) {
    if (parties[i].fingerprint == parties[(i + 1) % 3].fingerprint) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("parties {} and {} have the same key", i, (i + 1) % 3));
    }
  }
  if (options.self != PartyIndex(0) && options.listener.fd() < 0) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("party {} needs a listener", options.self.value()));
  }
  return {};
}

}  // namespace

Result<TlsListener> TlsListener::Share() const {
  TlsListener shared;
  shared.fd_ = UniqueFd(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (shared.fd_.get() < 0) {
    return Fail(ErrorCode::kInternal,
                std::string("the listening socket cannot be shared: ") + std::strerror(errno));
  }
  shared.port_ = port_;
  return shared;
}

Result<TlsListener> TlsListener::Open(const std::string& address, std::uint16_t port) {
  ASSIGN_OR_RETURN(BoundSocket bound, ListenTcp(address, port));
  TlsListener listener;
  listener.fd_ = std::move(bound.fd);
  listener.port_ = bound.port;
  return listener;
}

TlsLinks::TlsLinks(const Options& options, Connections connections)
    : self_(options.self),
      io_deadline_(options.io_deadline),
      exchange_cap_(options.exchange_cap),
      connections_(std::move(connections)) {}

TlsLinks::~TlsLinks() = default;

Result<std::unique_ptr<TlsLinks>> TlsLinks::Connect(Options options) {
  RETURN_IF_ERROR(CheckOptions(options));
  ASSIGN_OR_RETURN(Connections connections, MeetPeers(options));
  return std::unique_ptr<TlsLinks>(new TlsLinks(options, std::move(connections)));
}

Status TlsLinks::WaitForEvents(Clock::time_point deadline, std::array<bool, 2>& ready) {
  std::array<pollfd, 2> entries = {connections_[0]->PollEntry(), connections_[1]->PollEntry()};
  const int count = poll(entries.data(), entries.size(), PollTimeout(deadline));
  ready = {};
  if (count < 0 && errno != EINTR) {
    return Fail(ErrorCode::kInternal, fmt::format("poll failed: {}", std::strerror(errno)));
  }
  if (count <= 0) return {};
  for (unsigned p = 0; p < 2; ++p) {
    ready[p] = entries[p].revents != 0;
    const bool hangup = (entries[p].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    // While a frame is awaited, receiving it finds the hangup at the right place in the stream.
    if (hangup && !connections_[p]->receiving()) RETURN_IF_ERROR(connections_[p]->NoticeHangup());
  }
  return {};
}

Status TlsLinks::PumpOne(unsigned slot, Clock::time_point& last_move, bool& again) {
  ASSIGN_OR_RETURN(const TlsConnection::Progress progress, connections_[slot]->Pump());
  if (progress.moved) last_move = Clock::now();
  again |= progress.again;
  return {};
}

Status TlsLinks::Run() {
  const Clock::time_point start = Clock::now();
  std::array<Clock::time_point, 2> last_move = {start, start};
  std::array<bool, 2> ready = {true, true};
  while (true) {
    bool again = false;
    for (unsigned p = 0; p < 2; ++p) {
      if (ready[p] && connections_[p]->busy()) RETURN_IF_ERROR(PumpOne(p, last_move[p], again));
    }
    if (!connections_[0]->busy() && !connections_[1]->busy()) return {};
    const Clock::time_point now = Clock::now();
    Clock::time_point deadline = start + exchange_cap_;
    for (unsigned p = 0; p < 2; ++p) {
      if (!connections_[p]->busy()) continue;
      const bool silent = now >= last_move[p] + io_deadline_;
      if (silent || now >= start + exchange_cap_) {
        return Fail(ErrorCode::kDeadlineExceeded,
                    fmt::format("{} {} within {} ms", connections_[p]->peer_name(),
                                silent ? "moved no byte" : "did not finish an exchange",
                                (silent ? io_deadline_ : exchange_cap_).count()));
      }
      deadline = std::min(deadline, last_move[p] + io_deadline_);
    }
    RETURN_IF_ERROR(WaitForEvents(again ? now : deadline, ready));
    if (again) ready = {true, true};
  }
}

Result<std::array<Bytes, 2>> TlsLinks::Exchange(const std::array<Bytes, 2>& send,
                                                const std::array<std::size_t, 2>& receive_limit) {
  if (ended_) return std::unexpected(ended_->At("the session is over"));
  if (std::max(send[0].size(), send[1].size()) > UINT32_MAX) {
    ended_ = Error(ErrorCode::kInvalidArgument, "a frame is longer than 2^32 - 1 bytes");
    return std::unexpected(*ended_);
  }
  for (unsigned p = 0; p < 2; ++p) {
    if (!send[p].empty()) connections_[p]->BeginSend(send[p]);
    if (receive_limit[p] > 0) connections_[p]->BeginReceive(receive_limit[p]);
  }
  if (Status done = Run(); !done) {
    ended_ = done.error();
    return std::unexpected(*ended_);
  }
  std::array<Bytes, 2> received;
  for (unsigned p = 0; p < 2; ++p) {
    if (receive_limit[p] > 0) received[p] = connections_[p]->TakeFrame();
  }
  return received;
}

void TlsLinks::SendAndClose(const std::array<Bytes, 2>& send) {
  if (!ended_) ended_ = Error(ErrorCode::kUnavailable, "this party closed its links");
  const Clock::time_point deadline = Clock::now() + std::min(io_deadline_, kGoodbye);
  std::array<bool, 2> open;
  for (unsigned p = 0; p < 2; ++p) {
    // What is left of a frame of a failed exchange belongs to its caller and may be gone.
    open[p] = !connections_[p]->sending();
    if (open[p] && !send[p].empty() && send[p].size() <= UINT32_MAX)
      open[p] = connections_[p]->BeginLastSend(send[p]);
    if (!open[p]) connections_[p]->Close();
  }
  // Frame, goodbye, and then reading until the peer closes too: a reset on unread bytes could overtake the
  // frame.
  while (open[0] || open[1]) {
    for (unsigned p = 0; p < 2; ++p) {
      if (open[p] && connections_[p]->sending() && !connections_[p]->Pump()) open[p] = false;
      if (open[p] && connections_[p]->sending()) continue;
      connections_[p]->Close();
      open[p] = open[p] && !connections_[p]->DrainClosed();
    }
    if ((!open[0] && !open[1]) || Clock::now() >= deadline) break;
    std::array<pollfd, 2> entries;
    for (unsigned p = 0; p < 2; ++p) {
      entries[p] = connections_[p]->PollEntry();
      entries[p].events |= POLLIN;
      if (!open[p]) entries[p].fd = -1;
    }
    if (poll(entries.data(), entries.size(), PollTimeout(deadline)) < 0 && errno != EINTR) break;
  }
  for (auto& connection : connections_) connection->Close();
}

Result<Secret<Bytes32>> TlsLinks::Export(Peer peer, ByteSpan context) {
  if (ended_) return std::unexpected(ended_->At("the session is over"));
  return connections_[Slot(peer)]->Export(context);
}

}  // namespace mpcstats
