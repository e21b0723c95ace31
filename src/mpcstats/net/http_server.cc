#include "mpcstats/net/http_server.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "mpcstats/net/http_worker.h"
#include "mpcstats/net/tcp.h"

namespace mpcstats {
namespace {

constexpr int kBacklog = 1024;
// The parties' links want large buffers; here many connections come from anybody.
constexpr int kSocketBufferBytes = 128 * 1024;
constexpr std::chrono::milliseconds kPauseWithoutDescriptors(100);
constexpr int kAcceptsInARow = 64;

Status CheckOptions(const HttpServerOptions& options, const HttpHandler& handler) {
  const bool times = options.idle_timeout.count() > 0 && options.header_timeout.count() > 0 &&
                     options.transfer_timeout.count() > 0 && options.reply_timeout.count() > 0 &&
                     options.stop_timeout.count() >= 0;
  const bool sizes = options.max_header >= 256 && options.max_header <= (1 << 20) &&
                     options.min_bytes_per_second > 0 && options.max_connections > 0;
  if (!times || !sizes || options.threads == 0 || options.threads > 256 || !handler) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "an HTTP server needs a handler, 1 to 256 threads, times and limits above zero, and max_header from "
        "256 bytes to 1 MiB");
  }
  return {};
}

void SetOption(int fd, int name, int value) { setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)); }

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Options options, HttpHandler handler, BoundSocket listener)
      : core_{.options = std::move(options), .handler = std::move(handler)},
        tls_(core_.options.tls),
        listener_(std::move(listener.fd)),
        port_(listener.port) {
    for (unsigned i = 0; i < core_.options.threads; ++i)
      workers_.push_back(std::make_unique<HttpWorker>(core_));
    waiter_.emplace(workers_.front()->io(), listener_.get());
    pause_.emplace(workers_.front()->io());
    WaitForConnection();
    for (const auto& worker : workers_) worker->Start();
  }

  ~Impl() { Stop(); }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  Status ReplaceTls(HttpServerTls::Ptr tls) {
    const std::lock_guard lock(tls_mutex_);
    if (!tls_ || !tls) {
      return Fail(ErrorCode::kInvalidArgument,
                  "a server that started with TLS goes on with TLS, and one without without");
    }
    tls_ = std::move(tls);
    return {};
  }

  void Stop() {
    const std::lock_guard lock(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    const auto deadline = HttpWorker::Clock::now() + core_.options.stop_timeout;
    boost::asio::post(workers_.front()->io(), [this] {
      accepting_ = false;
      waiter_->release();
      pause_->cancel();
      listener_.Close();
    });
    for (const auto& worker : workers_) worker->BeginStop(deadline);
    for (const auto& worker : workers_) worker->Join();
    waiter_.reset();
    pause_.reset();
    workers_.clear();
  }

 private:
  void WaitForConnection() {
    waiter_->async_wait(boost::asio::posix::descriptor_base::wait_read, [this](const auto& error) {
      if (!error && accepting_) Accept();
    });
  }

  void Accept() {
    for (int i = 0; i < kAcceptsInARow; ++i) {
      UniqueFd fd = AcceptTcp(listener_.get());
      if (fd.valid()) {
        Hand(std::move(fd));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        // The connection stays in the queue, and polling would return at once.
        pause_->expires_after(kPauseWithoutDescriptors);
        pause_->async_wait([this](const auto& error) {
          if (!error && accepting_) WaitForConnection();
        });
        return;
      } else if (errno == EAGAIN) {
        break;
      }
    }
    WaitForConnection();
  }

  void Hand(UniqueFd fd) {
    const std::size_t limit = core_.options.max_connections;
    const std::size_t open = core_.connections.fetch_add(1);
    // Some more are told why, the rest is closed.
    if (open >= limit + limit / 8 + 8) {
      core_.connections.fetch_sub(1);
      return;
    }
    HttpWorker& worker = *workers_[next_++ % workers_.size()];
    HttpWorker::Arrival arrival{.fd = std::move(fd), .tls = CurrentTls(), .refused = open >= limit};
    if (workers_.size() == 1) return worker.Admit(std::move(arrival));
    auto admit = [&worker, held = std::move(arrival)]() mutable { worker.Admit(std::move(held)); };
    boost::asio::post(worker.io(), std::move(admit));
  }

  HttpServerTls::Ptr CurrentTls() {
    const std::lock_guard lock(tls_mutex_);
    return tls_;
  }

  HttpServerCore core_;
  std::mutex tls_mutex_;
  HttpServerTls::Ptr tls_;
  UniqueFd listener_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<HttpWorker>> workers_;
  std::optional<boost::asio::posix::stream_descriptor> waiter_;
  std::optional<boost::asio::steady_timer> pause_;
  std::size_t next_ = 0;
  bool accepting_ = true;
  std::mutex stop_mutex_;
  bool stopped_ = false;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, HttpHandler handler) {
  RETURN_IF_ERROR(CheckOptions(options, handler));
  ASSIGN_OR_RETURN(BoundSocket listener, ListenTcp(options.address, options.port));
  SetOption(listener.fd.get(), SO_SNDBUF, kSocketBufferBytes);
  SetOption(listener.fd.get(), SO_RCVBUF, kSocketBufferBytes);
  listen(listener.fd.get(), kBacklog);  // longer than that of links; the socket listens already
  try {
    return std::unique_ptr<HttpServer>(
        new HttpServer(std::make_unique<Impl>(std::move(options), std::move(handler), std::move(listener))));
  } catch (const std::exception& refused) {
    return Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("the system has no threads or descriptors for an HTTP server: {}", refused.what()));
  }
}

std::uint16_t HttpServer::port() const { return impl_->port(); }
Status HttpServer::ReplaceTls(HttpServerTls::Ptr tls) { return impl_->ReplaceTls(std::move(tls)); }
void HttpServer::Stop() { impl_->Stop(); }

}  // namespace mpcstats
