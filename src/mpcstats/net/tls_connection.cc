#include "mpcstats/net/tls_connection.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kPumpBytes = 512 * 1024;
constexpr std::size_t kWriteBytes = 256 * 1024;
// More than a hung-up socket's receive buffer can hold.
constexpr std::size_t kMaxInboxBytes = 64 << 20;
constexpr std::string_view kExporterLabel = "EXPORTER-mpcstats-prf";

bool WantsMore(int outcome) { return outcome == SSL_ERROR_WANT_READ || outcome == SSL_ERROR_WANT_WRITE; }

// The memory of a large frame is new each time, and first touching it in small pages costs more than decryption.
void AdviseHugePages(std::uint8_t* data, std::size_t size) {
  constexpr std::uintptr_t kHugePage = 2 << 20;
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + kHugePage - 1) & ~(kHugePage - 1);
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + size) & ~(kHugePage - 1);
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

short EventFor(int outcome) { return outcome == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT; }

}  // namespace

TlsConnection::TlsConnection(UniqueFd fd, Options options)
    : fd_(std::move(fd)), options_(std::move(options)), inbox_(kRecordBytes) {
  pins_.accepted = options_.pins;
}

TlsConnection::~TlsConnection() {
  Close();
  // Closing with unread bytes would reset the connection and could take our last frame from the peer.
  (void)DrainClosed();
  SecureWipe(inbox_.data(), inbox_.size());
  SecureWipe(head_.data(), head_.size());
}

Result<std::unique_ptr<TlsConnection>> TlsConnection::Open(SSL_CTX* context, UniqueFd fd, Options options) {
  std::unique_ptr<TlsConnection> connection(new TlsConnection(std::move(fd), std::move(options)));
  ASSIGN_OR_RETURN(connection->ssl_, MakeTls(context, connection->fd_.get(), connection->pins_));
  if (connection->options_.role == Role::kClient) {
    SSL_set_connect_state(connection->ssl_.get());
  } else {
    SSL_set_accept_state(connection->ssl_.get());
  }
  return connection;
}

Error TlsConnection::Broken(int outcome) {
  broken_ = true;
  return TlsError(ssl_.get(), outcome, pins_, options_.peer_name);
}

Result<bool> TlsConnection::Handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    handshake_wants_ = 0;
    return true;
  }
  const int outcome = SSL_get_error(ssl_.get(), done);
  if (!WantsMore(outcome)) return std::unexpected(Broken(outcome));
  handshake_wants_ = EventFor(outcome);
  return false;
}

void TlsConnection::BeginSend(ByteSpan frame) {
  CHECK(!sending() && !frame.empty() && frame.size() <= UINT32_MAX);
  const std::size_t together = std::min(frame.size(), kRecordBytes - kPrefixBytes);
  for (std::size_t i = 0; i < kPrefixBytes; ++i)
    head_[i] = static_cast<std::uint8_t>(frame.size() >> (8 * i));
  std::memcpy(head_.data() + kPrefixBytes, frame.data(), together);
  head_size_ = kPrefixBytes + together;
  head_sent_ = 0;
  payload_ = frame.subspan(together);
  payload_sent_ = 0;
}

bool TlsConnection::BeginLastSend(ByteSpan frame) {
  if (broken_ || closed_ || peer_closed_ || sending()) return false;
  receive_limit_ = 0;
  BeginSend(frame);
  return true;
}

void TlsConnection::BeginReceive(std::size_t limit) {
  CHECK(!receiving() && limit > 0);
  receive_limit_ = limit;
  frame_size_ = 0;
  frame_.clear();
}

Status TlsConnection::RenewKey(std::size_t bytes) {
  records_on_key_ += bytes / kRecordBytes + 1;
  if (records_on_key_ < options_.records_per_key) return {};
  // While a key update waits for room in the socket OpenSSL does not read either, and two ends that wait like this
  // wait for each other. So it is started only when there is room for its few bytes, else after a later record.
  pollfd entry = {fd_.get(), POLLOUT, 0};
  if (poll(&entry, 1, 0) <= 0 || (entry.revents & POLLOUT) == 0) return {};
  records_on_key_ = 0;
  ERR_clear_error();
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1)
    return std::unexpected(Broken(SSL_ERROR_SSL));
  const int done = SSL_do_handshake(ssl_.get());
  const int outcome = SSL_get_error(ssl_.get(), done);
  if (done != 1 && !WantsMore(outcome)) return std::unexpected(Broken(outcome));
  return {};
}

Result<TlsConnection::Progress> TlsConnection::PumpSend() {
  if (peer_closed_) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{} closed the connection", options_.peer_name));
  }
  std::size_t moved = 0;
  while (sending() && moved < kPumpBytes) {
    const bool in_head = head_sent_ < head_size_;
    const ByteSpan next =
        in_head ? ByteSpan(head_.data() + head_sent_, head_size_ - head_sent_)
                : payload_.subspan(payload_sent_, std::min(payload_.size() - payload_sent_, kWriteBytes));
    ERR_clear_error();
    std::size_t written = 0;
    const int done = SSL_write_ex(ssl_.get(), next.data(), next.size(), &written);
    if (done != 1) {
      const int outcome = SSL_get_error(ssl_.get(), done);
      if (!WantsMore(outcome)) return std::unexpected(Broken(outcome));
      send_wants_ = EventFor(outcome);
      return Progress{moved > 0, false};
    }
    (in_head ? head_sent_ : payload_sent_) += written;
    moved += written;
    RETURN_IF_ERROR(RenewKey(written));
  }
  if (!sending()) payload_ = {};
  if (!sending()) head_size_ = head_sent_ = payload_sent_ = 0;
  return Progress{moved > 0, sending()};
}

Result<bool> TlsConnection::FillInbox() {
  if (inbox_begin_ == inbox_end_) inbox_begin_ = inbox_end_ = 0;
  if (inbox_begin_ > 0 && inbox_.size() - inbox_end_ < kRecordBytes) {
    std::memmove(inbox_.data(), inbox_.data() + inbox_begin_, inbox_end_ - inbox_begin_);
    inbox_end_ -= std::exchange(inbox_begin_, 0);
  }
  if (inbox_.size() - inbox_end_ < kRecordBytes) inbox_.resize(std::max(2 * inbox_.size(), kRecordBytes));
  ERR_clear_error();
  std::size_t received = 0;
  const int done = SSL_read_ex(ssl_.get(), inbox_.data() + inbox_end_, inbox_.size() - inbox_end_, &received);
  if (done == 1) {
    inbox_end_ += received;
    return true;
  }
  const int outcome = SSL_get_error(ssl_.get(), done);
  if (WantsMore(outcome)) {
    receive_wants_ = EventFor(outcome);
    return false;
  }
  if (outcome == SSL_ERROR_ZERO_RETURN) peer_closed_ = true;
  const bool mid_frame = frame_size_ > 0 || inbox_end_ > inbox_begin_;
  const Error error = outcome == SSL_ERROR_ZERO_RETURN
                          ? TlsError(ssl_.get(), outcome, pins_, options_.peer_name)
                          : Broken(outcome);
  if (receiving() && mid_frame && error.code() == ErrorCode::kUnavailable) {
    return Fail(error.code(), error.message() + " in the middle of a frame");
  }
  return std::unexpected(error);
}

Status TlsConnection::ConsumeInbox() {
  if (frame_size_ == 0) {
    if (inbox_end_ - inbox_begin_ < kPrefixBytes) return {};
    for (std::size_t i = 0; i < kPrefixBytes; ++i) {
      frame_size_ |= static_cast<std::size_t>(inbox_[inbox_begin_ + i]) << (8 * i);
    }
    if (frame_size_ == 0 || frame_size_ > receive_limit_) {
      return Fail(ErrorCode::kProtocolViolation,
                  fmt::format("{} announced a frame of {} bytes where 1 to {} may come", options_.peer_name,
                              frame_size_, receive_limit_));
    }
    inbox_begin_ += kPrefixBytes;
    frame_.reserve(frame_size_);
    AdviseHugePages(frame_.data(), frame_size_);
  }
  const std::size_t take = std::min(frame_size_ - frame_.size(), inbox_end_ - inbox_begin_);
  const auto* begin = inbox_.data() + inbox_begin_;
  frame_.insert(frame_.end(), begin, begin + take);
  inbox_begin_ += take;
  if (frame_.size() == frame_size_) {
    receive_limit_ = 0;
    frame_size_ = 0;
  }
  return {};
}

Result<TlsConnection::Progress> TlsConnection::PumpReceive() {
  std::size_t moved = 0;
  if (inbox_end_ > inbox_begin_) RETURN_IF_ERROR(ConsumeInbox());
  while (receiving() && moved < kPumpBytes) {
    const std::size_t before = inbox_end_ - inbox_begin_;
    ASSIGN_OR_RETURN(const bool filled, FillInbox());
    if (!filled) return Progress{moved > 0, false};
    moved += inbox_end_ - inbox_begin_ - before;
    RETURN_IF_ERROR(ConsumeInbox());
  }
  return Progress{moved > 0, receiving()};
}

Result<TlsConnection::Progress> TlsConnection::Pump() {
  Progress total;
  if (sending()) {
    ASSIGN_OR_RETURN(total, PumpSend());
  }
  if (receiving()) {
    ASSIGN_OR_RETURN(const Progress received, PumpReceive());
    total.moved |= received.moved;
    total.again |= received.again;
  }
  return total;
}

Status TlsConnection::NoticeHangup() {
  while (true) {
    Result<bool> filled = FillInbox();
    if (!filled && peer_closed_ && !sending()) return {};
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return {};
    if (inbox_end_ - inbox_begin_ > kMaxInboxBytes) {
      return Fail(ErrorCode::kProtocolViolation,
                  fmt::format("{} sent more than any round has", options_.peer_name));
    }
  }
}

pollfd TlsConnection::PollEntry() const {
  // The hangup of a peer that is not awaited stays readable for good; after it was noticed, poll must not see
  // it.
  if (handshake_wants_ == 0 && peer_closed_ && !busy()) return {-1, 0, 0};
  short events = POLLRDHUP;
  if (handshake_wants_ != 0) events |= handshake_wants_;
  if (handshake_wants_ == 0 && sending()) events |= send_wants_;
  if (handshake_wants_ == 0 && receiving()) events |= receive_wants_;
  return {fd_.get(), events, 0};
}

void TlsConnection::Close() {
  if (std::exchange(closed_, true)) return;
  ERR_clear_error();
  const bool can_say_goodbye = ssl_ && !broken_ && handshake_wants_ == 0 && !sending();
  if (can_say_goodbye) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  shutdown(fd_.get(), SHUT_WR);
}

bool TlsConnection::DrainClosed() {
  // A peer that never stops talking must not keep us here.
  for (int reads = 0; reads < 256; ++reads) {
    const ssize_t received = recv(fd_.get(), inbox_.data(), inbox_.size(), 0);
    if (received < 0) return errno != EAGAIN && errno != EINTR;
    if (received == 0) return true;
  }
  return false;
}

Result<Secret<Bytes32>> TlsConnection::Export(ByteSpan context) {
  Bytes32 key;
  const int done = SSL_export_keying_material(ssl_.get(), key.data(), key.size(), kExporterLabel.data(),
                                              kExporterLabel.size(), context.data(), context.size(), 1);
  if (done != 1) {
    ERR_clear_error();
    return Fail(ErrorCode::kInternal, fmt::format("no shared key with {}", options_.peer_name));
  }
  Secret<Bytes32> secret(key);
  SecureWipe(key.data(), key.size());
  return secret;
}

}  // namespace mpcstats
