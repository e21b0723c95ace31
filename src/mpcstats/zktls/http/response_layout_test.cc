#include "mpcstats/zktls/http/response_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpcstats {
namespace {

using testing::HasSubstr;

// "whole", "more" or the reason.
std::string Verdict(std::string_view response) {
  const auto layout = ParseHttpResponseLayout(response);
  if (!layout) {
    EXPECT_EQ(layout.error().code(), ErrorCode::kProtocolViolation);
    return layout.error().message();
  }
  return *layout ? "whole" : "more";
}

HttpResponseLayout Layout(std::string_view response) {
  auto layout = ParseHttpResponseLayout(response);
  EXPECT_TRUE(layout.has_value() && layout->has_value()) << Verdict(response);
  return layout && *layout ? **layout : HttpResponseLayout();
}

constexpr std::string_view kPlain =
    "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH: 5 \r\nX-Empty:\r\n\r\nhello";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n";

TEST(HttpResponseLayout, SaysWhereEachPartStands) {
  const HttpResponseLayout layout = Layout(kPlain);
  EXPECT_EQ(layout.status, 200);
  EXPECT_EQ(layout.status_line.In(kPlain), "HTTP/1.1 200 OK");
  ASSERT_EQ(layout.fields.size(), 3u);
  EXPECT_EQ(layout.fields[0].name.In(kPlain), "Server");
  EXPECT_EQ(layout.fields[1].value.In(kPlain), "5");
  EXPECT_EQ(layout.fields[2].value.In(kPlain), "");
  EXPECT_EQ(layout.framing, HttpResponseLayout::Framing::kContentLength);
  EXPECT_EQ(layout.Body(kPlain), "hello");
  EXPECT_EQ(layout.body_begin, kPlain.size() - 5);
  EXPECT_EQ(layout.end, kPlain.size());
  EXPECT_EQ(layout.BodyOffset(4), kPlain.size() - 1);
}

TEST(HttpResponseLayout, PutsChunksTogether) {
  const HttpResponseLayout layout = Layout(kChunked);
  EXPECT_EQ(layout.framing, HttpResponseLayout::Framing::kChunked);
  EXPECT_EQ(layout.body_bytes(), 13u);
  const std::string body = layout.Body(kChunked);
  EXPECT_EQ(body, "abc0123456789");
  for (std::size_t i = 0; i < body.size(); ++i) EXPECT_EQ(kChunked[layout.BodyOffset(i)], body[i]);
}

TEST(HttpResponseLayout, TakesResponsesWithoutBody) {
  EXPECT_EQ(Verdict("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "whole");
  EXPECT_EQ(Verdict("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "whole");
  EXPECT_EQ(Verdict("HTTP/1.1 204 No Content\r\n\r\n"), "whole");
  EXPECT_EQ(Verdict("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"), "whole");
  EXPECT_EQ(Verdict("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "whole");
}

TEST(HttpResponseLayout, WaitsForTheRestOfAnyPrefix) {
  for (const std::string_view response : {kPlain, kChunked}) {
    for (std::size_t size = 0; size < response.size(); ++size) {
      EXPECT_EQ(Verdict(response.substr(0, size)), "more") << size;
    }
    EXPECT_EQ(Verdict(response), "whole");
  }
}

TEST(HttpResponseLayout, RefusesOtherVersionsAndInterimResponses) {
  EXPECT_THAT(Verdict("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
              HasSubstr("does not start with HTTP/1.1"));
  EXPECT_THAT(Verdict("HTTP/2 200\r\n\r\n"), HasSubstr("does not start with HTTP/1.1"));
  EXPECT_THAT(Verdict("<html>\r\n"), HasSubstr("does not start with HTTP/1.1"));
  EXPECT_THAT(Verdict("HTTP/1.1 100 Continue\r\n\r\n"), HasSubstr("interim responses"));
  EXPECT_THAT(Verdict("HTTP/1.1 600 No\r\n\r\n"), HasSubstr("not 200 to 599"));
  EXPECT_THAT(Verdict("HTTP/1.1 2x0 No\r\n\r\n"), HasSubstr("three digits"));
  EXPECT_THAT(Verdict("HTTP/1.1 2000\r\n\r\n"), HasSubstr("three digits"));
}

TEST(HttpResponseLayout, RefusesLinesThatCanBeReadInTwoWays) {
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), HasSubstr("control character"));
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\r\nA: b\rc: d\r\n\r\n"), HasSubstr("without its line feed"));
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"), HasSubstr("folded"));
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), HasSubstr("no name that ends with a colon"));
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\r\n: b\r\n\r\n"), HasSubstr("no name"));
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), HasSubstr("no name"));
  EXPECT_THAT(Verdict(std::string_view("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 25)),
              HasSubstr("control character"));
}

TEST(HttpResponseLayout, RefusesBodiesWithoutOnePlainLength) {
  const auto with = [](std::string_view fields) {
    return Verdict("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nx");
  };
  EXPECT_THAT(with(""), HasSubstr("neither Content-Length nor"));
  EXPECT_THAT(with("Content-Length: 1\r\nContent-Length: 1\r\n"), HasSubstr("a second Content-Length"));
  EXPECT_THAT(with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), HasSubstr("both"));
  EXPECT_THAT(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
              HasSubstr("a second Transfer"));
  EXPECT_THAT(with("Transfer-Encoding: gzip, chunked\r\n"), HasSubstr("other than chunked"));
  EXPECT_THAT(with("Content-Encoding: gzip\r\nContent-Length: 1\r\n"), HasSubstr("content coding"));
  EXPECT_THAT(with("Trailer: X\r\nContent-Length: 1\r\n"), HasSubstr("trailers"));
  for (const char* length : {"+1", "1, 1", "0x1", "-1", "", "1234567890", "1 1"}) {
    EXPECT_THAT(with("Content-Length: " + std::string(length) + "\r\n"), HasSubstr("not up to nine digits"))
        << length;
  }
  EXPECT_THAT(Verdict("HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
              HasSubstr("where there is no body"));
}

TEST(HttpResponseLayout, RefusesChunksThatAreNotPlain) {
  const auto with = [](std::string_view body) {
    return Verdict("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body));
  };
  EXPECT_THAT(with("1;name=value\r\nx\r\n0\r\n\r\n"), HasSubstr("hexadecimal digits alone"));
  EXPECT_THAT(with("\r\nx\r\n0\r\n\r\n"), HasSubstr("hexadecimal digits alone"));
  EXPECT_THAT(with("00000001\r\nx\r\n0\r\n\r\n"), HasSubstr("hexadecimal digits alone"));
  EXPECT_THAT(with("g\r\n"), HasSubstr("hexadecimal digits alone"));
  EXPECT_THAT(with("1\r\nxx\r\n0\r\n\r\n"), HasSubstr("does not end where its size says"));
  EXPECT_THAT(with("0\r\nX: y\r\n\r\n"), HasSubstr("trailers are not taken"));
  EXPECT_THAT(with("0\r\nX"), HasSubstr("trailers are not taken"));
}

TEST(HttpResponseLayout, RefusesBytesAfterTheEnd) {
  EXPECT_THAT(Verdict(std::string(kPlain) + "H"), HasSubstr("bytes after the response"));
  EXPECT_THAT(Verdict(std::string(kChunked) + "\r\n"), HasSubstr("bytes after the response"));
}

TEST(HttpResponseLayout, LimitsTheHead) {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  EXPECT_THAT(Verdict(many + "\r\n"), HasSubstr("more than 100 fields"));
  EXPECT_THAT(Verdict("HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'x')), HasSubstr("over 32 KiB"));
}

}  // namespace
}  // namespace mpcstats
