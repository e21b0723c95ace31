// HttpWorker: one thread of the HTTP server with its connections. Inside of the server.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "mpcstats/net/http_server.h"
#include "mpcstats/net/unique_fd.h"

namespace mpcstats {

class HttpSession;

/// What the workers of a server share.
struct HttpServerCore {
  HttpServerOptions options;
  HttpHandler handler;
  std::atomic<std::size_t> connections = 0;
};

/// Where replies from other threads wait for the connection's own. It outlives the server as long as a reply does.
class HttpMailbox {
 public:
  struct Letter {
    std::weak_ptr<HttpSession>
        session;  // locked on the worker's thread alone: nothing else may keep one alive
    std::uint64_t exchange;
    HttpResponse response;
  };

  explicit HttpMailbox(boost::asio::io_context& io) : io_(&io) {}
  /// From any thread; wakes the worker once for a whole batch. Drops the letter when the worker has ended.
  void Put(Letter letter);
  void Close();
  [[nodiscard]] bool OnWorkerThread() const { return thread_.load() == std::this_thread::get_id(); }
  void SetThread(std::thread::id thread) { thread_.store(thread); }

 private:
  void Deliver();

  std::mutex mutex_;
  boost::asio::io_context* io_;  // null after Close
  std::vector<Letter> letters_;
  std::atomic<std::thread::id> thread_;
};

class HttpWorker {
 public:
  using Clock = std::chrono::steady_clock;

  explicit HttpWorker(HttpServerCore& core);
  ~HttpWorker();
  void Start();
  /// From any thread: finish by `deadline`.
  void BeginStop(Clock::time_point deadline);
  void Join();

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] HttpServerCore& core() { return core_; }

  // On the worker's thread:
  struct Arrival {
    UniqueFd fd;
    HttpServerTls::Ptr tls;
    bool refused = false;  // one connection too many
  };
  void Admit(Arrival arrival);
  void Forget(const std::shared_ptr<HttpSession>& session);
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] const std::shared_ptr<HttpMailbox>& mailbox() const { return mailbox_; }
  /// Room for one read; its content lasts until the next one.
  [[nodiscard]] MutableByteSpan scratch() { return scratch_; }
  /// The Date header of now.
  [[nodiscard]] std::string_view Date();

 private:
  void Tick();
  void ArmTick();
  void StopIfEmpty();

  HttpServerCore& core_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer tick_timer_;
  std::chrono::milliseconds tick_;
  bool ticking_ = false;
  std::shared_ptr<HttpMailbox> mailbox_;
  std::unordered_set<std::shared_ptr<HttpSession>> sessions_;
  Bytes scratch_;
  std::time_t date_time_ = 0;
  std::string date_;
  bool stopping_ = false;
  Clock::time_point stop_deadline_;
  std::thread thread_;
};

}  // namespace mpcstats
