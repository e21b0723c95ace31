#include "mpcstats/net/http_session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <utility>

#include "mpcstats/net/http_format.h"

namespace mpcstats {
namespace {

using Outcome = HttpTransport::Outcome;

// Up to this a content is copied behind its head: one system call, one TLS record.
constexpr std::size_t kTogetherBytes = 8 * 1024;
// So many steps in a row, then the others have their turn.
constexpr int kStepsInARow = 64;
constexpr std::size_t kKeptBufferBytes = 1024;
constexpr std::chrono::seconds kLingerTimeout(2);
constexpr std::chrono::seconds kRetryAfter(5);

std::string AddressOf(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  char text[INET6_ADDRSTRLEN] = "";
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return text;
  if (peer.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr, text, sizeof(text));
  } else if (peer.ss_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&address);
    inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? &address.s6_addr[12] : &address.s6_addr[0], text,
              sizeof(text));
  }
  return text;
}

HttpResponse TooBusy(std::string_view detail) {
  return Problem(503, "busy", "Server busy", detail, kRetryAfter);
}

HttpResponse NoReply() {
  return Problem(500, "internal", "Internal error",
                 "The server has no answer to this request; it is not your fault.");
}

}  // namespace

// Answers once; when nobody did, its end says so.
class HttpSession::PendingReply {
 public:
  explicit PendingReply(HttpSession& session)
      : session_(session.weak_from_this()),
        mailbox_(session.worker_.mailbox()),
        exchange_(session.exchange_) {}
  PendingReply(const PendingReply&) = delete;
  PendingReply& operator=(const PendingReply&) = delete;
  ~PendingReply() {
    if (!used_.load()) Send(NoReply());
  }

  void Send(HttpResponse response) {
    if (used_.exchange(true)) return;
    if (mailbox_->OnWorkerThread()) {
      const auto session = session_.lock();
      if (session && session->in_handler_ && session->exchange_ == exchange_) {
        session->answer_ = std::move(response);
        return;
      }
    }
    mailbox_->Put({session_, exchange_, std::move(response)});
  }

 private:
  const std::weak_ptr<HttpSession> session_;
  const std::shared_ptr<HttpMailbox> mailbox_;
  const std::uint64_t exchange_;
  std::atomic<bool> used_ = false;
};

HttpSession::HttpSession(HttpWorker& worker, UniqueFd fd)
    : worker_(worker),
      transport_(std::move(fd)),
      waiter_(worker.io()),
      remote_address_(AddressOf(transport_.fd())),
      state_(State::kReading),
      deadline_(Clock::now() + worker.core().options.header_timeout) {}

HttpSession::~HttpSession() {
  if (state_ != State::kClosed) waiter_.release();
}

void HttpSession::Start(const HttpServerTls::Ptr& tls, bool refused) {
  refused_ = refused;
  boost::system::error_code error;
  waiter_.assign(transport_.fd(), error);
  if (error) return Close();
  if (tls) {
    clients_.accepted = worker_.core().options.peer_identities;
    Result<SslPtr> ssl = tls->Accept(transport_.fd(), clients_);
    if (!ssl) return Close();
    transport_.UseTls(std::move(*ssl), clients_);
    state_ = State::kHandshake;
  } else if (refused_) {
    (void)Respond(TooBusy("Too many connections are open; try again shortly."), Afterwards::kClose);
  }
  Run();
}

void HttpSession::Run() {
  if (running_ || waiting_) return;
  running_ = true;
  Step step = Step::kAgain;
  for (int steps = 0; step == Step::kAgain && steps < kStepsInARow; ++steps) {
    switch (state_) {
      case State::kHandshake: step = DoHandshake(); break;
      case State::kReading: step = DoRead(); break;
      case State::kWriting: step = DoWrite(); break;
      case State::kLingering: step = DoLinger(); break;
      case State::kHandling:
      case State::kClosed: step = Step::kWait; break;
    }
  }
  running_ = false;
  if (step == Step::kAgain) {
    boost::asio::post(worker_.io(), [self = shared_from_this()] { self->Run(); });
  }
}

HttpSession::Step HttpSession::WaitFor(Outcome outcome) {
  const auto type = outcome == Outcome::kWantWrite ? boost::asio::posix::descriptor_base::wait_write
                                                   : boost::asio::posix::descriptor_base::wait_read;
  waiting_ = true;
  waiter_.async_wait(type, [self = shared_from_this()](const boost::system::error_code& error) {
    self->waiting_ = false;
    if (self->state_ == State::kClosed) return;
    // Also after a cancelled wait: the state has changed, and what can be done is tried anew.
    (void)error;
    self->Run();
  });
  return Step::kWait;
}

void HttpSession::SetTransferDeadline(std::size_t moved) {
  const HttpServerOptions& options = worker_.core().options;
  const std::chrono::milliseconds earned(1000 * moved / options.min_bytes_per_second);
  deadline_ = transfer_start_ + options.transfer_timeout + earned;
}

HttpSession::Step HttpSession::DoHandshake() {
  const auto [outcome, bytes] = transport_.Handshake();
  if (outcome == Outcome::kWantRead || outcome == Outcome::kWantWrite) return WaitFor(outcome);
  if (outcome != Outcome::kMoved) return Close(), Step::kWait;
  if (refused_)
    return Respond(TooBusy("Too many connections are open; try again shortly."), Afterwards::kClose);
  state_ = State::kReading;
  return Step::kAgain;
}

HttpSession::Step HttpSession::DoRead() {
  if (!inbox_.empty() && !inbox_incomplete_) {
    const Bytes arrived = std::exchange(inbox_, {});
    return Consume(arrived);
  }
  const auto [outcome, bytes] = transport_.Read(worker_.scratch());
  switch (outcome) {
    case Outcome::kMoved: break;
    case Outcome::kWantRead:
    case Outcome::kWantWrite: return WaitFor(outcome);
    case Outcome::kEnded:
    case Outcome::kFailed: return End();
  }
  const MutableByteSpan arrived = worker_.scratch().first(bytes);
  if (inbox_.empty()) return Consume(arrived);
  inbox_.insert(inbox_.end(), arrived.begin(), arrived.end());
  const Bytes all = std::exchange(inbox_, {});
  return Consume(all);
}

// Parses as far as one request goes; the rest waits in the inbox. `bytes` is not in the inbox.
HttpSession::Step HttpSession::Consume(ByteSpan bytes) {
  if (!parser_) {
    // RFC 9112 section 2.2: an empty line before a request is passed over.
    if (bytes.size() >= 2 && bytes[0] == '\r' && bytes[1] == '\n') bytes = bytes.subspan(2);
    if (bytes.empty()) return Step::kAgain;
    parser_.emplace(worker_.core().options.max_header);
    header_done_ = false;
    // The first request's time began with the connection.
    if (exchange_ > 0) deadline_ = Clock::now() + worker_.core().options.header_timeout;
  }
  while (true) {
    bytes = bytes.subspan(parser_->Parse(bytes));
    if (parser_->state() == HttpParserState::kFailed) return Refuse(parser_->fault());
    const bool header_done_now = !header_done_ && parser_->state() != HttpParserState::kHeader;
    if (header_done_now) {
      header_done_ = true;
      transfer_start_ = Clock::now();
      const HttpServerOptions& options = worker_.core().options;
      const HttpRequest& request = parser_->request();
      parser_->LimitBody(options.body_limit ? options.body_limit(request.method, request.target)
                                            : options.max_body);
      if (parser_->state() == HttpParserState::kFailed) return Refuse(parser_->fault());
    }
    const bool done = parser_->state() == HttpParserState::kDone;
    if (header_done_now && !done && !bytes.empty()) continue;
    inbox_.assign(bytes.begin(), bytes.end());
    inbox_incomplete_ = !done;
    if (done) return Dispatch();
    if (header_done_) SetTransferDeadline(parser_->request().body.size());
    if (header_done_now && parser_->expects_continue()) return SayContinue();
    return Step::kAgain;
  }
}

// The client waits for a word before it sends the body.
HttpSession::Step HttpSession::SayContinue() {
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  return BeginWrite(Afterwards::kReadBody);
}

HttpSession::Step HttpSession::Dispatch() {
  keep_alive_ = parser_->keep_alive();
  HttpRequest request = std::move(parser_->request());
  parser_.reset();
  head_only_ = request.method == "HEAD";
  request.remote_address = remote_address_;
  if (clients_.outcome == PinCheck::Outcome::kAccepted) {
    request.peer_identity = clients_.accepted[clients_.matched];
  }
  ++exchange_;
  state_ = State::kHandling;
  deadline_ = Clock::now() + worker_.core().options.reply_timeout;
  in_handler_ = true;
  {
    auto pending = std::make_shared<PendingReply>(*this);
    HttpReply reply = [pending = std::move(pending)](HttpResponse response) {
      pending->Send(std::move(response));
    };
    try {
      worker_.core().handler(std::move(request), std::move(reply));
    } catch (...) {
      // Handlers do not throw; what runs out of memory in one of them must not end the others. It counts as no reply.
    }
  }
  in_handler_ = false;
  if (!answer_) return Step::kWait;
  return Respond(std::move(*std::exchange(answer_, std::nullopt)), Afterwards::kNextRequest);
}

void HttpSession::Answer(std::uint64_t exchange, HttpResponse response) {
  if (state_ != State::kHandling || exchange != exchange_) return;
  (void)Respond(std::move(response), Afterwards::kNextRequest);
  Run();
}

// By value: the fault is the parser's, which ends here.
HttpSession::Step HttpSession::Refuse(HttpFault fault) {
  parser_.reset();
  inbox_.clear();
  head_only_ = false;
  return Respond(Problem(fault.status, fault.slug, fault.title, fault.detail), Afterwards::kClose);
}

HttpSession::Step HttpSession::Respond(HttpResponse response, Afterwards afterwards) {
  if (!keep_alive_ || worker_.stopping()) afterwards = Afterwards::kClose;
  answer_ = std::move(response);
  const auto connection =
      afterwards == Afterwards::kClose ? HttpConnection::kClose : HttpConnection::kKeepAlive;
  Result<std::string> head = FormatResponseHead(*answer_, connection, worker_.Date());
  if (!head) {
    answer_ = NoReply();
    head = FormatResponseHead(*answer_, connection, worker_.Date());
  }
  out_ = std::move(*head);
  const ByteSpan content = answer_->Content();
  const bool has_content = !head_only_ && answer_->status != 204 && answer_->status != 304;
  if (has_content && content.size() <= kTogetherBytes) {
    out_.append(reinterpret_cast<const char*>(content.data()), content.size());
  } else if (has_content) {
    out_content_ = content;
  }
  return BeginWrite(afterwards);
}

HttpSession::Step HttpSession::BeginWrite(Afterwards afterwards) {
  state_ = State::kWriting;
  afterwards_ = afterwards;
  out_sent_ = 0;
  written_ = 0;
  transfer_start_ = Clock::now();
  SetTransferDeadline(0);
  return Step::kAgain;
}

HttpSession::Step HttpSession::DoWrite() {
  const bool in_head = out_sent_ < out_.size();
  if (!in_head && out_content_.empty()) return WriteDone();
  const auto [outcome, bytes] = in_head ? transport_.Write(AsBytes(out_).subspan(out_sent_),
                                                           out_content_.empty() ? HttpTransport::More::kNo
                                                                                : HttpTransport::More::kComes)
                                        : transport_.Write(out_content_, HttpTransport::More::kNo);
  if (outcome == Outcome::kWantRead || outcome == Outcome::kWantWrite) return WaitFor(outcome);
  if (outcome != Outcome::kMoved) return Close(), Step::kWait;
  if (in_head) {
    out_sent_ += bytes;
  } else {
    out_content_ = out_content_.subspan(bytes);
  }
  written_ += bytes;
  SetTransferDeadline(written_);
  return out_sent_ == out_.size() && out_content_.empty() ? WriteDone() : Step::kAgain;
}

HttpSession::Step HttpSession::WriteDone() {
  answer_.reset();
  if (out_.capacity() > kKeptBufferBytes) std::string().swap(out_);
  out_.clear();
  out_sent_ = 0;
  if (afterwards_ == Afterwards::kClose) return End();
  state_ = State::kReading;
  transfer_start_ = Clock::now();
  if (afterwards_ == Afterwards::kReadBody) return SetTransferDeadline(0), Step::kAgain;
  if (inbox_.empty()) Bytes().swap(inbox_);
  if (worker_.stopping()) return End();
  deadline_ = transfer_start_ + worker_.core().options.idle_timeout;
  // A client rarely has its next request out before it has the response: save the read that finds nothing.
  const bool next_is_here = !inbox_.empty() || transport_.HasPending();
  return next_is_here ? Step::kAgain : WaitFor(Outcome::kWantRead);
}

// Closing with unread bytes would reset the connection and could take our last response from the client.
HttpSession::Step HttpSession::End() {
  transport_.EndWriting();
  state_ = State::kLingering;
  deadline_ = Clock::now() +
              std::min<std::chrono::milliseconds>(kLingerTimeout, worker_.core().options.header_timeout);
  return Step::kAgain;
}

HttpSession::Step HttpSession::DoLinger() {
  const auto [outcome, bytes] = transport_.Discard(worker_.scratch());
  if (outcome == Outcome::kMoved) return Step::kAgain;
  if (outcome == Outcome::kWantRead) return WaitFor(outcome);
  return Close(), Step::kWait;
}

void HttpSession::OnStop() {
  const bool idle = state_ == State::kReading && !parser_ && inbox_.empty();
  if (idle) transport_.EndWriting();
  if (idle || state_ == State::kHandshake) Close();
}

void HttpSession::OnDeadline() {
  switch (state_) {
    case State::kReading:
      if (!parser_) {
        (void)End();
        break;
      }
      (void)Refuse({408, "request-timeout", "Request timeout", "The request did not arrive in time."});
      break;
    case State::kHandling:
      // A later reply is for an exchange that is no more.
      ++exchange_;
      (void)Respond(TooBusy("The request was not answered in time; ask again whether it took effect."),
                    Afterwards::kClose);
      break;
    case State::kHandshake:
    case State::kWriting:
    case State::kLingering: return Close();
    case State::kClosed: return;
  }
  if (waiting_) {
    boost::system::error_code ignored;
    waiter_.cancel(ignored);  // its end runs us
  } else {
    Run();
  }
}

void HttpSession::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  ++exchange_;
  const auto self = shared_from_this();
  waiter_.release();  // ends a wait that is under way
  shutdown(transport_.fd(), SHUT_RDWR);
  worker_.Forget(self);
}

}  // namespace mpcstats
