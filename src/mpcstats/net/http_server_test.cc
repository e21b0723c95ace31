#include "mpcstats/net/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "mpcstats/net/http_testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;
using Content = HttpResponseParser::Content;

constexpr std::string_view kGet = "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n";

// Takes replies out of the handler and keeps them until the test gives the answers.
class Desk {
 public:
  HttpHandler Handler() {
    return [this](HttpRequest, HttpReply reply) {
      const std::lock_guard lock(mutex_);
      replies_.push_back(std::move(reply));
      changed_.notify_all();
    };
  }
  std::vector<HttpReply> Take(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return replies_.size() >= count; });
    return std::exchange(replies_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpReply> replies_;
};

TEST(HttpServer, AnswersOneRequestAfterAnotherOnAConnection) {
  auto server = Serve(Echo);
  RawConnection raw(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(raw.Send(kGet));
    const auto response = raw.Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(TextOf(response->body), "GET /a b ");
    EXPECT_EQ(response->Header("content-length"), "9");
    EXPECT_EQ(response->Header("server"), "");
    EXPECT_NE(response->Header("date"), "");
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  auto server = Serve(Echo);
  RawConnection raw(server->port());
  std::string many;
  for (int i = 0; i < 500; ++i) {
    const std::string body(static_cast<std::size_t>(i), 'x');
    many += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(i) +
            "\r\n\r\n" + body;
  }
  ASSERT_TRUE(raw.Send(many));
  for (int i = 0; i < 500; ++i) {
    const auto response = raw.Receive();
    ASSERT_TRUE(response.has_value()) << i;
    ASSERT_EQ(TextOf(response->body),
              "POST /" + std::to_string(i) + "  " + std::string(static_cast<std::size_t>(i), 'x'));
  }
}

TEST(HttpServer, SendsSharedAndLargeBodies) {
  const auto page = std::make_shared<const Bytes>(3 << 20, std::uint8_t{'p'});
  auto server = Serve([&](HttpRequest, HttpReply reply) { reply({.status = 200, .shared_body = page}); });
  RawConnection raw(server->port());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(raw.Send(kGet));
    const auto response = raw.Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_TRUE(response->body == *page);
  }
}

TEST(HttpServer, SendsNoBodyForHeadAndNoContent) {
  auto server = Serve([](HttpRequest request, HttpReply reply) {
    reply(HttpText(request.target == "/none" ? 204 : 200, "text/plain", "12345"));
  });
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(raw.Receive(Content::kNone)->Header("content-length"), "5");
  ASSERT_TRUE(raw.Send("GET /none HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(raw.Receive()->Header("content-length"), "");
  ASSERT_TRUE(raw.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(raw.ReceiveAll().ends_with("connection: close\r\n\r\n12345"));
}

TEST(HttpServer, SaysContinueToAClientThatWaitsForIt) {
  auto server = Serve(Echo);
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(raw.Receive()->status, 100);
  ASSERT_TRUE(raw.Send("abc"));
  EXPECT_EQ(TextOf(raw.Receive()->body), "POST /  abc");
}

TEST(HttpServer, TakesRepliesFromOtherThreads) {
  Desk desk;
  auto server = Serve(desk.Handler());
  std::vector<RawConnection> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(server->port());
  for (RawConnection& client : clients) ASSERT_TRUE(client.Send(kGet));
  std::thread committer([&] {
    for (const HttpReply& reply : desk.Take(20)) reply(HttpText(201, "t", "done"));
  });
  for (RawConnection& client : clients) {
    const auto response = client.Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 201);
  }
  committer.join();
}

TEST(HttpServer, TakesTheFirstReplyAlone) {
  Desk desk;
  auto server = Serve(desk.Handler());
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  const HttpReply reply = desk.Take(1).front();
  const HttpReply copy = reply;
  copy(HttpText(200, "t", "first"));
  reply(HttpText(200, "t", "second"));
  EXPECT_EQ(TextOf(raw.Receive()->body), "first");
  ASSERT_TRUE(raw.Send(kGet));
  desk.Take(1).front()(HttpText(200, "t", "third"));
  EXPECT_EQ(TextOf(raw.Receive()->body), "third");
}

TEST(HttpServer, TakesTheFirstReplyOfAHandlerThatRepliesTwice) {
  auto server = Serve([](HttpRequest, HttpReply reply) {
    reply(HttpText(200, "t", "first"));
    reply(HttpText(200, "t", "second"));
  });
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  EXPECT_EQ(TextOf(raw.Receive()->body), "first");
}

TEST(HttpServer, AnswersForAHandlerThatDropsItsReply) {
  auto server = Serve([](HttpRequest, HttpReply) {});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  EXPECT_EQ(raw.Receive()->status, 500);
  Desk desk;
  auto late = Serve(desk.Handler());
  RawConnection second(late->port());
  ASSERT_TRUE(second.Send(kGet));
  desk.Take(1).clear();
  EXPECT_EQ(second.Receive()->status, 500);
}

TEST(HttpServer, AnswersForAHandlerThatThrows) {
  auto server = Serve([](HttpRequest, HttpReply) { throw std::bad_alloc(); });
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  EXPECT_EQ(raw.Receive()->status, 500);
}

TEST(HttpServer, AnswersForAHandlerWithAMalformedResponse) {
  auto server = Serve(
      [](HttpRequest, HttpReply reply) { reply({.status = 200, .headers = {{"a", "b\r\nset-cookie: c"}}}); });
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  const auto response = raw.Receive();
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->Header("set-cookie"), "");
}

TEST(HttpServer, ServesManyConnectionsOnSeveralThreads) {
  std::atomic<int> handled = 0;
  auto server = Serve(
      [&](HttpRequest request, HttpReply reply) {
        ++handled;
        Echo(std::move(request), reply);
      },
      {.threads = 3});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      auto client = ClientOf(server->port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t) + ":" + std::to_string(i);
        const auto response = client->Request("POST", "/x", {}, AsBytes(body));
        ASSERT_TRUE(response.has_value()) << response.error().message();
        ASSERT_EQ(TextOf(response->body), "POST /x  " + body);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(handled, 400);
}

TEST(HttpServer, TellsTheClientsAddress) {
  auto server = Serve([](HttpRequest request, HttpReply reply) {
    EXPECT_FALSE(request.peer_identity.has_value());
    reply(HttpText(200, "t", request.remote_address));
  });
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  EXPECT_EQ(TextOf(raw.Receive()->body), "127.0.0.1");
}

TEST(HttpServer, RefusesAMalformedRequestAndCloses) {
  std::atomic<int> handled = 0;
  auto server = Serve([&](HttpRequest, HttpReply reply) {
    ++handled;
    reply({});
  });
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("GARBAGE\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  const auto response = raw.Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 400);
  EXPECT_EQ(response->Header("content-type"), "application/problem+json");
  EXPECT_EQ(response->Header("connection"), "close");
  EXPECT_TRUE(TextOf(response->body).contains("urn:mpcstats:problem:malformed-request"));
  EXPECT_EQ(raw.ReceiveAll(), "");
  EXPECT_EQ(handled, 0);
}

TEST(HttpServer, RefusesTooLargeABodyBeforeItCame) {
  auto server =
      Serve(Echo, {.max_body = 10, .body_limit = [](std::string_view method, std::string_view target) {
                     return method == "PUT" && target == "/big" ? std::size_t{20} : std::size_t{10};
                   }});
  RawConnection big(server->port());
  ASSERT_TRUE(big.Send("PUT /big?x HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n01234567890123456789"));
  EXPECT_EQ(big.Receive()->status, 200);
  for (const char* request : {"PUT /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
                              "POST /big HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n"}) {
    RawConnection raw(server->port());
    ASSERT_TRUE(raw.Send(request));
    const auto response = raw.Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 413);
    EXPECT_EQ(raw.ReceiveAll(), "");
  }
}

TEST(HttpServer, LetsAClientThatIsStillSendingReadTheRefusal) {
  auto server = Serve(Echo, {.max_body = 10});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
                       std::string(1'000'000, 'x')));
  raw.EndWriting();
  EXPECT_TRUE(raw.ReceiveAll().starts_with("HTTP/1.1 413 "));
}

TEST(HttpServer, RefusesTooLargeHeaders) {
  auto server = Serve(Echo);
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(9000, 'a') + "\r\n\r\n"));
  EXPECT_EQ(raw.Receive()->status, 431);
}

TEST(HttpServer, CutsASlowHeader) {
  auto server = Serve(Echo, {.header_timeout = 50ms});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("GET / HTTP/1.1\r\nHo"));
  EXPECT_TRUE(raw.ReceiveAll().starts_with("HTTP/1.1 408 "));
}

TEST(HttpServer, CutsASlowBody) {
  auto server = Serve(Echo, {.transfer_timeout = 50ms});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"));
  EXPECT_TRUE(raw.ReceiveAll().starts_with("HTTP/1.1 408 "));
}

TEST(HttpServer, CutsAClientThatTakesNoResponse) {
  const auto page = std::make_shared<const Bytes>(64 << 20, std::uint8_t{'p'});
  auto server = Serve([&](HttpRequest, HttpReply reply) { reply({.status = 200, .shared_body = page}); },
                      {.transfer_timeout = 100ms, .min_bytes_per_second = 1 << 30});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  // Nothing is read until the server has given up, which the client sees as a hangup.
  pollfd entry = {raw.fd(), POLLRDHUP, 0};
  ASSERT_EQ(poll(&entry, 1, 60'000), 1);
  EXPECT_LT(raw.ReceiveAll().size(), page->size());
}

TEST(HttpServer, ClosesIdleConnectionsWithoutAWord) {
  auto server = Serve(Echo, {.idle_timeout = 50ms, .header_timeout = 50ms});
  RawConnection never(server->port());
  RawConnection once(server->port());
  ASSERT_TRUE(once.Send(kGet));
  EXPECT_EQ(once.Receive()->status, 200);
  EXPECT_EQ(once.ReceiveAll(), "");
  EXPECT_EQ(never.ReceiveAll(), "");
}

TEST(HttpServer, AnswersForAHandlerThatTakesTooLong) {
  Desk desk;
  auto server = Serve(desk.Handler(), {.reply_timeout = 50ms});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  const auto response = raw.Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 503);
  EXPECT_NE(response->Header("retry-after"), "");
  desk.Take(1).front()(HttpText(200, "t", "late"));
  EXPECT_EQ(raw.ReceiveAll(), "");
}

TEST(HttpServer, RefusesOneConnectionTooManyUntilOneEnds) {
  auto server = Serve(Echo, {.max_connections = 2});
  RawConnection first(server->port());
  auto second = std::make_unique<RawConnection>(server->port());
  for (RawConnection* raw : {&first, second.get()}) {
    ASSERT_TRUE(raw->Send(kGet));
    EXPECT_EQ(raw->Receive()->status, 200);
  }
  RawConnection third(server->port());
  const auto refused = third.Receive();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 503);
  EXPECT_NE(refused->Header("retry-after"), "");
  EXPECT_EQ(third.ReceiveAll(), "");
  third.EndWriting();
  // The server says goodbye to the second one, so it is not counted any more.
  ASSERT_TRUE(second->Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(second->ReceiveAll(), "");
  second.reset();
  int status = 503;
  while (status == 503) {
    RawConnection again(server->port());
    (void)again.Send(kGet);
    const auto response = again.Receive();
    if (response) status = response->status;
  }
  EXPECT_EQ(status, 200);
}

TEST(HttpServer, StopFinishesTheRequestInFlight) {
  Desk desk;
  auto server = Serve(desk.Handler(), {.stop_timeout = 60s});
  const std::uint16_t port = server->port();
  RawConnection idle(port);
  RawConnection busy(port);
  ASSERT_TRUE(busy.Send(kGet));
  const HttpReply reply = desk.Take(1).front();
  std::thread stopper([&] { server->Stop(); });
  // Idle connections end at once; that one has ended says that the stop has begun.
  EXPECT_EQ(idle.ReceiveAll(), "");
  reply(HttpText(200, "t", "finished"));
  const auto response = busy.Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(TextOf(response->body), "finished");
  EXPECT_EQ(response->Header("connection"), "close");
  EXPECT_EQ(busy.ReceiveAll(), "");
  busy.EndWriting();
  stopper.join();
  const Result<UniqueFd> late = StartConnect("127.0.0.1", port, 0);
  if (late) {
    pollfd entry = {late->get(), POLLOUT, 0};
    ASSERT_EQ(poll(&entry, 1, 60'000), 1);
    EXPECT_FALSE(FinishConnect(late->get()).has_value());
  }
}

TEST(HttpServer, StopGivesUpOnAReplyThatNeverComes) {
  Desk desk;
  auto server = Serve(desk.Handler(), {.threads = 2, .stop_timeout = 50ms});
  RawConnection raw(server->port());
  ASSERT_TRUE(raw.Send(kGet));
  const std::vector<HttpReply> replies = desk.Take(1);
  server->Stop();
  EXPECT_EQ(raw.ReceiveAll(), "");
  server.reset();
  replies.front()(HttpText(200, "t", "to nobody"));
}

TEST(HttpServer, RefusesToStartOnATakenPort) {
  auto server = Serve(Echo);
  const auto second = HttpServer::Start({.address = "127.0.0.1", .port = server->port()}, Echo);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(second.error().message().contains("cannot listen on 127.0.0.1:"));
}

TEST(HttpServer, RefusesOptionsOutOfRange) {
  const auto refused = [](HttpServerOptions options, HttpHandler handler = Echo) {
    const auto server = HttpServer::Start(std::move(options), std::move(handler));
    return !server && server.error().code() == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused({.threads = 0}));
  EXPECT_TRUE(refused({.max_header = 10}));
  EXPECT_TRUE(refused({.max_connections = 0}));
  EXPECT_TRUE(refused({.idle_timeout = 0ms}));
  EXPECT_TRUE(refused({.min_bytes_per_second = 0}));
  EXPECT_TRUE(refused({}, nullptr));
}

}  // namespace
}  // namespace mpcstats
