// FaultLinks: a misbehaving party, for tests. From a given exchange on it does one thing wrong.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

#include "mpcstats/net/links.h"

namespace mpcstats {

struct Fault {
  enum class Kind {
    kClose,     ///< the links close before the exchange; this one and all later ones fail
    kDrop,      ///< frames to the peer are not sent, from this exchange on
    kDelay,     ///< each exchange starts `delay` later, from this one on
    kFlipBit,   ///< bit `bit` (mod its size) of this frame is flipped, once
    kTruncate,  ///< the last byte of this frame is missing, once (a frame of one byte is dropped)
    kReplay,    ///< the frame of the exchange before is sent in place of this one, once
  };
  Kind kind = Kind::kClose;
  std::uint64_t after = 0;  ///< exchanges that go well before
  Peer peer = Peer::kNext;  ///< whose frames; kClose and kDelay concern both
  std::size_t bit = 0;
  std::chrono::milliseconds delay{0};
};

class FaultLinks final : public PeerLinks {
 public:
  FaultLinks(std::unique_ptr<PeerLinks> inner, Fault fault);

  [[nodiscard]] Result<std::array<Bytes, 2>> Exchange(
      const std::array<Bytes, 2>& send, const std::array<std::size_t, 2>& receive_limit) override;
  void SendAndClose(const std::array<Bytes, 2>& send) override;
  [[nodiscard]] Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override;
  [[nodiscard]] PartyIndex self() const override { return self_; }

 private:
  void Spoil(std::array<Bytes, 2>& send);

  std::unique_ptr<PeerLinks> inner_;  // none after kClose
  Fault fault_;
  PartyIndex self_;
  std::uint64_t exchanges_ = 0;
  Bytes previous_;
};

}  // namespace mpcstats
