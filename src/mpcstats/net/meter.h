// MeteredLinks: counts what a party sends, so that a test can hold a protocol to the cost it promises.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "mpcstats/net/links.h"

namespace mpcstats {

class MeteredLinks final : public PeerLinks {
 public:
  explicit MeteredLinks(std::unique_ptr<PeerLinks> inner) : inner_(std::move(inner)) {}

  [[nodiscard]] Result<std::array<Bytes, 2>> Exchange(
      const std::array<Bytes, 2>& send, const std::array<std::size_t, 2>& receive_limit) override {
    Count(send);
    return inner_->Exchange(send, receive_limit);
  }
  void SendAndClose(const std::array<Bytes, 2>& send) override {
    Count(send);
    inner_->SendAndClose(send);
  }
  [[nodiscard]] Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    return inner_->Export(peer, context);
  }
  [[nodiscard]] PartyIndex self() const override { return inner_->self(); }

  /// Bytes of frames for `peer`, with 4 for the length of each; not what TLS and TCP add.
  [[nodiscard]] std::uint64_t bytes_sent(Peer peer) const { return bytes_sent_[Slot(peer)]; }
  /// Calls that had anything to send.
  [[nodiscard]] std::uint64_t flushes() const { return flushes_; }

 private:
  static constexpr std::uint64_t kPrefixBytes = 4;

  void Count(const std::array<Bytes, 2>& send) {
    for (unsigned p = 0; p < 2; ++p) {
      if (!send[p].empty()) bytes_sent_[p] += kPrefixBytes + send[p].size();
    }
    if (!send[0].empty() || !send[1].empty()) ++flushes_;
  }

  std::unique_ptr<PeerLinks> inner_;
  std::array<std::uint64_t, 2> bytes_sent_{};
  std::uint64_t flushes_ = 0;
};

}  // namespace mpcstats
