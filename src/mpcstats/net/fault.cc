#include "mpcstats/net/fault.h"

#include <thread>
#include <utility>

namespace mpcstats {

FaultLinks::FaultLinks(std::unique_ptr<PeerLinks> inner, Fault fault)
    : inner_(std::move(inner)), fault_(fault), self_(inner_->self()) {}

void FaultLinks::Spoil(std::array<Bytes, 2>& send) {
  Bytes& frame = send[Slot(fault_.peer)];
  const Bytes honest = frame;
  const bool first = exchanges_ == fault_.after;
  switch (fault_.kind) {
    case Fault::Kind::kClose: inner_.reset(); break;
    case Fault::Kind::kDrop: frame.clear(); break;
    case Fault::Kind::kDelay: std::this_thread::sleep_for(fault_.delay); break;
    case Fault::Kind::kFlipBit:
      if (first && !frame.empty()) {
        const std::size_t bit = fault_.bit % (8 * frame.size());
        frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] ^ (1u << (bit % 8)));
      }
      break;
    case Fault::Kind::kTruncate:
      if (first && !frame.empty()) frame.pop_back();
      break;
    case Fault::Kind::kReplay:
      if (first && !frame.empty() && !previous_.empty()) frame = previous_;
      break;
  }
  previous_ = honest;
}

Result<std::array<Bytes, 2>> FaultLinks::Exchange(const std::array<Bytes, 2>& send,
                                                  const std::array<std::size_t, 2>& receive_limit) {
  std::array<Bytes, 2> spoiled = send;
  if (exchanges_ >= fault_.after) {
    Spoil(spoiled);
  } else {
    previous_ = send[Slot(fault_.peer)];
  }
  ++exchanges_;
  if (!inner_) return Fail(ErrorCode::kUnavailable, "this party closed its links (a fault of the test)");
  return inner_->Exchange(spoiled, receive_limit);
}

void FaultLinks::SendAndClose(const std::array<Bytes, 2>& send) {
  if (inner_) inner_->SendAndClose(send);
}

Result<Secret<Bytes32>> FaultLinks::Export(Peer peer, ByteSpan context) {
  if (!inner_) return Fail(ErrorCode::kUnavailable, "this party closed its links (a fault of the test)");
  return inner_->Export(peer, context);
}

}  // namespace mpcstats
