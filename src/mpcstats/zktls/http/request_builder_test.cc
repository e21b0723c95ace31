#include "mpcstats/zktls/http/request_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpcstats {
namespace {

using testing::HasSubstr;

HttpRequestSpec Spec() {
  HttpRequestSpec spec{.host = "api.example.com", .target = {{"/v3/account?time=1&signature="}}};
  spec.target.push_back({"abcdef", RequestMark::kHidden});
  spec.fields.push_back({"X-Api-Key", {{"key-"}, {"s3cret", RequestMark::kHidden}}});
  return spec;
}

std::string TextOf(const MarkedRequest& request) {
  return {reinterpret_cast<const char*>(request.bytes.data()), request.bytes.size()};
}

std::string Refusal(const HttpRequestSpec& spec) {
  const auto request = BuildMarkedRequest(spec);
  return request ? "built" : request.error().message();
}

TEST(MarkedRequest, IsOneRequestWithEachByteMarkedOnce) {
  const auto request = BuildMarkedRequest(Spec());
  ASSERT_TRUE(request.has_value()) << request.error().message();
  const std::string text = TextOf(*request);
  EXPECT_EQ(
      text,
      "GET /v3/account?time=1&signature=abcdef HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n"
      "Accept-Encoding: identity\r\nX-Api-Key: key-s3cret\r\n\r\n");
  std::string hidden;
  std::size_t at = 0;
  for (const auto& [range, mark] : request->ranges) {
    EXPECT_EQ(range.begin, at);
    EXPECT_GT(range.size(), 0u);
    at = range.end;
    if (mark == RequestMark::kHidden) hidden += std::string(range.In(text)) + "|";
  }
  EXPECT_EQ(at, text.size());
  EXPECT_EQ(hidden, "abcdef|s3cret|");
}

TEST(MarkedRequest, CountsABody) {
  HttpRequestSpec spec = Spec();
  spec.method = "POST";
  spec.body = {{"{\"token\":\""}, {"hidden", RequestMark::kHidden}, {"\"}"}};
  const auto request = BuildMarkedRequest(spec);
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(TextOf(*request), HasSubstr("Content-Length: 18\r\n\r\n{\"token\":\"hidden\"}"));
}

TEST(MarkedRequest, HoldsNoCrLfOrNulInAnyPart) {
  for (const char bad : {'\r', '\n', '\0'}) {
    const std::string text = std::string("x") + bad + "y";
    for (const RequestMark mark : {RequestMark::kPublic, RequestMark::kHidden}) {
      HttpRequestSpec spec = Spec();
      spec.fields[0].value.push_back({text, mark});
      EXPECT_THAT(Refusal(spec), HasSubstr("part of the field X-Api-Key holds a character"));
      spec = Spec();
      spec.target.push_back({text, mark});
      EXPECT_THAT(Refusal(spec), HasSubstr("part of the target holds a character"));
      spec = Spec();
      spec.method = "POST";
      spec.body.push_back({text, mark});
      EXPECT_THAT(Refusal(spec), HasSubstr("part of the body holds a character"));
    }
    HttpRequestSpec spec = Spec();
    spec.fields.push_back({text, {}});
    EXPECT_THAT(Refusal(spec), HasSubstr("name is empty or holds"));
    spec = Spec();
    spec.host += bad;
    EXPECT_THAT(Refusal(spec), HasSubstr("the host"));
  }
}

TEST(MarkedRequest, NeverTellsAHiddenText) {
  HttpRequestSpec spec = Spec();
  spec.fields[0].value.push_back({"topsecret\n", RequestMark::kHidden});
  EXPECT_THAT(Refusal(spec), testing::Not(HasSubstr("topsecret")));
}

TEST(MarkedRequest, SetsTheFieldsThatDecideItsLengthItself) {
  for (const char* name :
       {"Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade"}) {
    HttpRequestSpec spec = Spec();
    spec.fields.push_back({name, {{"x"}}});
    EXPECT_THAT(Refusal(spec), HasSubstr("is not the template's to set")) << name;
  }
}

TEST(MarkedRequest, RefusesOtherMethodsTargetsAndBodies) {
  const auto after = [](const std::function<void(HttpRequestSpec&)>& change) {
    HttpRequestSpec spec = Spec();
    change(spec);
    return Refusal(spec);
  };
  EXPECT_THAT(after([](auto& s) { s.method = "HEAD"; }), HasSubstr("neither GET nor POST"));
  EXPECT_THAT(after([](auto& s) { s.body = {{"x"}}; }), HasSubstr("a GET has no body"));
  EXPECT_THAT(after([](auto& s) { s.target = {}; }), HasSubstr("public /"));
  EXPECT_THAT(after([](auto& s) { s.target = {{"account"}}; }), HasSubstr("public /"));
  EXPECT_THAT(after([](auto& s) { s.target = {{"/", RequestMark::kHidden}}; }), HasSubstr("public /"));
  EXPECT_THAT(after([](auto& s) { s.target = {{"/a b"}}; }), HasSubstr("part of the target"));
  EXPECT_THAT(after([](auto& s) { s.target = {{"/a#b"}}; }), HasSubstr("part of the target"));
  EXPECT_THAT(after([](auto& s) { s.host = ""; }), HasSubstr("the host"));
  EXPECT_THAT(after([](auto& s) { s.host = "Example.com"; }), HasSubstr("the host"));
  EXPECT_THAT(after([](auto& s) { s.fields.push_back({"", {}}); }), HasSubstr("name is empty"));
  EXPECT_THAT(after([](auto& s) { s.fields.push_back({"A:", {}}); }), HasSubstr("name is empty or holds"));
  EXPECT_THAT(after([](auto& s) { s.fields.push_back({"A", {{std::string(70'000, 'x')}}}); }),
              HasSubstr("over 64 KiB"));
}

}  // namespace
}  // namespace mpcstats
