#include "mpcstats/zktls/proxy/relay.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

Bytes Frame(RelayFrame type, ByteSpan content) {
  Bytes frame = {static_cast<std::uint8_t>(type)};
  frame.insert(frame.end(), content.begin(), content.end());
  return frame;
}

}  // namespace

Bytes EncodeRelayData(ByteSpan bytes) { return Frame(RelayFrame::kData, bytes); }

Bytes EncodeRelayEnd(const RelayEnd& end) {
  Writer writer;
  writer.U64(end.sent_bytes).U64(end.received_bytes).Raw(end.log_hash);
  return Frame(RelayFrame::kEnd, writer.bytes());
}

Result<RelayEnd> DecodeRelayEnd(ByteSpan content) {
  Reader reader(content);
  RelayEnd end{.sent_bytes = reader.U64(), .received_bytes = reader.U64(), .log_hash = {}};
  const ByteSpan hash = reader.Raw(end.log_hash.size());
  RETURN_IF_ERROR(reader.Finish("the end of a relayed session"));
  std::ranges::copy(hash, end.log_hash.begin());
  return end;
}

void RelayLog::Add(TlsSide from, ByteSpan bytes) {
  const bool client = from == TlsSide::kClient;
  (client ? client_ : server_).Add(bytes);
  (client ? end_.sent_bytes : end_.received_bytes) += bytes.size();
}

RelayEnd RelayLog::Finish() {
  end_.log_hash = Sha256Stream("mpcstats/v1/relay")
                      .AddU64(end_.sent_bytes)
                      .Add(client_.Finish())
                      .AddU64(end_.received_bytes)
                      .Add(server_.Finish())
                      .Finish();
  return end_;
}

Relay::Relay(TlsPolicy policy, const Limits& limits, Clock::time_point now)
    : limits_(limits), observer_(std::move(policy)), started_(now), moved_(now) {}

Status Relay::Keep(Status status) {
  if (!status) {
    error_ = status.error();
    for_server_.clear();
  }
  return status;
}

Status Relay::FromProver(ByteSpan frame, Clock::time_point now) {
  if (error_) return std::unexpected(*error_);
  moved_ = now;
  if (frame.empty() || frame.size() > kMaxRelayFrame) {
    return Keep(Fail(ErrorCode::kProtocolViolation,
                     fmt::format("the prover sent a relay frame of {} bytes", frame.size())));
  }
  const ByteSpan content = frame.subspan(1);
  const auto type = static_cast<RelayFrame>(frame[0]);
  if (type == RelayFrame::kStop && content.empty() && !stopped_) {
    stopped_ = true;
    return Freeze();
  }
  if (type != RelayFrame::kData || content.empty() || stopped_) {
    return Keep(Fail(
        ErrorCode::kProtocolViolation,
        fmt::format("the prover sent a relay frame of type {} and {} bytes where data or a stop was expected",
                    frame[0], content.size())));
  }
  if (frozen()) {
    // It may not know yet that the server has ended; what it still sends changes nothing.
    return {};
  }
  if (content.size() > limits_.max_sent - sent_) {
    return Keep(Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("the prover sent more than the {} bytes that this notary relays", limits_.max_sent)));
  }
  sent_ += content.size();
  RETURN_IF_ERROR(Keep(observer_.Observe(TlsSide::kClient, content)));
  log_.Add(TlsSide::kClient, content);
  for_server_.insert(for_server_.end(), content.begin(), content.end());
  return {};
}

Status Relay::FromServer(ByteSpan bytes, Clock::time_point now) {
  if (error_) return std::unexpected(*error_);
  if (frozen()) return {};
  moved_ = now;
  if (bytes.size() > limits_.max_received - received_) {
    return Keep(Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("the server sent more than the {} bytes that this notary relays", limits_.max_received)));
  }
  received_ += bytes.size();
  RETURN_IF_ERROR(Keep(observer_.Observe(TlsSide::kServer, bytes)));
  log_.Add(TlsSide::kServer, bytes);
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), kRelayPiece));
    for_prover_.push_back(EncodeRelayData(piece));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Status Relay::ServerEnded() {
  if (error_) return std::unexpected(*error_);
  return Freeze();
}

Status Relay::Freeze() {
  if (frozen()) return {};
  end_ = log_.Finish();
  for_prover_.push_back(EncodeRelayEnd(*end_));
  return {};
}

Relay::Clock::time_point Relay::Deadline() const {
  return std::min(started_ + limits_.max_time, moved_ + limits_.max_idle);
}

Status Relay::Tick(Clock::time_point now) {
  if (error_) return std::unexpected(*error_);
  if (over() || now < Deadline()) return {};
  if (now >= started_ + limits_.max_time) {
    return Keep(Fail(ErrorCode::kDeadlineExceeded,
                     fmt::format("the session took more than the {} ms that this notary relays",
                                 limits_.max_time.count())));
  }
  return Keep(
      Fail(ErrorCode::kDeadlineExceeded,
           fmt::format("neither prover nor server sent a byte within {} ms", limits_.max_idle.count())));
}

Result<ObservedSession> Relay::Finish() && {
  if (error_) return std::unexpected(*error_);
  if (!over()) return Fail(ErrorCode::kInvalidArgument, "the relayed session is not over yet");
  return std::move(observer_).Finish();
}

}  // namespace mpcstats
