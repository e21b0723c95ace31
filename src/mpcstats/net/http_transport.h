// HttpTransport: a non-blocking byte stream over TCP, with or without TLS. Inside of the HTTP server and client.
#pragma once

#include <cstddef>
#include <string>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/tls_context.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

class HttpTransport {
 public:
  enum class Outcome {
    kMoved,      ///< went on; some bytes, or the handshake is over
    kWantRead,   ///< call again when the socket polls readable
    kWantWrite,  ///< call again when it polls writable
    kEnded,      ///< the peer ended its direction in an orderly way
    kFailed,     ///< lost or broken; Failure() says how
  };
  struct Progress {
    Outcome outcome;
    std::size_t bytes = 0;
  };
  enum class More { kNo, kComes };

  /// Takes the connected socket.
  explicit HttpTransport(UniqueFd fd) : fd_(std::move(fd)) {}

  /// Everything from here on goes through `ssl`, which was made over fd(); `pins` as given to it.
  void UseTls(SslPtr ssl, const PinCheck& pins) {
    ssl_ = std::move(ssl);
    pins_ = &pins;
  }
  [[nodiscard]] bool tls() const { return ssl_ != nullptr; }
  [[nodiscard]] int fd() const { return fd_.get(); }

  Progress Handshake();
  Progress Read(MutableByteSpan out);
  /// `More::kComes` lets the system wait for the rest before it sends a short packet.
  Progress Write(ByteSpan bytes, More more);
  /// Reads and forgets what still arrives, below TLS.
  Progress Discard(MutableByteSpan scratch);

  /// Bytes that Read would give without the socket.
  [[nodiscard]] bool HasPending() const { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }
  /// Ends our direction: goodbye of TLS, then FIN.
  void EndWriting();
  /// The sentence for kFailed (or kEnded out of place); `peer` is its subject.
  [[nodiscard]] Error Failure(const std::string& peer);

 private:
  Progress TlsProgress(int done, std::size_t bytes);

  UniqueFd fd_;
  SslPtr ssl_;
  const PinCheck* pins_ = nullptr;
  int failure_ = 0;  // of SSL_get_error, or errno without TLS
  bool broken_ = false;
};

}  // namespace mpcstats
