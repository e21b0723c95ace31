#include "mpcstats/net/tls_lobby.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/net/deadline.h"
#include "mpcstats/net/tcp.h"

namespace mpcstats {
namespace {

using Clock = std::chrono::steady_clock;
using Connection = std::unique_ptr<TlsConnection>;

// Callers that are still unknown. Beyond this the oldest makes room; a real peer then calls again.
constexpr std::size_t kMaxUnknown = 32;
constexpr std::chrono::milliseconds kUnknownPatience{5000};
constexpr std::chrono::milliseconds kFirstRetry{5};
constexpr std::chrono::milliseconds kLastRetry{250};

std::string NameOf(PartyIndex party) { return fmt::format("party {}", party.value()); }

// A connection on its way through the TLS handshake and the two index frames.
class Greeting {
 public:
  Greeting(Connection connection, TlsConnection::Role role, PartyIndex self, std::vector<PartyIndex> expected)
      : connection_(std::move(connection)),
        role_(role),
        index_(1, static_cast<std::uint8_t>(self.value())),
        expected_(std::move(expected)) {}

  /// True when it is done.
  Result<bool> Step() {
    if (!secured_) {
      ASSIGN_OR_RETURN(secured_, connection_->Handshake());
      if (!secured_) return false;
      connection_->SetPeerName(NameOf(party()));
      connection_->BeginReceive(index_.size());
      if (role_ == TlsConnection::Role::kServer) connection_->BeginSend(index_);
    }
    RETURN_IF_ERROR(connection_->Pump());
    if (connection_->receiving()) return false;
    if (!checked_) {
      checked_ = true;
      const Bytes said = connection_->TakeFrame();
      if (said[0] != party().value()) {
        return Fail(ErrorCode::kProtocolViolation,
                    fmt::format("{} has the right key but calls itself party {}", NameOf(party()), said[0]));
      }
      if (role_ == TlsConnection::Role::kClient) {
        connection_->BeginSend(index_);
        RETURN_IF_ERROR(connection_->Pump());
      }
    }
    return !connection_->sending();
  }

  [[nodiscard]] PartyIndex party() const { return expected_[connection_->matched_pin()]; }
  [[nodiscard]] pollfd PollEntry() const { return connection_->PollEntry(); }
  Connection Take() { return std::move(connection_); }

 private:
  Connection connection_;
  TlsConnection::Role role_;
  Bytes index_;
  std::vector<PartyIndex> expected_;
  bool secured_ = false;
  bool checked_ = false;
};

class Lobby {
 public:
  Lobby(TlsLinks::Options& options, SslContextPtr context)
      : options_(options),
        context_(std::move(context)),
        listener_(std::move(options.listener)),
        deadline_(Clock::now() + options.connect_deadline) {
    for (Peer peer : kPeers) {
      const PartyIndex party = IndexOf(options_.self, peer);
      if (party.value() > options_.self.value()) {
        calls_.push_back(Call{.party = party});
      } else {
        callers_.push_back(party);
      }
    }
  }

  Result<std::array<Connection, 2>> Run() {
    while (true) {
      for (Call& call : calls_) RETURN_IF_ERROR(StepCall(call));
      AcceptAll();
      for (std::size_t i = 0; i < unknown_.size();) {
        if (StepUnknown(unknown_[i])) {
          unknown_.erase(unknown_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
          ++i;
        }
      }
      if (met_[0] && met_[1]) return std::move(met_);
      if (Clock::now() >= deadline_) return std::unexpected(TooLate());
      RETURN_IF_ERROR(Wait());
    }
  }

 private:
  struct Call {
    PartyIndex party;
    UniqueFd connecting{};
    std::optional<Greeting> greeting{};
    Clock::time_point next_try{};
    std::chrono::milliseconds backoff = kFirstRetry;
    unsigned attempts = 0;
    std::string last_reason = "no answer";
  };
  struct Unknown {
    Greeting greeting;
    Clock::time_point patience;
  };

  [[nodiscard]] unsigned SlotOf(PartyIndex party) const { return party == options_.self.Next() ? 0 : 1; }
  [[nodiscard]] const Endpoint& EndpointOf(PartyIndex party) const { return options_.parties[party.value()]; }

  Result<Greeting> Greet(UniqueFd fd, TlsConnection::Role role, std::vector<PartyIndex> expected,
                         std::string name) {
    std::vector<Bytes32> pins;
    for (PartyIndex party : expected) pins.push_back(EndpointOf(party).fingerprint);
    ASSIGN_OR_RETURN(
        Connection connection,
        TlsConnection::Open(context_.get(), std::move(fd),
                            {.role = role, .pins = std::move(pins), .peer_name = std::move(name)}));
    return Greeting(std::move(connection), role, options_.self, std::move(expected));
  }

  // An error of the network is tried again; one that would come again (a wrong key) ends the meeting.
  Status StepCall(Call& call) {
    if (met_[SlotOf(call.party)]) return {};
    Status status = Advance(call);
    if (status || status.error().code() != ErrorCode::kUnavailable) return status;
    call.last_reason = status.error().message();
    call.connecting.Close();
    call.greeting.reset();
    call.next_try = Clock::now() + call.backoff;
    call.backoff = std::min(2 * call.backoff, kLastRetry);
    return {};
  }

  Status Advance(Call& call) {
    if (!call.connecting.valid() && !call.greeting) {
      if (Clock::now() < call.next_try) return {};
      const Endpoint& endpoint = EndpointOf(call.party);
      ASSIGN_OR_RETURN(call.connecting, StartConnect(endpoint.host, endpoint.port, call.attempts++));
      return {};
    }
    if (call.connecting.valid()) {
      pollfd entry = {call.connecting.get(), POLLOUT, 0};
      if (poll(&entry, 1, 0) <= 0) return {};
      RETURN_IF_ERROR(FinishConnect(call.connecting.get()));
      ASSIGN_OR_RETURN(Greeting greeting, Greet(std::move(call.connecting), TlsConnection::Role::kClient,
                                                {call.party}, NameOf(call.party)));
      call.greeting.emplace(std::move(greeting));
    }
    ASSIGN_OR_RETURN(const bool done, call.greeting->Step());
    if (done) met_[SlotOf(call.party)] = call.greeting->Take();
    return {};
  }

  void AcceptAll() {
    if (callers_.empty()) return;
    for (std::size_t i = 0; i < kMaxUnknown; ++i) {
      UniqueFd fd = AcceptTcp(listener_.fd());
      if (!fd.valid()) return;
      Result<Greeting> greeting = Greet(std::move(fd), TlsConnection::Role::kServer, callers_, "a caller");
      if (!greeting) continue;
      if (unknown_.size() == kMaxUnknown) unknown_.erase(unknown_.begin());
      unknown_.push_back(Unknown{std::move(*greeting), Clock::now() + kUnknownPatience});
    }
  }

  // True when the caller is no longer unknown: met or turned away.
  bool StepUnknown(Unknown& unknown) {
    const Result<bool> done = unknown.greeting.Step();
    if (!done) {
      ++turned_away_;
      last_stranger_ = done.error().message();
      return true;
    }
    // A peer that calls a second time lost its first connection on the way.
    if (*done) {
      const unsigned slot = SlotOf(unknown.greeting.party());
      met_[slot] = unknown.greeting.Take();
    }
    return *done || Clock::now() >= unknown.patience;
  }

  Error TooLate() const {
    std::string reason;
    for (const Call& call : calls_) {
      if (met_[SlotOf(call.party)]) continue;
      reason = fmt::format("{} at {}:{} did not answer within {} ms ({})", NameOf(call.party),
                           EndpointOf(call.party).host, EndpointOf(call.party).port,
                           options_.connect_deadline.count(), call.last_reason);
      return Error(ErrorCode::kDeadlineExceeded, reason);
    }
    for (PartyIndex party : callers_) {
      if (met_[SlotOf(party)]) continue;
      reason = fmt::format("{} did not call within {} ms", NameOf(party), options_.connect_deadline.count());
      break;
    }
    if (turned_away_ > 0) {
      reason += fmt::format("; turned away {} caller{}, the last because: {}", turned_away_,
                            turned_away_ == 1 ? "" : "s", last_stranger_);
    }
    return Error(ErrorCode::kDeadlineExceeded, reason);
  }

  Status Wait() const {
    std::vector<pollfd> entries;
    Clock::time_point until = deadline_;
    if (!callers_.empty()) entries.push_back({listener_.fd(), POLLIN, 0});
    for (const Call& call : calls_) {
      if (met_[SlotOf(call.party)]) continue;
      if (call.greeting) {
        entries.push_back(call.greeting->PollEntry());
      } else if (call.connecting.valid()) {
        entries.push_back({call.connecting.get(), POLLOUT, 0});
      } else {
        until = std::min(until, call.next_try);
      }
    }
    for (const Unknown& unknown : unknown_) {
      entries.push_back(unknown.greeting.PollEntry());
      until = std::min(until, unknown.patience);
    }
    if (poll(entries.data(), entries.size(), PollTimeout(until)) < 0 && errno != EINTR) {
      return Fail(ErrorCode::kInternal, fmt::format("poll failed: {}", std::strerror(errno)));
    }
    return {};
  }

  TlsLinks::Options& options_;
  SslContextPtr context_;
  TlsListener listener_;
  Clock::time_point deadline_;
  std::vector<Call> calls_;
  std::vector<PartyIndex> callers_;
  std::vector<Unknown> unknown_;
  std::array<Connection, 2> met_;
  unsigned turned_away_ = 0;
  std::string last_stranger_;
};

}  // namespace

Result<std::array<std::unique_ptr<TlsConnection>, 2>> MeetPeers(TlsLinks::Options& options) {
  ASSIGN_OR_RETURN(SslContextPtr context, options.leaf != nullptr ? MakeTlsContext(*options.leaf)
                                                                  : MakeTlsContext(options.identity));
  return Lobby(options, std::move(context)).Run();
}

}  // namespace mpcstats
