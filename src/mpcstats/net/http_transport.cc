#include "mpcstats/net/http_transport.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace mpcstats {

HttpTransport::Progress HttpTransport::TlsProgress(int done, std::size_t bytes) {
  if (done == 1) return {Outcome::kMoved, bytes};
  failure_ = SSL_get_error(ssl_.get(), done);
  switch (failure_) {
    case SSL_ERROR_WANT_READ: return {Outcome::kWantRead};
    case SSL_ERROR_WANT_WRITE: return {Outcome::kWantWrite};
    case SSL_ERROR_ZERO_RETURN: return {Outcome::kEnded};
    default: broken_ = true; return {Outcome::kFailed};
  }
}

HttpTransport::Progress HttpTransport::Handshake() {
  ERR_clear_error();
  return TlsProgress(SSL_do_handshake(ssl_.get()), 0);
}

HttpTransport::Progress HttpTransport::Read(MutableByteSpan out) {
  if (!ssl_) return Discard(out);
  ERR_clear_error();
  std::size_t received = 0;
  return TlsProgress(SSL_read_ex(ssl_.get(), out.data(), out.size(), &received), received);
}

HttpTransport::Progress HttpTransport::Discard(MutableByteSpan scratch) {
  while (true) {
    const ssize_t received = recv(fd_.get(), scratch.data(), scratch.size(), 0);
    if (received > 0) return {Outcome::kMoved, static_cast<std::size_t>(received)};
    if (received == 0) return {Outcome::kEnded};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {Outcome::kWantRead};
    failure_ = errno;
    broken_ = true;
    return {Outcome::kFailed};
  }
}

HttpTransport::Progress HttpTransport::Write(ByteSpan bytes, More more) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    return TlsProgress(done, sent);
  }
  while (true) {
    const int flags = MSG_NOSIGNAL | (more == More::kComes ? MSG_MORE : 0);
    const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), flags);
    if (sent >= 0) return {Outcome::kMoved, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {Outcome::kWantWrite};
    failure_ = errno;
    broken_ = true;
    return {Outcome::kFailed};
  }
}

void HttpTransport::EndWriting() {
  if (ssl_ && !broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  shutdown(fd_.get(), SHUT_WR);
}

Error HttpTransport::Failure(const std::string& peer) {
  if (ssl_ && pins_ != nullptr) return TlsError(ssl_.get(), failure_, *pins_, peer);
  if (!broken_) return Error(ErrorCode::kUnavailable, fmt::format("{} closed the connection", peer));
  return Error(ErrorCode::kUnavailable, fmt::format("{} is gone: {}", peer, std::strerror(failure_)));
}

}  // namespace mpcstats
