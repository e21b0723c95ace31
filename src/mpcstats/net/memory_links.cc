#include "mpcstats/net/memory_links.h"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

// A sender this far ahead of its peer waits, as it would on a full socket.
constexpr std::size_t kMaxFramesUnderWay = 16;

struct Hub {
  std::mutex mutex;
  std::condition_variable changed;
  std::array<std::array<std::deque<Bytes>, 3>, 3> frames;  // [from][to]
  std::array<bool, 3> closed{};
  std::array<Bytes32, 3> pair_secrets;  // by the index of the party that is not in the pair
};

class MemoryLinks final : public PeerLinks {
 public:
  MemoryLinks(std::shared_ptr<Hub> hub, PartyIndex self, std::chrono::milliseconds deadline)
      : hub_(std::move(hub)), self_(self), deadline_(deadline) {}
  ~MemoryLinks() override { Close(); }

  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& receive_limit) override {
    if (ended_) return std::unexpected(ended_->At("the session is over"));
    Result<std::array<Bytes, 2>> received = Run(send, receive_limit);
    if (!received) ended_ = received.error();
    return received;
  }

  void SendAndClose(const std::array<Bytes, 2>& send) override {
    if (!ended_) ended_ = Error(ErrorCode::kUnavailable, "this party closed its links");
    {
      std::scoped_lock lock(hub_->mutex);
      for (Peer peer : kPeers) {
        if (!send[Slot(peer)].empty() && !hub_->closed[self_.value()])
          Outgoing(peer).push_back(send[Slot(peer)]);
      }
    }
    Close();
  }

  Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    if (ended_) return std::unexpected(ended_->At("the session is over"));
    Sha256Stream hash("mpcstats/memory-links/export");
    hash.Add(hub_->pair_secrets[IndexOf(self_, Other(peer)).value()]).Add(context);
    return Secret<Bytes32>(hash.Finish());
  }

  [[nodiscard]] PartyIndex self() const override { return self_; }

 private:
  std::deque<Bytes>& Outgoing(Peer peer) { return hub_->frames[self_.value()][IndexOf(self_, peer).value()]; }
  std::deque<Bytes>& Incoming(Peer peer) { return hub_->frames[IndexOf(self_, peer).value()][self_.value()]; }
  bool Closed(Peer peer) { return hub_->closed[IndexOf(self_, peer).value()]; }

  Result<std::array<Bytes, 2>> Run(const std::array<Bytes, 2>& send,
                                   const std::array<std::size_t, 2>& receive_limit) {
    std::array<Bytes, 2> received;
    std::array<bool, 2> to_send = {!send[0].empty(), !send[1].empty()};
    std::array<bool, 2> to_receive = {receive_limit[0] > 0, receive_limit[1] > 0};
    const auto until = std::chrono::steady_clock::now() + deadline_;
    std::unique_lock lock(hub_->mutex);
    while (true) {
      bool moved = false;
      for (Peer peer : kPeers) {
        const unsigned p = Slot(peer);
        if (to_send[p] && !Closed(peer) && Outgoing(peer).size() < kMaxFramesUnderWay) {
          Outgoing(peer).push_back(send[p]);
          to_send[p] = false;
          moved = true;
        }
        if (to_receive[p] && !Incoming(peer).empty()) {
          if (Incoming(peer).front().size() > receive_limit[p])
            return std::unexpected(TooLong(peer, receive_limit[p]));
          received[p] = std::move(Incoming(peer).front());
          Incoming(peer).pop_front();
          to_receive[p] = false;
          moved = true;
        }
        if ((to_send[p] || to_receive[p]) && Closed(peer)) {
          return Fail(ErrorCode::kUnavailable, Name(peer) + " closed the connection");
        }
      }
      if (moved) hub_->changed.notify_all();
      if (!to_send[0] && !to_send[1] && !to_receive[0] && !to_receive[1]) return received;
      if (moved) continue;
      if (hub_->changed.wait_until(lock, until) == std::cv_status::timeout) {
        const Peer silent = to_send[0] || to_receive[0] ? Peer::kNext : Peer::kPrevious;
        return Fail(ErrorCode::kDeadlineExceeded,
                    fmt::format("{} moved no byte within {} ms", Name(silent), deadline_.count()));
      }
    }
  }

  std::string Name(Peer peer) const { return fmt::format("party {}", IndexOf(self_, peer).value()); }
  Error TooLong(Peer peer, std::size_t limit) {
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("{} announced a frame of {} bytes where 1 to {} may come", Name(peer),
                             Incoming(peer).front().size(), limit));
  }

  void Close() {
    std::scoped_lock lock(hub_->mutex);
    hub_->closed[self_.value()] = true;
    hub_->changed.notify_all();
  }

  std::shared_ptr<Hub> hub_;
  PartyIndex self_;
  std::chrono::milliseconds deadline_;
  std::optional<Error> ended_;
};

}  // namespace

std::array<std::unique_ptr<PeerLinks>, 3> MakeMemoryLinks(Rng& rng, std::chrono::milliseconds deadline) {
  auto hub = std::make_shared<Hub>();
  for (Bytes32& secret : hub->pair_secrets) rng.Fill(secret);
  std::array<std::unique_ptr<PeerLinks>, 3> links;
  for (unsigned i = 0; i < 3; ++i) links[i] = std::make_unique<MemoryLinks>(hub, PartyIndex(i), deadline);
  return links;
}

}  // namespace mpcstats
