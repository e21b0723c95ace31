#include "mpcstats/survey/template_match.h"

#include <gtest/gtest.h>

#include "mpcstats/survey/template_draft.h"
#include "mpcstats/survey/template_testing.h"

namespace mpcstats {
namespace {

std::string Fault(const std::string& response, const Template& source = MustParse(ExchangeText())) {
  const auto match = MatchResponse(source, AsBytes(response));
  return match ? "no error" : match.error().message();
}

std::string ValueOf(const Template& source, const ResponseMatch& match, const std::string& response,
                    std::string_view name) {
  for (const HoleMatch& hole : match.holes) {
    if (source.holes[hole.hole].name == name) return response.substr(hole.bytes.offset, hole.bytes.size);
  }
  return "none";
}

TEST(MatchResponse, FindsTheHolesOfTheExchange) {
  const Template source = MustParse(ExchangeText());
  for (const std::string& response : {WithHead(ExchangeBody()), Chunked(ExchangeBody())}) {
    const auto match = MatchResponse(source, AsBytes(response));
    ASSERT_TRUE(match.has_value()) << match.error().message();
    EXPECT_EQ(ValueOf(source, *match, response, "balance"), "1.50000000");
    EXPECT_EQ(ValueOf(source, *match, response, "locked"), "0.00000000");
    EXPECT_EQ(ValueOf(source, *match, response, "account"), "354937868");
    EXPECT_EQ(response.substr(match->frame.body_begin, 15), "{\"accountType\":");
  }
}

TEST(MatchResponse, TakesEveryAmountThatFits) {
  for (const char* balance :
       {"0", "0.00", "0.09", "0.57", "1000000.01", "0.00000001", "9999999999.99999999"}) {
    EXPECT_EQ(Fault(WithHead(ExchangeBody({.balance = balance}))), "no error") << balance;
  }
  for (const char* balance : {"", "1e9", "+1", "-1", "01", "1.", ".5", "1,5", "1 ", "NaN", "12345678901",
                              "0.123456789", "1.2.3", "\xd9\xa1", "1000000000000000000"}) {
    EXPECT_TRUE(Fault(WithHead(ExchangeBody({.balance = balance}))).contains("\"balance\" was expected"))
        << balance;
  }
}

TEST(MatchResponse, SaysWhatWasExpectedAndWhichByteCame) {
  const std::string response = WithHead(With(ExchangeBody(), "ETH", "BTC"));
  const std::string fault = Fault(response);
  EXPECT_TRUE(fault.contains("byte " + std::to_string(response.find("BTC")) + " is 'B'")) << fault;
}

TEST(MatchResponse, NeverSaysTheValue) {
  for (const char* balance : {"12345678901", "987.654321987"}) {
    EXPECT_FALSE(Fault(WithHead(ExchangeBody({.balance = balance}))).contains(balance));
  }
}

TEST(MatchResponse, RefusesAnotherField) {
  // The window of another asset, another element, a nested object, a longer document.
  for (const std::string& body :
       {With(ExchangeBody(), R"([{"asset":"ETH")",
             R"([{"asset":"BTC","free":"1","locked":"1"},{"asset":"ETH")"),
        With(ExchangeBody(), R"("balances":)", R"("old":{"balances":)"), ExchangeBody() + "{}",
        ExchangeBody() + " ", With(ExchangeBody(), R"(,"locked")", R"(,"free":"9","locked")"),
        "\xef\xbb\xbf" + ExchangeBody()}) {
    EXPECT_NE(Fault(WithHead(body)), "no error") << body;
  }
}

TEST(MatchResponse, RefusesValuesThatTryToCloseTheirString) {
  for (const char* locked : {R"(1","free":"999)", R"(1\",\"free\":\"999)", "1\n", "\x01"}) {
    EXPECT_NE(Fault(WithHead(ExchangeBody({.locked = locked}))), "no error") << locked;
  }
  EXPECT_NE(Fault(WithHead(ExchangeBody({.account = "1,\"uid\":2"}))), "no error");
}

TEST(ReadResponseFrame, RefusesHeadsThatAreReadInTwoWays) {
  const std::string body = ExchangeBody();
  const std::string good = WithHead(body);
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"HTTP/1.1 200", "HTTP/1.0 200"},
      {"HTTP/1.1 200 OK", "HTTP/1.1 206 OK"},
      {"HTTP/1.1 200 OK", "HTTP/1.1 2000"},
      {"HTTP/1.1 200 OK", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"},
      {"HTTP/1.1 200 OK", "HTTP/1.1 302 Found"},
      {"HTTP/1.1 200 OK\r\n", ""},
      {length, ""},
      {length, length + length},
      {length, length + "Transfer-Encoding: chunked\r\n"},
      {length, "Content-Length: +" + std::to_string(body.size()) + "\r\n"},
      {length, "Content-Length: 1\r\n"},
      {length, "Content-Length: " + std::to_string(body.size() + 1) + "\r\n"},
      {length, "Content-Length: 99999999999999999999\r\n"},
      {length, "Transfer-Encoding: gzip, chunked\r\n"},
      {"Server: nginx", "Content-Encoding: gzip"},
      {"Server: nginx", "Content-Type: text/html"},
      {"application/json", "application/json; charset=utf-16"},
      {"Server: nginx", "Server: nginx\r\n folded: x"},
      {"Server: nginx", "Server nginx"},
      {"Server: nginx", "Server : nginx"},
      {"Server: nginx", "Server: a\rb"},
      {"Server: nginx", "Server: a\nb"},
      {"Server: nginx", std::string("Server: a\0b", 11)},
      {"Server: nginx", "Trailer: x"},
      {"Server: nginx", "Content-Range: bytes 0-1/2"},
      {"Server: nginx", "Server: " + std::string(20000, 'x')},
      {"session=5ec2e7\r\n", "session=5ec2e7\n\r\n"}};
  EXPECT_EQ(Fault(good), "no error");
  for (const auto& [from, to] : changes)
    EXPECT_NE(Fault(With(good, from, to)), "no error") << to.substr(0, 60);
  EXPECT_NE(Fault(good.substr(0, 50)), "no error");
  EXPECT_NE(Fault(""), "no error");
  EXPECT_NE(Fault(body), "no error");  // HTTP/0.9
}

TEST(ReadResponseFrame, TakesOneChunkAndNoTrailers) {
  const std::string good = Chunked(ExchangeBody());
  EXPECT_EQ(Fault(good), "no error");
  EXPECT_NE(Fault(With(good, "\r\n0\r\n\r\n", "\r\n0\r\nX: y\r\n\r\n")), "no error");
  EXPECT_NE(Fault(With(good, "\r\n\r\n", "\r\n\r\nz")), "no error");
  std::string two =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + ExchangeBody().substr(0, 5) + "\r\n";
  EXPECT_TRUE(Fault(two + "10\r\n" + std::string(16, 'x') + "\r\n0\r\n\r\n").contains("several chunks"));
  EXPECT_NE(Fault(With(good, "chunked\r\n\r\n", "chunked\r\n\r\n;ext=1")), "no error");
}

TEST(ReadResponseFrame, CoversTheValuesOfHiddenHeaders) {
  const Template source = MustParse(ExchangeText());
  const std::string response = WithHead(ExchangeBody());
  const auto frame = ReadResponseFrame(source, AsBytes(response), response.size());
  ASSERT_TRUE(frame.has_value());
  ASSERT_EQ(frame->hidden.size(), 1u);
  EXPECT_EQ(response.substr(frame->hidden[0].offset, frame->hidden[0].size), " session=5ec2e7");
  // The head alone is enough for the notary.
  const auto same =
      ReadResponseFrame(source, AsBytes(response.substr(0, frame->body_begin)), response.size());
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->body_end, frame->body_end);
}

const std::map<std::string, std::string> kSecrets = {
    {"timestamp", "1795352700000"}, {"signature", std::string(64, 'a')}, {"api_key", "abcdefghijklmnop"}};

TEST(FillRequest, FillsAndMatches) {
  const Template source = MustParse(ExchangeText());
  const auto request = FillRequest(source, kSecrets);
  ASSERT_TRUE(request.has_value()) << request.error().message();
  const std::string text(request->span().begin(), request->span().end());
  EXPECT_EQ(
      text,
      "GET /sapi/v1/account?asset=ETH&timestamp=1795352700000&signature=" + std::string(64, 'a') +
          " HTTP/1.1\r\nHost: api.exchange.example\r\nAccept-Encoding: identity\r\nConnection: close\r\n"
          "X-API-KEY: abcdefghijklmnop\r\n\r\n");
  const auto match = MatchRequest(source, request->span());
  ASSERT_TRUE(match.has_value()) << match.error().message();
  const auto holes = RequestHoles(source, {13, 64, 16});
  ASSERT_TRUE(holes.has_value());
  EXPECT_EQ(*match, *holes);
}

TEST(FillRequest, RefusesSecretsThatWouldInjectAHeader) {
  const Template source = MustParse(ExchangeText());
  for (const std::string& key :
       {std::string("abcdefghijklmnop\r\nX: y"), std::string("abcdefghijklmno\n"),
        std::string("abcdefghijklmno\0", 16), std::string("short"), std::string(65, 'a')}) {
    auto secrets = kSecrets;
    secrets["api_key"] = key;
    const auto request = FillRequest(source, secrets);
    ASSERT_FALSE(request.has_value());
    EXPECT_FALSE(request.error().message().contains(key));
  }
  auto secrets = kSecrets;
  secrets.erase("api_key");
  EXPECT_FALSE(FillRequest(source, secrets).has_value());
  secrets = kSecrets;
  secrets["balance"] = "1";
  EXPECT_FALSE(FillRequest(source, secrets).has_value());
}

TEST(MatchRequest, RefusesOtherRequests) {
  const Template source = MustParse(ExchangeText());
  const auto filled = FillRequest(source, kSecrets);
  const std::string good(filled->span().begin(), filled->span().end());
  const auto refused = [&](const std::string& request) {
    return !MatchRequest(source, AsBytes(request)).has_value();
  };
  EXPECT_FALSE(refused(good));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"asset=ETH", "asset=BTC"},
           {"GET ", "POST "},
           {"exchange.example", "exchange.exampel"},
           {"abcdefghijklmnop\r\n", "abcdefghijklmnop\r\nHost: evil.example\r\n"},
           {"abcdefghijklmnop", "abcdefghijklmnop\r\n\r\nGET /b"},
           {"identity", "gzip"},
           {"\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\n\r\n"},
           {"1795352700000", "179535270000&"},
           {"1795352700000", "17953527000000"}}) {
    EXPECT_TRUE(refused(With(good, from, to))) << to;
  }
  EXPECT_TRUE(refused(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(RequestHoles(source, {13, 64}).has_value());
  EXPECT_FALSE(RequestHoles(source, {13, 64, 16, 1}).has_value());
  EXPECT_FALSE(RequestHoles(source, {13, 63, 16}).has_value());
}

TEST(DraftTemplate, MatchesItsSampleAndOtherValues) {
  const std::string response = WithHead(ExchangeBody());
  const auto at = [&](std::string_view value) { return ByteRange{response.find(value), value.size()}; };
  const auto draft = DraftTemplate(
      {.host = "api.exchange.example",
       .target = "/sapi/v1/account?signature=<<signature>>",
       .headers = {"X-API-KEY: <<api_key>>"},
       .secrets = {"signature", "api_key"}},
      AsBytes(response),
      {{"balance", at("1.50000000")}, {"account", at("354937868")}, {"locked", at("0.00000000")}});
  ASSERT_TRUE(draft.has_value()) << draft.error().message();
  const Template source = MustParse(*draft);
  EXPECT_EQ(source.holes[*source.FindHole("balance")].max_fraction, 8u);
  EXPECT_EQ(Fault(response, source), "no error");
  EXPECT_EQ(Fault(WithHead(ExchangeBody({.balance = "1234567.1", .account = "12345"})), source), "no error");
  EXPECT_NE(Fault(WithHead(ExchangeBody({.balance = "x"})), source), "no error");
}

TEST(DraftTemplate, RefusesFieldsOutsideTheBody) {
  const std::string response = WithHead(ExchangeBody());
  const DraftRequest request{.host = "a.example", .target = "/", .headers = {}, .secrets = {}};
  EXPECT_FALSE(DraftTemplate(request, AsBytes(response), {{"a", {0, 4}}}).has_value());
  EXPECT_FALSE(DraftTemplate(request, AsBytes(response), {{"a", {response.size(), 1}}}).has_value());
  const std::size_t balance = response.find("1.50000000");
  EXPECT_FALSE(
      DraftTemplate(request, AsBytes(response), {{"a", {balance, 10}}, {"b", {balance + 5, 5}}}).has_value());
  EXPECT_FALSE(DraftTemplate(request, AsBytes(response), {{"A", {balance, 10}}}).has_value());
  EXPECT_FALSE(DraftTemplate(request, AsBytes("no response"), {}).has_value());
}

}  // namespace
}  // namespace mpcstats
