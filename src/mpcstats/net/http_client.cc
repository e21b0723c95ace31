#include "mpcstats/net/http_client.h"

#include <fmt/core.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "mpcstats/net/deadline.h"
#include "mpcstats/net/http_format.h"
#include "mpcstats/net/http_parser.h"
#include "mpcstats/net/http_transport.h"
#include "mpcstats/net/tcp.h"

namespace mpcstats {
namespace {

using Outcome = HttpTransport::Outcome;
using Time = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBytes = 32 * 1024;
constexpr std::size_t kMaxHeaderBytes = 32 * 1024;
// A small body goes out with its head in one piece.
constexpr std::size_t kTogetherBytes = 16 * 1024;
constexpr int kMaxInterim = 8;
// A name may have several addresses, of which only one answers.
constexpr unsigned kAddressesTried = 4;

bool IsIdempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

short EventFor(Outcome outcome) { return outcome == Outcome::kWantWrite ? POLLOUT : POLLIN; }

/// Whether it came to pass before the deadline.
bool PollUntil(int fd, short events, Time deadline) {
  pollfd entry = {fd, events, 0};
  while (true) {
    const int ready = poll(&entry, 1, PollTimeout(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

struct Connection {
  explicit Connection(UniqueFd fd) : transport(std::move(fd)) {}
  PinCheck servers;  // outlives the transport
  HttpTransport transport;
  bool used = false;
};

// One request and its response over a connection.
class Exchange {
 public:
  struct Expected {
    std::size_t max_body;
    HttpResponseParser::Content content;
  };

  Exchange(HttpTransport& transport, const std::string& server, Expected expected)
      : transport_(transport), server_(server), expected_(expected) {
    NewParser();
  }

  Result<HttpResponse> Run(std::array<ByteSpan, 2> parts, Bytes& inbox, std::chrono::milliseconds timeout);
  [[nodiscard]] bool response_began() const { return response_began_; }
  /// Whether the connection is good for another one.
  [[nodiscard]] bool reusable() const { return reusable_; }

 private:
  [[nodiscard]] bool sent() const { return parts_[0].empty() && parts_[1].empty(); }
  void NewParser() { parser_.emplace(kMaxHeaderBytes, expected_.max_body, expected_.content); }
  Result<short> Send();
  Result<bool> Parse();

  HttpTransport& transport_;
  const std::string& server_;
  const Expected expected_;
  std::optional<HttpResponseParser> parser_;
  std::array<ByteSpan, 2> parts_;
  Bytes unparsed_;
  int interim_ = 0;
  bool response_began_ = false;
  bool cut_short_ = false;  // the server took only a part of the request
  bool reusable_ = false;
};

// Writes what goes; the events that the rest waits for.
Result<short> Exchange::Send() {
  while (!sent()) {
    ByteSpan& part = parts_[0].empty() ? parts_[1] : parts_[0];
    const bool more = !parts_[0].empty() && !parts_[1].empty();
    const auto [outcome, bytes] =
        transport_.Write(part, more ? HttpTransport::More::kComes : HttpTransport::More::kNo);
    if (outcome == Outcome::kWantRead || outcome == Outcome::kWantWrite) return EventFor(outcome);
    if (outcome == Outcome::kMoved) {
      part = part.subspan(bytes);
    } else if (transport_.tls()) {
      return std::unexpected(transport_.Failure(server_));
    } else {
      // It takes no more, but it may have said why.
      parts_ = {};
      cut_short_ = true;
    }
  }
  return short{0};
}

// True when the response is complete.
Result<bool> Exchange::Parse() {
  ByteSpan rest = unparsed_;
  while (true) {
    const std::size_t used = rest.empty() ? 0 : parser_->Parse(rest);
    rest = rest.subspan(used);
    if (parser_->state() == HttpParserState::kFailed) {
      const Error error = parser_->error();
      return Fail(error.code(), fmt::format("{} {}", server_, error.message()));
    }
    const bool done = parser_->state() == HttpParserState::kDone;
    if (done && parser_->response().status < 200) {
      if (++interim_ > kMaxInterim) {
        return Fail(ErrorCode::kProtocolViolation, fmt::format("{} sent only interim responses", server_));
      }
      NewParser();
    } else if (done || used == 0) {
      unparsed_.assign(rest.begin(), rest.end());
      return done;
    }
  }
}

// Reads while it writes: a server that refuses a request answers before it has all of it.
Result<HttpResponse> Exchange::Run(std::array<ByteSpan, 2> parts, Bytes& inbox,
                                   std::chrono::milliseconds timeout) {
  const Time deadline = std::chrono::steady_clock::now() + timeout;
  parts_ = parts;
  while (true) {
    ASSIGN_OR_RETURN(const short events, Send());
    const auto [outcome, received] = transport_.Read(inbox);
    if (outcome == Outcome::kWantRead || outcome == Outcome::kWantWrite) {
      if (!PollUntil(transport_.fd(), static_cast<short>(events | EventFor(outcome)), deadline)) {
        return Fail(ErrorCode::kDeadlineExceeded, fmt::format("{} did not answer in time", server_));
      }
      continue;
    }
    if (outcome == Outcome::kFailed) return std::unexpected(transport_.Failure(server_));
    const bool ended = outcome == Outcome::kEnded;
    if (ended && !response_began_) return std::unexpected(transport_.Failure(server_));
    response_began_ = true;
    unparsed_.insert(unparsed_.end(), inbox.begin(), inbox.begin() + static_cast<std::ptrdiff_t>(received));
    if (ended) parser_->End();
    ASSIGN_OR_RETURN(const bool done, Parse());
    if (!done) continue;
    reusable_ = !ended && !cut_short_ && sent() && unparsed_.empty() && parser_->keep_alive();
    return std::move(parser_->response());
  }
}

}  // namespace

class HttpClient::Impl {
 public:
  Impl(Options options, HttpClientTls::Ptr tls)
      : options_(std::move(options)),
        tls_(std::move(tls)),
        server_(options_.base.ToString()),
        inbox_(kReadBytes) {}

  Result<HttpResponse> Request(std::string_view method, std::string_view target, const HttpHeaders& headers,
                               ByteSpan body);

 private:
  Status Connect();
  Status Handshake(Time deadline);
  void DropIfStale();

  Options options_;
  HttpClientTls::Ptr tls_;
  std::string server_;
  std::unique_ptr<Connection> connection_;
  Bytes inbox_;
};

Status HttpClient::Impl::Connect() {
  const Time deadline = std::chrono::steady_clock::now() + options_.connect_timeout;
  Status outcome;
  UniqueFd fd;
  for (unsigned attempt = 0; attempt < kAddressesTried && !fd.valid(); ++attempt) {
    Result<UniqueFd> started = StartConnect(options_.base.host, options_.base.port, attempt);
    if (!started) {
      outcome = std::unexpected(started.error());
      continue;
    }
    if (!PollUntil(started->get(), POLLOUT, deadline)) {
      return Fail(ErrorCode::kDeadlineExceeded,
                  fmt::format("{} did not take the connection in time", server_));
    }
    outcome = FinishConnect(started->get());
    if (outcome) fd = std::move(*started);
  }
  if (!fd.valid()) return std::unexpected(outcome.error().At("cannot connect to " + server_));
  connection_ = std::make_unique<Connection>(std::move(fd));
  return tls_ ? Handshake(deadline) : Status();
}

Status HttpClient::Impl::Handshake(Time deadline) {
  HttpTransport& transport = connection_->transport;
  connection_->servers.accepted = options_.pins;
  ASSIGN_OR_RETURN(SslPtr ssl, tls_->Connect(transport.fd(), connection_->servers));
  // A public web server may hold several names. Our own services have one identity: their pins say who is meant.
  if (options_.any_server && !options_.base.IsAddress())
    SSL_set_tlsext_host_name(ssl.get(), options_.base.host.c_str());
  transport.UseTls(std::move(ssl), connection_->servers);
  while (true) {
    const Outcome outcome = transport.Handshake().outcome;
    if (outcome == Outcome::kMoved) return {};
    if (outcome == Outcome::kFailed || outcome == Outcome::kEnded)
      return std::unexpected(transport.Failure(server_));
    if (!PollUntil(transport.fd(), EventFor(outcome), deadline)) {
      return Fail(ErrorCode::kDeadlineExceeded,
                  fmt::format("{} did not finish the TLS handshake in time", server_));
    }
  }
}

// Between requests a server has nothing to say but goodbye.
void HttpClient::Impl::DropIfStale() {
  if (!connection_) return;
  pollfd entry = {connection_->transport.fd(), POLLIN | POLLRDHUP, 0};
  if (poll(&entry, 1, 0) != 0 || connection_->transport.HasPending()) connection_.reset();
}

Result<HttpResponse> HttpClient::Impl::Request(std::string_view method, std::string_view target,
                                               const HttpHeaders& headers, ByteSpan body) {
  const HttpRequestLine line{method, options_.base.path + std::string(target), options_.base.Authority()};
  if (!target.starts_with('/'))
    return Fail(ErrorCode::kInvalidArgument, "a request's target must start with /");
  ASSIGN_OR_RETURN(std::string head, FormatRequestHead(line, headers, body.size()));
  if (body.size() <= kTogetherBytes) {
    head.append(reinterpret_cast<const char*>(body.data()), body.size());
    body = {};
  }
  const auto content =
      method == "HEAD" ? HttpResponseParser::Content::kNone : HttpResponseParser::Content::kAsDeclared;
  DropIfStale();
  while (true) {
    if (!connection_) {
      if (const Status connected = Connect(); !connected) {
        connection_.reset();
        return std::unexpected(connected.error());
      }
    }
    const bool kept = std::exchange(connection_->used, true);
    Exchange exchange(connection_->transport, server_, {options_.max_response, content});
    Result<HttpResponse> response = exchange.Run({AsBytes(head), body}, inbox_, options_.request_timeout);
    if (!exchange.reusable()) connection_.reset();
    // The server may have closed the kept connection while the request was on its way.
    const bool lost = !response && response.error().code() == ErrorCode::kUnavailable;
    const bool again = lost && kept && !exchange.response_began() && IsIdempotent(method);
    if (!again) return response;
  }
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::Create(Options options) {
  const Url& base = options.base;
  if (options.any_server && (!options.pins.empty() || options.tls)) {
    return Fail(ErrorCode::kInvalidArgument, "a client of any server has no pins and no certificate");
  }
  if (base.tls && options.pins.empty() && !options.any_server) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("no key is pinned for {}: give the fingerprint of its identity", base.ToString()));
  }
  if (!base.tls && !options.pins.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot prove its pinned key without TLS: write https", base.ToString()));
  }
  if (!base.tls && !base.IsLoopback() && !options.allow_plain) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is another machine and http is readable on the way: write https, or allow plain http",
                    base.ToString()));
  }
  HttpClientTls::Ptr tls = options.tls;
  if (base.tls && !tls) {
    ASSIGN_OR_RETURN(tls, options.any_server ? HttpClientTls::Unverified() : HttpClientTls::Anonymous());
  }
  if (!base.tls) tls = nullptr;
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::make_unique<Impl>(std::move(options), std::move(tls))));
}

Result<HttpResponse> HttpClient::Request(std::string_view method, std::string_view target,
                                         const HttpHeaders& headers, ByteSpan body) {
  return impl_->Request(method, target, headers, body);
}

}  // namespace mpcstats
