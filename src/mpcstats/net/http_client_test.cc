#include "mpcstats/net/http_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "mpcstats/net/http_testing.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

// A server whose every move the test makes.
class ScriptedServer {
 public:
  ScriptedServer() : listener_(std::move(*ListenTcp("127.0.0.1", 0))) {}
  [[nodiscard]] std::uint16_t port() const { return listener_.port; }
  RawConnection Accept() {
    pollfd entry = {listener_.fd.get(), POLLIN, 0};
    EXPECT_EQ(poll(&entry, 1, 60'000), 1);
    return RawConnection(AcceptTcp(listener_.fd.get()));
  }

 private:
  BoundSocket listener_;
};

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// What the client makes of `answer`, after which the server ends the connection.
Result<HttpResponse> AnsweredWith(std::string_view answer, std::string_view method = "GET") {
  ScriptedServer server;
  std::thread script([&] {
    RawConnection connection = server.Accept();
    EXPECT_TRUE(connection.ReceiveSome());
    EXPECT_TRUE(connection.Send(answer));
  });
  auto client = ClientOf(server.port(), [](HttpClientOptions& options) { options.max_response = 100; });
  Result<HttpResponse> response = client->Request(method, "/");
  script.join();
  return response;
}

TEST(HttpClient, SendsMethodTargetHeadersAndBody) {
  auto server = Serve([](HttpRequest request, const HttpReply& reply) {
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.target, "/base/x");
    EXPECT_EQ(request.query, "y=z");
    EXPECT_EQ(request.Header("x-a"), "b");
    EXPECT_TRUE(request.Header("host").starts_with("127.0.0.1:"));
    reply({.status = 418, .headers = {{"X-Reply", "r"}}, .body = request.body});
  });
  auto client = ClientOf(server->port(), [](HttpClientOptions& options) { options.base.path = "/base"; });
  const auto response = client->Request("PUT", "/x?y=z", {{"X-A", "b"}}, AsBytes("body"));
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->Header("x-reply"), "r");
  EXPECT_EQ(TextOf(response->body), "body");
}

TEST(HttpClient, CarriesLargeBodiesBothWays) {
  auto server = Serve([](HttpRequest request,
                         const HttpReply& reply) { reply({.status = 200, .body = std::move(request.body)}); },
                      {.max_body = 8 << 20});
  Bytes body(5 << 20);
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  auto client = ClientOf(server->port());
  for (int i = 0; i < 2; ++i) {
    const auto response = client->Request("POST", "/", {}, body);
    ASSERT_TRUE(response.has_value()) << response.error().message();
    EXPECT_TRUE(response->body == body);
  }
}

TEST(HttpClient, KeepsItsConnection) {
  ScriptedServer server;
  std::thread script([&] {
    RawConnection connection = server.Accept();
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(connection.ReceiveSome());
      EXPECT_TRUE(connection.Send(kOk));
    }
  });
  auto client = ClientOf(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(TextOf(client->Request("GET", "/")->body), "ok");
  script.join();
}

TEST(HttpClient, ReplacesAConnectionThatTheServerClosedMeanwhile) {
  ScriptedServer server;
  for (const char* method : {"GET", "POST"}) {
    auto client = ClientOf(server.port());
    std::thread first([&] {
      RawConnection connection = server.Accept();
      EXPECT_TRUE(connection.ReceiveSome());
      EXPECT_TRUE(connection.Send(kOk));
    });
    EXPECT_TRUE(client->Request(method, "/").has_value());
    first.join();
    std::thread second([&] {
      RawConnection connection = server.Accept();
      EXPECT_TRUE(connection.ReceiveSome());
      EXPECT_TRUE(connection.Send(kOk));
    });
    const auto again = client->Request(method, "/");
    second.join();
    EXPECT_TRUE(again.has_value()) << again.error().message();
  }
}

// The server takes the second request of a connection and closes: was it done?
Result<HttpResponse> AskAServerThatClosesOnTheSecond(std::string_view method, int& connections) {
  ScriptedServer server;
  auto client = ClientOf(server.port());
  const bool repeats = method == "GET";
  std::thread script([&] {
    {
      RawConnection connection = server.Accept();
      ++connections;
      EXPECT_TRUE(connection.ReceiveSome());
      EXPECT_TRUE(connection.Send(kOk));
      EXPECT_TRUE(connection.ReceiveSome());
    }
    if (!repeats) return;
    RawConnection connection = server.Accept();
    ++connections;
    EXPECT_TRUE(connection.ReceiveSome());
    EXPECT_TRUE(connection.Send(kOk));
  });
  EXPECT_TRUE(client->Request(method, "/").has_value());
  Result<HttpResponse> second = client->Request(method, "/");
  script.join();
  return second;
}

TEST(HttpClient, RepeatsAnIdempotentRequestThatWasLost) {
  int connections = 0;
  const auto response = AskAServerThatClosesOnTheSecond("GET", connections);
  EXPECT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(connections, 2);
}

TEST(HttpClient, DoesNotRepeatAPostThatMayHaveTakenEffect) {
  int connections = 0;
  const auto response = AskAServerThatClosesOnTheSecond("POST", connections);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(connections, 1);
}

TEST(HttpClient, DoesNotRepeatARequestOnAFreshConnection) {
  ScriptedServer server;
  std::thread script([&] {
    RawConnection connection = server.Accept();
    EXPECT_TRUE(connection.ReceiveSome());
  });
  auto client = ClientOf(server.port());
  const auto response = client->Request("GET", "/");
  script.join();
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST(HttpClient, ReadsARefusalWhileItIsStillSending) {
  auto server = Serve(Echo, {.max_body = 1000});
  auto client = ClientOf(server->port());
  const auto response = client->Request("POST", "/", {}, Bytes(32 << 20));
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(client->Request("GET", "/")->status, 200);
}

TEST(HttpClient, PassesOverInterimResponses) {
  const auto response =
      AnsweredWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + std::string(kOk));
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->Header("a"), "");
}

TEST(HttpClient, ReadsBodiesWithoutALength) {
  EXPECT_EQ(TextOf(AnsweredWith("HTTP/1.1 200 OK\r\n\r\nup to the end")->body), "up to the end");
  EXPECT_EQ(
      TextOf(AnsweredWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")->body),
      "ab");
  EXPECT_EQ(TextOf(AnsweredWith("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD")->body), "");
}

TEST(HttpClient, RefusesMalformedResponses) {
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH\r\n"), std::string("HTTP/1.1 2x0 OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        std::string("HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'a'))}) {
    const auto response = AnsweredWith(answer);
    ASSERT_FALSE(response.has_value()) << answer.substr(0, 40);
    EXPECT_EQ(response.error().code(), ErrorCode::kProtocolViolation) << response.error().message();
  }
  std::string interim;
  for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_TRUE(AnsweredWith(interim).error().message().contains("only interim responses"));
}

TEST(HttpClient, RefusesAShortResponse) {
  const auto response = AnsweredWith("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(response.error().message().contains("in the middle of a response"));
}

TEST(HttpClient, RefusesTooLargeAResponse) {
  for (const char* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"}) {
    const auto response = AnsweredWith(answer);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), ErrorCode::kResourceExhausted);
  }
}

TEST(HttpClient, GivesUpOnASilentServer) {
  ScriptedServer server;
  auto client = ClientOf(server.port(), [](HttpClientOptions& options) { options.request_timeout = 50ms; });
  const auto response = client->Request("GET", "/");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(HttpClient, SaysWhomItCannotReach) {
  const std::uint16_t port = ScriptedServer().port();
  const auto response = ClientOf(port)->Request("GET", "/");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(
      response.error().message().contains("cannot connect to http://127.0.0.1:" + std::to_string(port)))
      << response.error().message();
}

TEST(HttpClient, SendsNothingMalformed) {
  ScriptedServer server;
  auto client = ClientOf(server.port());
  for (const auto& [method, target] : {std::pair("GE T", "/"), {"GET", ""}, {"GET", "a"}, {"GET", "/a b"}}) {
    const auto response = client->Request(method, target);
    ASSERT_FALSE(response.has_value());
    EXPECT_EQ(response.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(client->Request("GET", "/", {{"a", "b\r\nc: d"}}).error().code(), ErrorCode::kInvalidArgument);
}

Result<std::unique_ptr<HttpClient>> CreateFor(const char* url, std::vector<Bytes32> pins, bool allow_plain) {
  return HttpClient::Create(
      {.base = *Url::Parse(url), .pins = std::move(pins), .tls = {}, .allow_plain = allow_plain});
}

TEST(HttpClient, RefusesPlainHttpToAnotherMachineUnlessAllowed) {
  EXPECT_TRUE(CreateFor("http://127.0.0.1", {}, false).has_value());
  EXPECT_TRUE(CreateFor("http://192.0.2.1", {}, true).has_value());
  const auto refused = CreateFor("http://192.0.2.1", {}, false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(refused.error().message().contains("write https"));
}

TEST(HttpClient, RefusesHttpsWithoutAPinAndAPinWithoutHttps) {
  EXPECT_TRUE(CreateFor("https://a", {Bytes32{}}, false).has_value());
  EXPECT_EQ(CreateFor("https://a", {}, true).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CreateFor("http://localhost", {Bytes32{}}, true).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mpcstats
