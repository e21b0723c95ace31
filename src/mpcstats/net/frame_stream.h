// FrameStream: one TLS connection between two ends that take turns, in frames; every wait has a deadline.
//
//   ASSIGN_OR_RETURN(auto stream, FrameStream::Connect("notary.example", 7443, {fingerprint}, options));
//   RETURN_IF_ERROR(stream->Send(frame));
//   ASSIGN_OR_RETURN(const Bytes answer, stream->Receive(limit));
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/http_tls.h"
#include "mpcstats/net/http_transport.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

/// A frame on the wire is its length as a u32 (little-endian), then that many bytes; never empty. Blocking; for one thread.
///
/// Security: TLS 1.3 as of HttpServerTls and HttpClientTls: the server proves a pinned key, the client is anonymous. A frame
///           over the receiver's limit is refused by its length, before anything is allocated for it.
class FrameStream {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::string peer_name;                                      ///< for errors: "the notary"
    std::chrono::milliseconds wait = std::chrono::seconds(30);  ///< for each frame, and for the handshake
    /// The whole connection ends then, however busy it is.
    Clock::time_point end = Clock::time_point::max();
  };

  /// Connects and finishes the handshake; tries several addresses of a name.
  /// Errors:   kUnavailable, kDeadlineExceeded, kProtocolViolation when the server has another key.
  [[nodiscard]] static Result<std::unique_ptr<FrameStream>> Connect(const std::string& host,
                                                                    std::uint16_t port,
                                                                    std::vector<Bytes32> pins,
                                                                    Options options);

  /// The server's end over an accepted, non-blocking socket. Errors: as Connect.
  [[nodiscard]] static Result<std::unique_ptr<FrameStream>> Accept(UniqueFd fd, const HttpServerTls& tls,
                                                                   Options options);

  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;
  ~FrameStream();  ///< says goodbye when it can

  /// Errors:   kUnavailable, kDeadlineExceeded; kInvalidArgument for an empty frame. After an error all calls fail.
  [[nodiscard]] Status Send(ByteSpan frame);

  /// The next frame, of at most `limit` bytes.
  /// Errors:   as Send; kProtocolViolation for a frame that is empty or over the limit.
  [[nodiscard]] Result<Bytes> Receive(std::size_t limit);

  /// A frame if a whole one can be had without waiting. Errors: as Receive.
  [[nodiscard]] Result<std::optional<Bytes>> TryReceive(std::size_t limit);

  /// The socket, to poll for POLLIN before TryReceive, which must be called until it has nothing.
  [[nodiscard]] int fd() const { return transport_.fd(); }

  /// Frame bytes with their lengths, before TLS.
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }
  /// How often this end sent a first frame after it had received: the round trips that it began.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

 private:
  FrameStream(UniqueFd fd, Options options) : options_(std::move(options)), transport_(std::move(fd)) {}
  Status Handshake(SslPtr ssl);
  [[nodiscard]] Clock::time_point Deadline() const;
  Status CheckEnd();
  Status Await(short events, Clock::time_point deadline);
  Status Write(ByteSpan bytes, Clock::time_point deadline);
  /// Reads what is there; false when it would have to wait.
  Result<bool> Fill();
  [[nodiscard]] Result<std::optional<Bytes>> TakeFrame(std::size_t limit);

  Options options_;
  PinCheck pins_;  // outlives the transport
  HttpTransport transport_;
  Status failed_;
  Bytes inbox_;
  std::size_t inbox_begin_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t turns_ = 0;
  bool received_last_ = true;
};

}  // namespace mpcstats
