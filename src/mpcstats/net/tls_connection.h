// TlsConnection: one authenticated connection that carries frames. It never waits: the caller polls and
// pumps.
//
//   connection->BeginSend(frame);
//   connection->BeginReceive(limit);
//   while (connection->busy()) { poll(connection->PollEntry()); RETURN_IF_ERROR(connection->Pump()); }
#pragma once

#include <poll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/net/tls_context.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

class TlsConnection {
 public:
  enum class Role { kClient, kServer };
  struct Options {
    Role role;
    std::vector<Bytes32> pins;  ///< the keys that may stand at the other end
    std::string peer_name;      ///< for errors: "party 2"
    /// Frames of 16 KiB after which the sending key is changed: AES-GCM allows 2^24.5 (RFC 8446 section 5.5).
    std::uint64_t records_per_key = 1 << 22;
  };
  /// What a pump did: `moved` bytes, and whether it should go `again` at once since it only stopped to be
  /// fair.
  struct Progress {
    bool moved = false;
    bool again = false;
  };

  [[nodiscard]] static Result<std::unique_ptr<TlsConnection>> Open(SSL_CTX* context, UniqueFd fd,
                                                                   Options options);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection();

  /// One step of the TLS handshake; true when it is done.
  [[nodiscard]] Result<bool> Handshake();
  /// Which of the pins the peer has. After the handshake.
  [[nodiscard]] std::size_t matched_pin() const { return pins_.matched; }
  void SetPeerName(std::string name) { options_.peer_name = std::move(name); }

  /// Starts to send one frame, of 1 to 2^32 - 1 bytes, which must stay as it is while sending() holds.
  void BeginSend(ByteSpan frame);
  /// The same for a frame after which nothing follows either way; false when the connection cannot carry it.
  [[nodiscard]] bool BeginLastSend(ByteSpan frame);
  /// Starts to receive one frame of 1 to `limit` bytes.
  void BeginReceive(std::size_t limit);
  [[nodiscard]] bool sending() const { return head_sent_ + payload_sent_ < head_size_ + payload_.size(); }
  [[nodiscard]] bool receiving() const { return receive_limit_ > 0; }
  [[nodiscard]] bool busy() const { return sending() || receiving(); }
  /// The received frame, once receiving() is over.
  [[nodiscard]] Bytes TakeFrame() { return std::move(frame_); }

  /// Sends and receives what is possible now, up to 512 KiB each way.
  [[nodiscard]] Result<Progress> Pump();

  /// Looks at a connection from which nothing is awaited, when its socket reports a hangup. A peer that said
  /// goodbye has ended its session in good order: what it sent before is kept for later frames, and only
  /// sending to it is an error. One that vanished is kUnavailable.
  [[nodiscard]] Status NoticeHangup();

  /// What to wait for: while busy for progress, and always for a hangup, until that has been noticed.
  [[nodiscard]] pollfd PollEntry() const;

  /// Says goodbye and shuts the sending direction; without the goodbye when a frame is half sent. Further
  /// calls do nothing.
  void Close();
  /// Throws away what has arrived; true when the peer has closed. After Close only.
  [[nodiscard]] bool DrainClosed();

  /// See PeerLinks::Export.
  [[nodiscard]] Result<Secret<Bytes32>> Export(ByteSpan context);

  [[nodiscard]] const std::string& peer_name() const { return options_.peer_name; }

 private:
  static constexpr std::size_t kRecordBytes = 16 * 1024;
  static constexpr std::size_t kPrefixBytes = 4;

  TlsConnection(UniqueFd fd, Options options);
  Error Broken(int outcome);
  Status RenewKey(std::size_t bytes);
  Result<Progress> PumpSend();
  Result<Progress> PumpReceive();
  /// Decrypts one more record into the inbox; false when none is there.
  Result<bool> FillInbox();
  Status ConsumeInbox();

  UniqueFd fd_;  // outlives ssl_
  Options options_;
  PinCheck pins_;
  SslPtr ssl_;
  bool broken_ = false;
  bool closed_ = false;
  bool peer_closed_ = false;
  short handshake_wants_ = POLLIN | POLLOUT;
  short send_wants_ = POLLOUT;
  short receive_wants_ = POLLIN;

  // The prefix and the first bytes of the frame lie together, to leave as one record.
  std::array<std::uint8_t, kRecordBytes> head_;
  std::size_t head_size_ = 0;
  std::size_t head_sent_ = 0;
  ByteSpan payload_;
  std::size_t payload_sent_ = 0;
  std::uint64_t records_on_key_ = 0;

  Bytes inbox_;  // decrypted and not yet consumed: [inbox_begin_, inbox_end_)
  std::size_t inbox_begin_ = 0;
  std::size_t inbox_end_ = 0;
  Bytes frame_;
  std::size_t receive_limit_ = 0;
  std::size_t frame_size_ = 0;  // 0 until the prefix is here
};

}  // namespace mpcstats
