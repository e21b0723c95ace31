#include "mpcstats/net/http_worker.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

#include "mpcstats/net/http_format.h"
#include "mpcstats/net/http_session.h"

namespace mpcstats {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::chrono::milliseconds kSlowestTick(1000);
constexpr std::chrono::milliseconds kFastestTick(5);
constexpr std::chrono::milliseconds kStopTick(20);

std::chrono::milliseconds TickOf(const HttpServerOptions& options) {
  const auto shortest = std::min(
      {options.idle_timeout, options.header_timeout, options.transfer_timeout, options.reply_timeout});
  return std::clamp(shortest / 4, kFastestTick, kSlowestTick);
}

}  // namespace

void HttpMailbox::Put(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (io_ == nullptr) return;
  letters_.push_back(std::move(letter));
  if (letters_.size() == 1) boost::asio::post(*io_, [this] { Deliver(); });
}

void HttpMailbox::Close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void HttpMailbox::Deliver() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (Letter& letter : letters) {
    if (const auto session = letter.session.lock())
      session->Answer(letter.exchange, std::move(letter.response));
  }
}

HttpWorker::HttpWorker(HttpServerCore& core)
    : core_(core),
      work_(io_.get_executor()),
      tick_timer_(io_),
      tick_(TickOf(core.options)),
      mailbox_(std::make_shared<HttpMailbox>(io_)),
      scratch_(kScratchBytes) {}

HttpWorker::~HttpWorker() {
  if (thread_.joinable()) BeginStop(Clock::now());
  Join();
  mailbox_->Close();
}

void HttpWorker::Start() {
  thread_ = std::thread([this] {
    mailbox_->SetThread(std::this_thread::get_id());
    io_.run();
    // Nobody may post to an io_context that goes away.
    mailbox_->Close();
  });
}

void HttpWorker::BeginStop(Clock::time_point deadline) {
  boost::asio::post(io_, [this, deadline] {
    stopping_ = true;
    stop_deadline_ = deadline;
    // A copy: a session that ends takes itself off the set.
    const auto sessions = sessions_;
    for (const auto& session : sessions) session->OnStop();
    StopIfEmpty();
    tick_ = std::min(tick_, kStopTick);
    if (!sessions_.empty()) ArmTick();
  });
}

void HttpWorker::Join() {
  if (thread_.joinable()) thread_.join();
}

void HttpWorker::Admit(Arrival arrival) {
  // Arrived while the stop was on its way.
  if (stopping_) {
    core_.connections.fetch_sub(1);
    return;
  }
  const auto session = std::make_shared<HttpSession>(*this, std::move(arrival.fd));
  sessions_.insert(session);
  if (!ticking_) ArmTick();
  session->Start(arrival.tls, arrival.refused);
}

void HttpWorker::Forget(const std::shared_ptr<HttpSession>& session) {
  if (sessions_.erase(session) == 0) return;
  core_.connections.fetch_sub(1);
  if (stopping_) StopIfEmpty();
}

void HttpWorker::StopIfEmpty() {
  if (!sessions_.empty()) return;
  tick_timer_.cancel();
  work_.reset();
}

std::string_view HttpWorker::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_time_) {
    date_time_ = now;
    date_ = HttpDate(now);
  }
  return date_;
}

void HttpWorker::ArmTick() {
  ticking_ = true;
  tick_timer_.expires_after(tick_);
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

void HttpWorker::Tick() {
  ticking_ = false;
  const Clock::time_point now = Clock::now();
  const bool all = stopping_ && now >= stop_deadline_;
  std::vector<std::shared_ptr<HttpSession>> expired;
  for (const auto& session : sessions_) {
    if (all || now >= session->deadline()) expired.push_back(session);
  }
  for (const auto& session : expired) {
    if (all) {
      session->Close();
    } else {
      session->OnDeadline();
    }
  }
  // A server without connections sleeps.
  if (!sessions_.empty()) ArmTick();
}

}  // namespace mpcstats
