// TlsLinks: the links of a party to its two peers over TLS 1.3, with pinned keys.
//
//   ASSIGN_OR_RETURN(TlsListener listener, TlsListener::Open("0.0.0.0", 7001));
//   ASSIGN_OR_RETURN(auto links, TlsLinks::Connect({.self = PartyIndex(1), .identity = identity,
//                                                   .listener = std::move(listener), .parties = parties}));
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mpcstats/crypto/identity.h"
#include "mpcstats/net/links.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

class TlsConnection;
class TlsLeaf;

/// Where a party listens and by which key it is known.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  Bytes32 fingerprint{};  ///< Identity::Fingerprint
};

/// A listening TCP socket, open before the peers are told of its port. An empty one listens nowhere.
class TlsListener {
 public:
  TlsListener() = default;
  /// `address` is numeric; port 0 takes any free port.
  /// Errors:   kInvalidArgument with the system's reason.
  [[nodiscard]] static Result<TlsListener> Open(const std::string& address, std::uint16_t port);

  /// A second owner of the same socket, for one meeting of the peers after another: connections that come in between wait.
  /// Errors:   kInternal with the system's reason.
  [[nodiscard]] Result<TlsListener> Share() const;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::uint16_t port_ = 0;
};

/// Security: see MakeTlsContext. Whoever holds no pinned key can neither read, change nor stop a session (but
/// for
///           flooding the network). Lengths and times of frames are visible on the wire.
/// One thread at a time.
class TlsLinks final : public PeerLinks {
 public:
  struct Options {
    PartyIndex self;
    const Identity& identity;
    /// Used for TLS instead of the identity's own key when set; lives until Connect returns. `parties` list
    /// fingerprints of identities either way.
    const TlsLeaf* leaf = nullptr;
    TlsListener listener;  ///< party 0 needs none
    std::array<Endpoint, 3> parties;
    std::chrono::milliseconds connect_deadline{30'000};
    /// How long an exchange waits for a peer that moves no byte.
    std::chrono::milliseconds io_deadline{30'000};
    /// How long an exchange may take altogether, whatever moves.
    std::chrono::milliseconds exchange_cap{600'000};
  };

  /// Meets both peers: the party with the lower index connects and tries again until the other listens; the
  /// higher one accepts in any order and drops strangers. The listener is closed afterwards. Errors:
  /// kInvalidArgument when `parties` do not fit together or not with the identity; kProtocolViolation when
  ///           a peer that we call has another key, refuses ours, or speaks something else; kDeadlineExceeded
  ///           when a peer does not come, with the last reason. Each names the peer.
  [[nodiscard]] static Result<std::unique_ptr<TlsLinks>> Connect(Options options);
  ~TlsLinks() override;

  [[nodiscard]] Result<std::array<Bytes, 2>> Exchange(
      const std::array<Bytes, 2>& send, const std::array<std::size_t, 2>& receive_limit) override;
  void SendAndClose(const std::array<Bytes, 2>& send) override;
  [[nodiscard]] Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override;
  [[nodiscard]] PartyIndex self() const override { return self_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Connections = std::array<std::unique_ptr<TlsConnection>, 2>;

  TlsLinks(const Options& options, Connections connections);
  /// Pumps both connections until they have sent and received what they should.
  Status Run();
  Status PumpOne(unsigned slot, Clock::time_point& last_move, bool& again);
  Status WaitForEvents(Clock::time_point deadline, std::array<bool, 2>& ready);

  PartyIndex self_;
  std::chrono::milliseconds io_deadline_;
  std::chrono::milliseconds exchange_cap_;
  Connections connections_;
  std::optional<Error> ended_;
};

}  // namespace mpcstats
