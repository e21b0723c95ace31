#include "mpcstats/zktls/proxy/relayed_client.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "mpcstats/net/deadline.h"

namespace mpcstats {
namespace {

using Clock = std::chrono::steady_clock;

class Conversation {
 public:
  Conversation(FrameStream& notary, TlsClient& client, const RelayedRequest& request)
      : notary_(&notary), client_(&client), request_(&request) {}

  Result<RelayedConversation> Run() {
    RETURN_IF_ERROR(SendOutput());
    bool requested = false;
    bool closing = false;
    while (!end_) {
      if (client_->connected() && !requested) {
        requested = true;
        RETURN_IF_ERROR(client_->Send(request_->request));
        RETURN_IF_ERROR(SendOutput());
      }
      if (requested && !closing && (client_->ended() || request_->whole(response_.span()))) {
        closing = true;
        RETURN_IF_ERROR(client_->Close());
        const std::size_t before = result_.sent.size();
        RETURN_IF_ERROR(SendOutput());
        close_notify_bytes_ = result_.sent.size() - before;
        // Until the server's goodbye; a server that is slow with it leaves a session that does not count as complete.
        const Clock::time_point until = Clock::now() + request_->linger;
        RETURN_IF_ERROR(Take());  // what is in the stream's buffer already
        while (!end_ && !client_->ended() && Readable(until)) RETURN_IF_ERROR(Take());
        RETURN_IF_ERROR(Stop());
        continue;
      }
      RETURN_IF_ERROR(TakeOne());
    }
    RETURN_IF_ERROR(Stop());
    return Finish();
  }

 private:
  // Once, and last.
  Status Stop() {
    if (std::exchange(stopped_, true)) return {};
    return notary_->Send(Bytes{static_cast<std::uint8_t>(RelayFrame::kStop)});
  }

  Status SendOutput() {
    const Bytes output = client_->TakeOutput();
    result_.sent.insert(result_.sent.end(), output.begin(), output.end());
    for (ByteSpan rest = output; !rest.empty();) {
      const ByteSpan piece = rest.first(std::min(rest.size(), kRelayPiece));
      RETURN_IF_ERROR(notary_->Send(EncodeRelayData(piece)));
      rest = rest.subspan(piece.size());
    }
    return {};
  }

  bool Readable(Clock::time_point until) {
    pollfd entry = {notary_->fd(), POLLIN, 0};
    return poll(&entry, 1, PollTimeout(until)) > 0;
  }

  Status Take() {
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<Bytes> frame, notary_->TryReceive(kMaxRelayFrame));
      if (!frame || end_) return {};
      RETURN_IF_ERROR(Handle(*frame));
    }
  }

  Status TakeOne() {
    ASSIGN_OR_RETURN(const Bytes frame, notary_->Receive(kMaxRelayFrame));
    return Handle(frame);
  }

  Status Handle(ByteSpan frame) {
    const ByteSpan content = frame.subspan(1);
    switch (static_cast<RelayFrame>(frame[0])) {
      case RelayFrame::kEnd: {
        ASSIGN_OR_RETURN(end_, DecodeRelayEnd(content));
        return {};
      }
      case RelayFrame::kData: break;
      default:
        return Fail(ErrorCode::kProtocolViolation,
                    fmt::format("the notary sent a relay frame of type {} where data or the end was expected",
                                frame[0]));
    }
    result_.received.insert(result_.received.end(), content.begin(), content.end());
    const Status received = client_->Receive(content);
    if (!received) {
      (void)SendOutput();  // the alert; the error is told in any case
      return received;
    }
    Keep(client_->TakeReceived());
    return SendOutput();
  }

  void Keep(const Buffer<std::uint8_t>& more) {
    if (more.size() == 0) return;
    Buffer<std::uint8_t> all(response_.size() + more.size());
    std::ranges::copy(response_.span(), all.span().begin());
    std::ranges::copy(more.span(), all.span().subspan(response_.size()).begin());
    response_ = std::move(all);
  }

  Result<RelayedConversation> Finish() {
    RETURN_IF_ERROR(client_->EndOfInput());
    // The server may have closed before our close_notify, the last record, reached the notary: then it is in neither log.
    if (close_notify_bytes_ > 0 && end_->sent_bytes + close_notify_bytes_ == result_.sent.size()) {
      result_.sent.resize(end_->sent_bytes);
    }
    RelayLog log;
    log.Add(TlsSide::kClient, result_.sent);
    log.Add(TlsSide::kServer, result_.received);
    if (*end_ != log.Finish()) {
      return Fail(ErrorCode::kCheatingDetected,
                  "the notary logged other bytes than this side sent and received");
    }
    result_.closed = client_->state() == TlsClient::State::kClosed;
    result_.response = std::move(response_);
    return std::move(result_);
  }

  FrameStream* notary_;
  TlsClient* client_;
  const RelayedRequest* request_;
  RelayedConversation result_;
  Buffer<std::uint8_t> response_;
  std::optional<RelayEnd> end_;
  std::size_t close_notify_bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace

Result<RelayedConversation> ConverseThroughRelay(FrameStream& notary, TlsClient& client,
                                                 const RelayedRequest& request) {
  return Conversation(notary, client, request).Run();
}

}  // namespace mpcstats
