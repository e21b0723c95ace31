// What one end of a notary session says to the other, frame by frame: over a FrameStream, or in memory for tests.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/frame_stream.h"

namespace mpcstats {

/// A connection to the other end, already private and, for the prover, of an authenticated notary. One owner, one thread.
class SessionChannel {
 public:
  virtual ~SessionChannel() = default;
  /// Errors: kUnavailable, kDeadlineExceeded; after an error all calls fail.
  [[nodiscard]] virtual Status Send(ByteSpan frame) = 0;
  /// The next frame, 1 to `limit` bytes. Errors: as Send; kProtocolViolation for a frame over the limit.
  [[nodiscard]] virtual Result<Bytes> Receive(std::size_t limit) = 0;
};

/// The frames of a stream, which must outlive it.
class StreamChannel final : public SessionChannel {
 public:
  explicit StreamChannel(FrameStream& stream) : stream_(&stream) {}
  [[nodiscard]] Status Send(ByteSpan frame) override { return stream_->Send(frame); }
  [[nodiscard]] Result<Bytes> Receive(std::size_t limit) override { return stream_->Receive(limit); }

 private:
  FrameStream* stream_;
};

/// Two ends that are connected to each other, each for a thread of its own. The end of one is kUnavailable at the other.
[[nodiscard]] std::pair<std::unique_ptr<SessionChannel>, std::unique_ptr<SessionChannel>>
MakeMemoryChannels();

}  // namespace mpcstats
