// HttpSession: one connection of the HTTP server; lives on its worker's thread. Inside of the server.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mpcstats/net/http_parser.h"
#include "mpcstats/net/http_problem.h"
#include "mpcstats/net/http_transport.h"
#include "mpcstats/net/http_worker.h"

namespace mpcstats {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Clock = HttpWorker::Clock;

  HttpSession(HttpWorker& worker, UniqueFd fd);
  ~HttpSession();

  void Start(const HttpServerTls::Ptr& tls, bool refused);
  /// The handler's reply to the request numbered `exchange`; one that comes too late is dropped.
  void Answer(std::uint64_t exchange, HttpResponse response);
  /// Finishes the request in flight, if there is one, and closes.
  void OnStop();
  void OnDeadline();
  void Close();

  [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

 private:
  enum class State { kHandshake, kReading, kHandling, kWriting, kLingering, kClosed };
  enum class Afterwards { kNextRequest, kReadBody, kClose };
  enum class Step { kAgain, kWait };
  class PendingReply;

  // Each does what can be done without waiting.
  void Run();
  Step DoHandshake();
  Step DoRead();
  Step DoWrite();
  Step DoLinger();

  Step WaitFor(HttpTransport::Outcome outcome);
  Step Consume(ByteSpan bytes);
  Step SayContinue();
  Step Dispatch();
  Step Respond(HttpResponse response, Afterwards afterwards);
  Step Refuse(HttpFault fault);
  Step BeginWrite(Afterwards afterwards);
  Step WriteDone();
  Step End();
  void SetTransferDeadline(std::size_t moved);

  HttpWorker& worker_;
  HttpTransport transport_;
  boost::asio::posix::stream_descriptor waiter_;  // of the transport's descriptor, which it does not own
  std::string remote_address_;
  PinCheck clients_;
  State state_;
  Clock::time_point deadline_;
  bool refused_ = false;
  bool running_ = false;
  bool waiting_ = false;

  std::optional<HttpRequestParser> parser_;  // while a request comes in
  Bytes inbox_;                              // arrived and not parsed
  bool inbox_incomplete_ = false;            // parsing waits for more
  bool header_done_ = false;

  std::uint64_t exchange_ = 0;
  bool in_handler_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  std::optional<HttpResponse> answer_;  // its content is what is being sent

  std::string out_;  // head, and a small content with it
  std::size_t out_sent_ = 0;
  ByteSpan out_content_;
  Clock::time_point transfer_start_;
  std::size_t written_ = 0;
  Afterwards afterwards_ = Afterwards::kNextRequest;
};

}  // namespace mpcstats
