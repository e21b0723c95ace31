#include "mpcstats/zktls/mpctls/line_client.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "mpcstats/net/deadline.h"
#include "mpcstats/zktls/tls/gcm_records.h"

namespace mpcstats {
namespace {

using Clock = std::chrono::steady_clock;

class Line {
 public:
  Line(int fd, TlsClient& client, SharedKeys& keys, const LineRequest& request)
      : fd_(fd), client_(&client), keys_(&keys), request_(&request), end_(Clock::now() + request.most_time) {}

  // Until the server's side has ended.
  Status Run() {
    RETURN_IF_ERROR(SendOutput());
    bool requested = false;
    while (!ended_ && !client_->ended()) {
      RETURN_IF_ERROR(Take());
      if (client_->connected() && !requested) {
        requested = true;
        RETURN_IF_ERROR(client_->Send(request_->request));
      }
      RETURN_IF_ERROR(SendOutput());
    }
    if (ended_) RETURN_IF_ERROR(client_->EndOfInput());
    if (client_->sealed_records() > 0) return {};
    return Fail(ErrorCode::kUnavailable, "the website ended the connection without an answer");
  }

  [[nodiscard]] const Bytes& sent() const { return sent_; }
  [[nodiscard]] const Bytes& received() const { return received_; }

 private:
  // Waits for bytes and takes them; the notary logs them before the client sees them.
  Status Take() {
    RETURN_IF_ERROR(Wait(POLLIN));
    std::array<std::uint8_t, 16384> buffer;
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (size <= 0) {
      // An orderly end and a lost connection are the same here: the log says whether an alert came before.
      ended_ = true;
      return {};
    }
    const ByteSpan bytes = ByteSpan(buffer).first(static_cast<std::size_t>(size));
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    RETURN_IF_ERROR(keys_->ServerSaid(bytes));
    const Status taken = client_->Receive(bytes);
    if (!taken) static_cast<void>(SendOutput());  // the alert; the error is told in any case
    return taken;
  }

  Status SendOutput() {
    const Bytes output = client_->TakeOutput();
    sent_.insert(sent_.end(), output.begin(), output.end());
    for (ByteSpan rest = output; !rest.empty();) {
      const ssize_t size = send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size >= 0) {
        rest = rest.subspan(static_cast<std::size_t>(size));
      } else if (errno == EAGAIN) {
        RETURN_IF_ERROR(Wait(POLLOUT));
      } else if (errno != EINTR) {
        return {};  // a server that does not read anymore may still have said something: what it sent decides
      }
    }
    return {};
  }

  Status Wait(short events) {
    const Clock::time_point until = std::min(end_, Clock::now() + request_->most_quiet);
    pollfd entry = {fd_, events, 0};
    int ready = 0;
    do ready = poll(&entry, 1, PollTimeout(until));
    while (ready < 0 && errno == EINTR);
    if (ready > 0) return {};
    return Fail(ErrorCode::kDeadlineExceeded,
                "the website does not end the connection; in mode mpc its answer is read only then");
  }

  int fd_;
  TlsClient* client_;
  SharedKeys* keys_;
  const LineRequest* request_;
  Clock::time_point end_;
  Bytes sent_;
  Bytes received_;
  bool ended_ = false;
};

Bytes FragmentOf(const ObservedRecord& record) {
  Bytes fragment(record.explicit_nonce.begin(), record.explicit_nonce.end());
  fragment.insert(fragment.end(), record.ciphertext.begin(), record.ciphertext.end());
  fragment.insert(fragment.end(), record.tag.begin(), record.tag.end());
  return fragment;
}

// Every record of the server's, under the opened key.
Status ReadAnswer(LineConversation& line) {
  GcmRecords records(line.keys.keys.keys);
  Buffer<std::uint8_t> response(line.observed.server_records.data_bytes);
  std::size_t at = 0;
  for (const ObservedRecord& record : line.observed.server_records.records) {
    auto opened = records.Open(record.type, record.sequence, FragmentOf(record));
    if (!opened || !*opened) {
      return Fail(ErrorCode::kCheatingDetected,
                  fmt::format("record {} of the website does not verify: somebody on the way changed it",
                              record.sequence));
    }
    const auto plain = (*opened)->span();
    if (record.type == TlsContent::kAlert) line.closed = std::ranges::equal(plain, kTlsCloseNotify);
    if (record.type != TlsContent::kApplicationData) continue;
    std::ranges::copy(plain, response.span().subspan(at).begin());
    at += plain.size();
  }
  line.response = std::move(response);
  return {};
}

}  // namespace

Result<LineConversation> ConverseOverLine(int fd, TlsClient& client, SharedKeys& keys,
                                          const TlsPolicy& policy, const LineRequest& request) {
  Line line(fd, client, keys, request);
  RETURN_IF_ERROR(line.Run());
  RelayLog log;
  log.Add(TlsSide::kClient, line.sent());
  log.Add(TlsSide::kServer, line.received());
  TlsObserver observer(policy);
  RETURN_IF_ERROR(observer.Observe(TlsSide::kClient, line.sent()));
  RETURN_IF_ERROR(observer.Observe(TlsSide::kServer, line.received()));
  ASSIGN_OR_RETURN(ObservedSession observed, std::move(observer).Finish());
  ASSIGN_OR_RETURN(ClosedKeys closed, keys.Close(log.Finish()));
  LineConversation result{.keys = std::move(closed), .observed = std::move(observed), .response = {}};
  RETURN_IF_ERROR(ReadAnswer(result));
  return result;
}

}  // namespace mpcstats
