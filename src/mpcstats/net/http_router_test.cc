#include "mpcstats/net/http_router.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace mpcstats {
namespace {

HttpRouter::Handler Says(std::string name) {
  return [name](const HttpRequest&, const HttpParams&, const HttpReply& reply) {
    reply(HttpText(200, "t", name));
  };
}

HttpResponse Ask(const HttpRouter& router, std::string method, std::string target) {
  std::optional<HttpResponse> response;
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  router.Handle(std::move(request), [&](HttpResponse r) { response = std::move(r); });
  EXPECT_TRUE(response.has_value());
  return response.value_or(HttpResponse{});
}

std::string TextOf(const HttpResponse& response) {
  const ByteSpan content = response.Content();
  return {content.begin(), content.end()};
}

nlohmann::json ProblemOf(const HttpResponse& response) {
  EXPECT_EQ(response.Header("content-type"), "application/problem+json");
  return nlohmann::json::parse(TextOf(response));
}

TEST(HttpRouter, FindsTheHandlerWithItsParameters) {
  HttpRouter router;
  router.Add("GET", "/v1/surveys/{survey}/submissions/{id}",
             [](HttpRequest, HttpParams params, HttpReply reply) {
               reply(HttpText(200, "t", params.Get("survey") + "|" + params.Get("id")));
             });
  EXPECT_EQ(TextOf(Ask(router, "GET", "/v1/surveys/eth-2026/submissions/17")), "eth-2026|17");
  EXPECT_EQ(TextOf(Ask(router, "GET", "/v1/surveys/a%20b/submissions/c%2Fd")), "a b|c/d");
}

TEST(HttpRouter, PrefersTextToNamesInAnyOrderOfAdding) {
  for (const bool text_first : {true, false}) {
    HttpRouter router;
    if (text_first) router.Add("GET", "/a/new", Says("text"));
    router.Add("GET", "/a/{id}", Says("name"));
    if (!text_first) router.Add("GET", "/a/new", Says("text"));
    EXPECT_EQ(TextOf(Ask(router, "GET", "/a/new")), "text");
    EXPECT_EQ(TextOf(Ask(router, "GET", "/a/newer")), "name");
  }
}

TEST(HttpRouter, TellsMethodsApart) {
  HttpRouter router;
  router.Add("GET", "/", Says("get"));
  router.Add("POST", "/", Says("post"));
  EXPECT_EQ(TextOf(Ask(router, "GET", "/")), "get");
  EXPECT_EQ(TextOf(Ask(router, "POST", "/")), "post");
  EXPECT_EQ(TextOf(Ask(router, "HEAD", "/")), "get");
  router.Add("HEAD", "/", Says("head"));
  EXPECT_EQ(TextOf(Ask(router, "HEAD", "/")), "head");
}

TEST(HttpRouter, AnswersAnUnknownPathWith404) {
  HttpRouter router;
  router.Add("GET", "/v1/{id}", Says("x"));
  for (const char* target : {"/", "/v1", "/v1/", "/v1/a/b", "/V1/a", "v1/a", "", "*", "//v1/a"}) {
    const HttpResponse response = Ask(router, "GET", target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(ProblemOf(response)["type"], "urn:mpcstats:problem:not-found");
  }
}

TEST(HttpRouter, AnswersAnUnknownMethodWith405AndWhatIsAllowed) {
  HttpRouter router;
  router.Add("PUT", "/a/{id}", Says("x"));
  router.Add("GET", "/a/b", Says("x"));
  const HttpResponse both = Ask(router, "DELETE", "/a/b");
  EXPECT_EQ(both.status, 405);
  EXPECT_EQ(both.Header("allow"), "GET, HEAD, PUT");
  EXPECT_EQ(ProblemOf(both)["type"], "urn:mpcstats:problem:method-not-allowed");
  EXPECT_EQ(Ask(router, "get", "/a/c").Header("allow"), "PUT");
}

TEST(HttpRouter, AnswersBrokenEscapesWith400) {
  HttpRouter router;
  router.Add("GET", "/a/{id}", Says("x"));
  for (const char* target : {"/a/%", "/a/%zz", "/a/%00"}) {
    const HttpResponse response = Ask(router, "GET", target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(ProblemOf(response)["status"], 400);
  }
}

TEST(HttpRouterDeathTest, RefusesPatternsThatCannotWork) {
  HttpRouter router;
  router.Add("GET", "/a/{x}", Says("x"));
  EXPECT_DEATH(router.Add("GET", "/a/{y}", Says("x")), "key");
  EXPECT_DEATH(router.Add("GET", "a", Says("x")), "segments");
  EXPECT_DEATH(router.Add("GET", "/a//b", Says("x")), "empty");
  EXPECT_DEATH(router.Add("GET", "/{x}/{x}", Says("x")), "insert");
  EXPECT_DEATH(router.Add("GET", "/{x", Says("x")), "contains");
}

TEST(HttpRouterDeathTest, RefusesToGiveAParameterThatThePatternLacks) {
  EXPECT_DEATH((void)HttpParams().Get("x"), "found");
}

TEST(HttpProblem, HasTheMembersOfRfc9457) {
  const HttpResponse response =
      Problem(429, "too-many-requests", "Too many requests", "Wait a little.", std::chrono::seconds(7));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.Header("retry-after"), "7");
  EXPECT_EQ(response.Header("cache-control"), "no-store");
  const nlohmann::json expected = {{"type", "urn:mpcstats:problem:too-many-requests"},
                                   {"title", "Too many requests"},
                                   {"status", 429},
                                   {"detail", "Wait a little."}};
  EXPECT_EQ(ProblemOf(response), expected);
}

TEST(HttpProblem, SurvivesAnyBytesInItsDetail) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const nlohmann::json problem = ProblemOf(Problem(400, "x", "X", all + "\"\n</script>"));
  EXPECT_TRUE(problem["detail"].get<std::string>().ends_with("\"\n</script>"));
  EXPECT_EQ(Problem(400, "x", "X", "y").Header("retry-after"), "");
}

}  // namespace
}  // namespace mpcstats
