#include "mpcstats/net/frame_stream.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "mpcstats/net/deadline.h"
#include "mpcstats/net/tcp.h"

namespace mpcstats {
namespace {

using Outcome = HttpTransport::Outcome;

constexpr std::size_t kPrefixBytes = 4;
constexpr std::size_t kReadBytes = 32 * 1024;
// A name may have several addresses, of which only one answers.
constexpr unsigned kAddressesTried = 4;

short EventFor(Outcome outcome) { return outcome == Outcome::kWantWrite ? POLLOUT : POLLIN; }

bool PollUntil(int fd, short events, FrameStream::Clock::time_point deadline) {
  pollfd entry = {fd, events, 0};
  while (true) {
    const int ready = poll(&entry, 1, PollTimeout(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Result<UniqueFd> ConnectTcp(const std::string& host, std::uint16_t port, const FrameStream::Options& options,
                            FrameStream::Clock::time_point deadline) {
  Status outcome;
  for (unsigned attempt = 0; attempt < kAddressesTried; ++attempt) {
    Result<UniqueFd> started = StartConnect(host, port, attempt);
    if (!started) {
      outcome = std::unexpected(started.error());
      continue;
    }
    if (!PollUntil(started->get(), POLLOUT, deadline)) {
      return Fail(ErrorCode::kDeadlineExceeded,
                  fmt::format("{} did not take the connection in time", options.peer_name));
    }
    outcome = FinishConnect(started->get());
    if (outcome) return started;
  }
  return std::unexpected(
      outcome.error().At(fmt::format("cannot connect to {} at {}:{}", options.peer_name, host, port)));
}

}  // namespace

Result<std::unique_ptr<FrameStream>> FrameStream::Connect(const std::string& host, std::uint16_t port,
                                                          std::vector<Bytes32> pins, Options options) {
  const Clock::time_point deadline = std::min(Clock::now() + options.wait, options.end);
  ASSIGN_OR_RETURN(UniqueFd fd, ConnectTcp(host, port, options, deadline));
  std::unique_ptr<FrameStream> stream(new FrameStream(std::move(fd), std::move(options)));
  stream->pins_.accepted = std::move(pins);
  ASSIGN_OR_RETURN(const HttpClientTls::Ptr tls, HttpClientTls::Anonymous());
  ASSIGN_OR_RETURN(SslPtr ssl, tls->Connect(stream->fd(), stream->pins_));
  RETURN_IF_ERROR(stream->Handshake(std::move(ssl)));
  return stream;
}

Result<std::unique_ptr<FrameStream>> FrameStream::Accept(UniqueFd fd, const HttpServerTls& tls,
                                                         Options options) {
  std::unique_ptr<FrameStream> stream(new FrameStream(std::move(fd), std::move(options)));
  ASSIGN_OR_RETURN(SslPtr ssl, tls.Accept(stream->fd(), stream->pins_));
  RETURN_IF_ERROR(stream->Handshake(std::move(ssl)));
  return stream;
}

FrameStream::~FrameStream() {
  if (failed_) transport_.EndWriting();
}

FrameStream::Clock::time_point FrameStream::Deadline() const {
  return std::min(Clock::now() + options_.wait, options_.end);
}

Status FrameStream::Await(short events, Clock::time_point deadline) {
  if (PollUntil(transport_.fd(), events, deadline)) return {};
  RETURN_IF_ERROR(CheckEnd());
  failed_ = Fail(ErrorCode::kDeadlineExceeded, options_.peer_name + " was silent for too long");
  return failed_;
}

Status FrameStream::CheckEnd() {
  if (failed_ && Clock::now() >= options_.end) {
    failed_ = Fail(ErrorCode::kDeadlineExceeded,
                   fmt::format("the session with {} lasted longer than it may", options_.peer_name));
  }
  return failed_;
}

Status FrameStream::Handshake(SslPtr ssl) {
  transport_.UseTls(std::move(ssl), pins_);
  const Clock::time_point deadline = Deadline();
  while (true) {
    const Outcome outcome = transport_.Handshake().outcome;
    if (outcome == Outcome::kMoved) return {};
    if (outcome == Outcome::kFailed || outcome == Outcome::kEnded) {
      failed_ = std::unexpected(transport_.Failure(options_.peer_name));
      return failed_;
    }
    RETURN_IF_ERROR(Await(EventFor(outcome), deadline));
  }
}

Status FrameStream::Write(ByteSpan bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const auto [outcome, moved] = transport_.Write(bytes, HttpTransport::More::kNo);
    if (outcome == Outcome::kMoved) {
      bytes = bytes.subspan(moved);
    } else if (outcome == Outcome::kFailed || outcome == Outcome::kEnded) {
      failed_ = std::unexpected(transport_.Failure(options_.peer_name));
      return failed_;
    } else {
      RETURN_IF_ERROR(Await(EventFor(outcome), deadline));
    }
  }
  return {};
}

Status FrameStream::Send(ByteSpan frame) {
  RETURN_IF_ERROR(CheckEnd());
  if (frame.empty() || frame.size() > UINT32_MAX) {
    return Fail(ErrorCode::kInvalidArgument, "a frame has 1 to 2^32 - 1 bytes");
  }
  const auto size = static_cast<std::uint32_t>(frame.size());
  std::array<std::uint8_t, kPrefixBytes> prefix;
  for (std::size_t i = 0; i < kPrefixBytes; ++i) prefix[i] = static_cast<std::uint8_t>(size >> (8 * i));
  const Clock::time_point deadline = Deadline();
  // Small frames leave in one record with their length.
  Bytes head(prefix.begin(), prefix.end());
  const std::size_t together = std::min<std::size_t>(frame.size(), 16 * 1024 - kPrefixBytes);
  head.insert(head.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(together));
  const Status sent = Write(head, deadline);
  SecureWipe(head.data(), head.size());
  RETURN_IF_ERROR(sent);
  RETURN_IF_ERROR(Write(frame.subspan(together), deadline));
  bytes_sent_ += kPrefixBytes + frame.size();
  if (std::exchange(received_last_, false)) ++turns_;
  return {};
}

Result<bool> FrameStream::Fill() {
  if (inbox_begin_ > 0) {
    SecureWipe(inbox_.data(), inbox_begin_);
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(inbox_begin_));
    inbox_begin_ = 0;
  }
  const std::size_t size = inbox_.size();
  inbox_.resize(size + kReadBytes);
  const auto [outcome, moved] = transport_.Read(std::span(inbox_).subspan(size));
  inbox_.resize(size + (outcome == Outcome::kMoved ? moved : 0));
  if (outcome == Outcome::kMoved) return true;
  if (outcome == Outcome::kWantRead || outcome == Outcome::kWantWrite) return false;
  failed_ = outcome == Outcome::kEnded
                ? Fail(ErrorCode::kUnavailable, options_.peer_name + " ended the connection")
                : Status(std::unexpected(transport_.Failure(options_.peer_name)));
  return std::unexpected(failed_.error());
}

Result<std::optional<Bytes>> FrameStream::TakeFrame(std::size_t limit) {
  const ByteSpan got = ByteSpan(inbox_).subspan(inbox_begin_);
  if (got.size() < kPrefixBytes) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kPrefixBytes; ++i) size |= std::size_t{got[i]} << (8 * i);
  if (size == 0 || size > limit) {
    failed_ = Fail(ErrorCode::kProtocolViolation,
                   fmt::format("{} announced a frame of {} bytes where 1 to {} are due", options_.peer_name,
                               size, limit));
    return std::unexpected(failed_.error());
  }
  if (got.size() < kPrefixBytes + size) return std::nullopt;
  const ByteSpan frame = got.subspan(kPrefixBytes, size);
  Bytes taken(frame.begin(), frame.end());
  inbox_begin_ += kPrefixBytes + size;
  bytes_received_ += kPrefixBytes + size;
  received_last_ = true;
  return taken;
}

Result<std::optional<Bytes>> FrameStream::TryReceive(std::size_t limit) {
  RETURN_IF_ERROR(CheckEnd());
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Bytes> frame, TakeFrame(limit));
    if (frame) return frame;
    ASSIGN_OR_RETURN(const bool filled, Fill());
    if (!filled) return std::nullopt;
  }
}

Result<Bytes> FrameStream::Receive(std::size_t limit) {
  const Clock::time_point deadline = Deadline();
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Bytes> frame, TryReceive(limit));
    if (frame) return std::move(*frame);
    RETURN_IF_ERROR(Await(POLLIN, deadline));
  }
}

}  // namespace mpcstats
