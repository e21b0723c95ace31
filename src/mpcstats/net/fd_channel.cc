#include "mpcstats/net/fd_channel.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "mpcstats/net/deadline.h"

namespace mpcstats {
namespace {

constexpr std::size_t kPrefixBytes = 4;
constexpr std::size_t kFirstChunk = 1 << 20;

}  // namespace

Result<FdChannel> FdChannel::Adopt(UniqueFd fd, std::string peer_name, std::chrono::milliseconds deadline) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("descriptor {} is not a stream socket", fd.get()));
  }
  return FdChannel(std::move(fd), std::move(peer_name), deadline);
}

std::unexpected<Error> FdChannel::Broken(ErrorCode code, const std::string& what) {
  fd_.Close();
  return Fail(code, fmt::format("{} {}", peer_name_, what));
}

Status FdChannel::Wait(short events) {
  const auto until = std::chrono::steady_clock::now() + deadline_;
  while (true) {
    pollfd entry = {fd_.get(), events, 0};
    const int count = poll(&entry, 1, PollTimeout(until));
    if (count > 0) return {};
    if (count < 0 && errno != EINTR) return Broken(ErrorCode::kInternal, std::strerror(errno));
    if (count == 0) {
      return Broken(ErrorCode::kDeadlineExceeded,
                    fmt::format("moved no byte within {} ms", deadline_.count()));
    }
  }
}

Status FdChannel::SendAll(ByteSpan bytes, int flags) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT | flags);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      RETURN_IF_ERROR(Wait(POLLOUT));
    } else if (errno != EINTR) {
      return Broken(ErrorCode::kUnavailable, fmt::format("is gone: {}", std::strerror(errno)));
    }
  }
  return {};
}

Status FdChannel::ReceiveAll(MutableByteSpan out) {
  while (!out.empty()) {
    const ssize_t received = recv(fd_.get(), out.data(), out.size(), MSG_DONTWAIT);
    if (received > 0) {
      out = out.subspan(static_cast<std::size_t>(received));
    } else if (received == 0) {
      return Broken(ErrorCode::kUnavailable, "closed the channel");
    } else if (errno == EAGAIN) {
      RETURN_IF_ERROR(Wait(POLLIN));
    } else if (errno != EINTR) {
      return Broken(ErrorCode::kUnavailable, fmt::format("is gone: {}", std::strerror(errno)));
    }
  }
  return {};
}

Status FdChannel::Send(ByteSpan message) {
  if (message.empty() || message.size() > kMaxMessageBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a message has 1 byte to 1 GiB, not {}", message.size()));
  }
  if (!fd_.valid())
    return Fail(ErrorCode::kUnavailable, fmt::format("the channel to {} is closed", peer_name_));
  std::array<std::uint8_t, kPrefixBytes> prefix;
  for (std::size_t i = 0; i < kPrefixBytes; ++i)
    prefix[i] = static_cast<std::uint8_t>(message.size() >> (8 * i));
  RETURN_IF_ERROR(SendAll(prefix, MSG_MORE));
  return SendAll(message, 0);
}

Result<Bytes> FdChannel::Receive(std::size_t limit) {
  if (!fd_.valid())
    return Fail(ErrorCode::kUnavailable, fmt::format("the channel to {} is closed", peer_name_));
  std::array<std::uint8_t, kPrefixBytes> prefix;
  RETURN_IF_ERROR(ReceiveAll(prefix));
  std::size_t size = 0;
  for (std::size_t i = 0; i < kPrefixBytes; ++i) size |= static_cast<std::size_t>(prefix[i]) << (8 * i);
  if (size == 0 || size > std::min(limit, kMaxMessageBytes)) {
    return Broken(ErrorCode::kProtocolViolation,
                  fmt::format("announced a message of {} bytes where 1 to {} may come", size,
                              std::min(limit, kMaxMessageBytes)));
  }
  // Memory is taken as bytes come, doubling, not on the word of the other end.
  Bytes message;
  message.reserve(std::min(size, kFirstChunk));
  while (message.size() < size) {
    const std::size_t have = message.size();
    message.resize(std::min(size, std::max(2 * have, kFirstChunk)));
    RETURN_IF_ERROR(ReceiveAll(MutableByteSpan(message).subspan(have)));
  }
  return message;
}

}  // namespace mpcstats
