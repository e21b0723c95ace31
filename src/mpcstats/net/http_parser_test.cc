#include "mpcstats/net/http_parser.h"

#include <gtest/gtest.h>

#include <random>

#include "mpcstats/net/http_format.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxHeader = 512;

// Parses `text` in pieces that end at `cuts`; the parser, and what it left.
struct Parsed {
  std::unique_ptr<HttpRequestParser> parser = std::make_unique<HttpRequestParser>(kMaxHeader);
  std::string rest;
  [[nodiscard]] HttpParserState state() const { return parser->state(); }
};

Parsed ParseInPieces(std::string_view text, std::mt19937_64* random, std::size_t limit = 1000) {
  Parsed parsed;
  std::size_t given = 0;
  bool limited = false;
  while (given < text.size() && parsed.state() != HttpParserState::kDone &&
         parsed.state() != HttpParserState::kFailed) {
    const std::size_t piece = random == nullptr ? text.size() : 1 + (*random)() % 9;
    const std::string_view next = text.substr(given, piece);
    given += next.size();
    parsed.rest += next;
    while (true) {
      const std::size_t used = parsed.parser->Parse(AsBytes(parsed.rest));
      parsed.rest.erase(0, used);
      if (!limited && parsed.state() == HttpParserState::kBody) {
        limited = true;
        parsed.parser->LimitBody(limit);
      }
      const bool over =
          parsed.state() == HttpParserState::kDone || parsed.state() == HttpParserState::kFailed;
      if (used == 0 || over || parsed.rest.empty()) break;
    }
  }
  parsed.rest += text.substr(given);
  return parsed;
}

Parsed Parse(std::string_view text, std::size_t limit = 1000) { return ParseInPieces(text, nullptr, limit); }

int StatusOf(std::string_view text, std::size_t limit = 1000) {
  const Parsed parsed = Parse(text, limit);
  return parsed.state() == HttpParserState::kFailed ? parsed.parser->fault().status : 200;
}

std::string BodyOf(const Parsed& parsed) {
  const Bytes& body = parsed.parser->request().body;
  return {body.begin(), body.end()};
}

constexpr std::string_view kChunked =
    "POST /x?y=z HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=1\r\nhello\r\n1\r\n \r\n6\r\nworld!\r\n0\r\nX-Trailer: t\r\n\r\n";

TEST(HttpParser, ReadsARequest) {
  const Parsed parsed =
      Parse("PUT /a/b?c=d?e HTTP/1.1\r\nHost: h\r\nX-Mixed-CASE:  v w \r\nContent-Length: 3\r\n\r\nabcREST");
  ASSERT_EQ(parsed.state(), HttpParserState::kDone);
  const HttpRequest& request = parsed.parser->request();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/a/b");
  EXPECT_EQ(request.query, "c=d?e");
  EXPECT_EQ(request.Header("x-mixed-case"), "v w");
  EXPECT_EQ(request.Header("absent"), "");
  EXPECT_EQ(BodyOf(parsed), "abc");
  EXPECT_EQ(parsed.rest, "REST");
  EXPECT_TRUE(parsed.parser->keep_alive());
}

TEST(HttpParser, ReadsAChunkedBodyAndDropsItsTrailers) {
  const Parsed parsed = Parse(kChunked);
  ASSERT_EQ(parsed.state(), HttpParserState::kDone);
  EXPECT_EQ(BodyOf(parsed), "hello world!");
  EXPECT_EQ(parsed.parser->request().Header("x-trailer"), "");
  EXPECT_EQ(parsed.rest, "");
}

TEST(HttpParser, ReadsTheSameHoweverTheBytesArrive) {
  const std::string_view plain =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyzGET";
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const Parsed chunked = ParseInPieces(kChunked, &random);
    ASSERT_EQ(chunked.state(), HttpParserState::kDone) << "round " << round;
    ASSERT_EQ(BodyOf(chunked), "hello world!");
    const Parsed counted = ParseInPieces(plain, &random);
    ASSERT_EQ(counted.state(), HttpParserState::kDone) << "round " << round;
    ASSERT_EQ(BodyOf(counted), "abcdefghijklmnopqrstuvwxyz");
    ASSERT_EQ(counted.rest, "GET");
  }
}

// Of all chunked bodies only this one can arrive so that four bytes of its last chunk are there, and no fifth.
TEST(HttpParser, ReadsAnEmptyChunkedBodyByteByByte) {
  const std::string_view text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  HttpRequestParser parser(kMaxHeader);
  std::string rest;
  for (const char byte : text) {
    ASSERT_NE(parser.state(), HttpParserState::kDone);
    rest += byte;
    rest.erase(0, parser.Parse(AsBytes(rest)));
  }
  EXPECT_EQ(parser.state(), HttpParserState::kDone);
  EXPECT_TRUE(parser.request().body.empty());
}

TEST(HttpParser, SurvivesFlippedBytes) {
  std::mt19937_64 random(11);
  int failed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text(kChunked);
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const Parsed parsed = ParseInPieces(text, round % 2 == 0 ? nullptr : &random);
    if (parsed.state() == HttpParserState::kFailed) {
      ++failed;
      ASSERT_GE(parsed.parser->fault().status, 400);
      ASSERT_LT(parsed.parser->fault().status, 600);
    }
    ASSERT_LE(BodyOf(parsed).size(), 1000u);
  }
  EXPECT_GT(failed, 1000);
}

TEST(HttpParser, TakesTheAbsoluteFormOfATarget) {
  EXPECT_EQ(Parse("GET http://h:80/a?b HTTP/1.1\r\nHost: h\r\n\r\n").parser->request().target, "/a");
  EXPECT_EQ(Parse("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").parser->request().target, "/");
  const Parsed query = Parse("GET https://h?b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(query.parser->request().target, "/");
  EXPECT_EQ(query.parser->request().query, "b");
  EXPECT_EQ(StatusOf("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

TEST(HttpParser, ClosesByTheRulesOfTheVersion) {
  EXPECT_FALSE(Parse("GET / HTTP/1.0\r\n\r\n").parser->keep_alive());
  EXPECT_TRUE(Parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").parser->keep_alive());
  EXPECT_FALSE(Parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n").parser->keep_alive());
}

TEST(HttpParser, RefusesGarbage) {
  for (const char* text :
       {"GARBAGE\r\n\r\n", "GET /\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
        "\x16\x03\x01\x02\x01\r\n\r\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "GET a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /#f HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(text), 400) << text;
  }
  EXPECT_EQ(StatusOf("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\nHost: h\n\n"), 505);
}

TEST(HttpParser, RefusesMissingOrRepeatedHosts) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 200);
}

// The ways to hide a second request in a first one: RFC 9112 section 11.2.
TEST(HttpParser, RefusesLengthsThatCanBeReadInTwoWays) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const char* headers :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3, 3\r\n", "Content-Length: +3\r\n",
        "Content-Length: -1\r\n", "Content-Length: 0x3\r\n", "Content-Length: \r\n",
        "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: \x0b"
        "chunked\r\n"}) {
    EXPECT_EQ(StatusOf(start + headers + "\r\nabc0\r\n\r\n"), 400) << headers;
  }
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(HttpParser, RefusesMalformedChunks) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"x\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n",
                           "fffffffffffffffff\r\nabc", "\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n"}) {
    EXPECT_NE(StatusOf(start + body), 200) << body;
  }
}

TEST(HttpParser, BoundsTheHeaders) {
  const std::string many(kMaxHeader, 'a');
  EXPECT_EQ(StatusOf("GET /" + many + " HTTP/1.1\r\nHost: h\r\n\r\n"), 431);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: h\r\nA: " + many + "\r\n\r\n"), 431);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: h\r\nA: " + many), 431);
  std::string short_ones = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 101; ++i) short_ones += "a:\r\n";
  EXPECT_EQ(StatusOf(short_ones + "\r\n"), 431);
}

TEST(HttpParser, BoundsTheLinesBetweenChunks) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::mt19937_64 random(3);
  for (const std::string& text : {start + "1;" + std::string(4 * kMaxHeader, 'e'),
                                  start + "0\r\nT: " + std::string(4 * kMaxHeader, 't')}) {
    EXPECT_EQ(StatusOf(text), 431);
    const Parsed parsed = ParseInPieces(text, &random);
    EXPECT_EQ(parsed.state(), HttpParserState::kFailed);
  }
}

TEST(HttpParser, BoundsTheBody) {
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", 10), 413);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789", 10), 200);
  EXPECT_EQ(StatusOf(kChunked, 11), 413);
  EXPECT_EQ(StatusOf(kChunked, 12), 200);
}

TEST(HttpResponseParser, ReadsABodyUpToTheEndOfTheConnection) {
  HttpResponseParser parser(kMaxHeader, 100, HttpResponseParser::Content::kAsDeclared);
  const std::string_view text = "HTTP/1.1 200 OK\r\n\r\nabc";
  const std::size_t head = parser.Parse(AsBytes(text));
  (void)parser.Parse(AsBytes(text.substr(head)));
  EXPECT_EQ(parser.state(), HttpParserState::kBody);
  parser.End();
  EXPECT_EQ(parser.state(), HttpParserState::kDone);
  EXPECT_EQ(parser.response().body, Bytes({'a', 'b', 'c'}));
  EXPECT_FALSE(parser.keep_alive());
}

TEST(HttpResponseParser, RefusesAShortBody) {
  HttpResponseParser parser(kMaxHeader, 100, HttpResponseParser::Content::kAsDeclared);
  const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  (void)parser.Parse(AsBytes(text));
  (void)parser.Parse(AsBytes("abc"));
  parser.End();
  ASSERT_EQ(parser.state(), HttpParserState::kFailed);
  EXPECT_EQ(parser.error().code(), ErrorCode::kUnavailable);
}

TEST(HttpResponseParser, RefusesAnEndWithoutAResponse) {
  HttpResponseParser parser(kMaxHeader, 100, HttpResponseParser::Content::kAsDeclared);
  parser.End();
  EXPECT_EQ(parser.state(), HttpParserState::kFailed);
}

TEST(HttpFormat, WritesAResponseHead) {
  const HttpResponse response = {.status = 201,
                                 .headers = {{"X", "y"}, {"Content-Length", "99"}, {"DATE", "never"}},
                                 .body = {1, 2},
                                 .shared_body = {}};
  EXPECT_EQ(*FormatResponseHead(response, HttpConnection::kClose, "today"),
            "HTTP/1.1 201 Created\r\nX: y\r\ndate: today\r\ncontent-length: 2\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(*FormatResponseHead({.status = 204}, HttpConnection::kKeepAlive, "d"),
            "HTTP/1.1 204 No Content\r\ndate: d\r\n\r\n");
}

TEST(HttpFormat, RefusesHeadersThatWouldBecomeTwo) {
  for (const auto& header :
       HttpHeaders{{"a", "b\r\nc: d"}, {"a\n", "b"}, {"", "b"}, {"a b", "c"}, {"a", std::string("\0", 1)}}) {
    HttpResponse response;
    response.headers.push_back(header);
    EXPECT_FALSE(FormatResponseHead(response, HttpConnection::kClose, "d").has_value()) << header.first;
    EXPECT_FALSE(FormatRequestHead({"GET", "/", "h"}, response.headers, 0).has_value()) << header.first;
  }
  EXPECT_FALSE(FormatResponseHead({.status = 100}, HttpConnection::kClose, "d").has_value());
}

TEST(HttpFormat, WritesARequestHead) {
  EXPECT_EQ(*FormatRequestHead({"GET", "/a?b", "h:1"}, {{"host", "evil"}, {"x", "y"}}, 0),
            "GET /a?b HTTP/1.1\r\nhost: h:1\r\nx: y\r\n\r\n");
  EXPECT_EQ(*FormatRequestHead({"POST", "/", "h"}, {}, 0),
            "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
}

TEST(HttpFormat, RefusesMalformedRequestLines) {
  EXPECT_FALSE(FormatRequestHead({"GE T", "/", "h"}, {}, 0).has_value());
  EXPECT_FALSE(FormatRequestHead({"", "/", "h"}, {}, 0).has_value());
  for (const char* target : {"", "a", "/a b", "/a\r\nb", "/#", "/\xc3\xa9"}) {
    EXPECT_FALSE(FormatRequestHead({"GET", target, "h"}, {}, 0).has_value()) << target;
  }
}

TEST(HttpFormat, WritesTheDateOfRfc9110) { EXPECT_EQ(HttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

}  // namespace
}  // namespace mpcstats
