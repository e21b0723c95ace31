// FdChannel: framed messages between two processes over a socket pair.
//
//   ASSIGN_OR_RETURN(FdChannel channel, FdChannel::Adopt(UniqueFd(3), "the launcher", deadline));
//   ASSIGN_OR_RETURN(Bytes job, channel.Receive(1 << 20));
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

/// A message is 1 byte to 1 GiB; its length goes first as a u32 in little-endian order. After an error the
/// channel is closed, so that the other end notices. One thread at a time.
class FdChannel {
 public:
  static constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 30;

  /// Takes over a connected stream socket. `peer_name` is for errors ("party 2"); `deadline` is how long a
  /// call waits while no byte moves. Errors:   kInvalidArgument when `fd` is not a stream socket.
  [[nodiscard]] static Result<FdChannel> Adopt(UniqueFd fd, std::string peer_name,
                                               std::chrono::milliseconds deadline);

  /// Errors:   kInvalidArgument for an empty or too long message, nothing sent; kUnavailable when the other
  /// end is
  ///           closed; kDeadlineExceeded.
  [[nodiscard]] Status Send(ByteSpan message);

  /// The next message.
  /// Errors:   kProtocolViolation when it is announced as empty or longer than `limit` (nothing is allocated
  /// for it);
  ///           kUnavailable when the other end is closed; kDeadlineExceeded.
  [[nodiscard]] Result<Bytes> Receive(std::size_t limit);

  void set_deadline(std::chrono::milliseconds deadline) { deadline_ = deadline; }
  /// To poll for readability; -1 after an error.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  FdChannel(UniqueFd fd, std::string peer_name, std::chrono::milliseconds deadline)
      : fd_(std::move(fd)), peer_name_(std::move(peer_name)), deadline_(deadline) {}
  std::unexpected<Error> Broken(ErrorCode code, const std::string& what);
  Status Wait(short events);
  Status SendAll(ByteSpan bytes, int flags);
  Status ReceiveAll(MutableByteSpan out);

  UniqueFd fd_;
  std::string peer_name_;
  std::chrono::milliseconds deadline_;
};

}  // namespace mpcstats
