#include "mpcstats/zktls/http/json_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mpcstats {
namespace {

using testing::HasSubstr;

constexpr std::string_view kAccount = R"({
  "uid": 354937868, "canTrade": true,
  "balances": [
    {"asset": "BTC", "free": "0.5", "locked": "0"},
    {"asset": "ETH", "free": "12.09", "locked": null},
    ["ETH"], {"asset": 3}
  ],
  "odd name": {"a.b": "c\"d", "list": [1, -2.5e3, [true, false]]}
})";

std::string At(std::string_view path, std::string_view text = kAccount) {
  const auto value = FindJsonValue(text, path);
  return value ? std::string(value->range.In(text)) : value.error().message();
}

TEST(JsonPath, FindsTheBytesOfAValue) {
  EXPECT_EQ(At(R"($.balances[?(@.asset=="ETH")].free)"), "12.09");
  EXPECT_EQ(At(R"($.balances[?(@.asset=='BTC')].free)"), "0.5");
  EXPECT_EQ(At("$.uid"), "354937868");
  EXPECT_EQ(At("$.balances[1].locked"), "null");
  EXPECT_EQ(At("$['odd name']['a.b']"), "c\\\"d");
  EXPECT_EQ(At("$['odd name'].list[1]"), "-2.5e3");
  EXPECT_EQ(At("$['odd name'].list[2]"), "[true, false]");
  EXPECT_EQ(At("$", "3"), "3");
}

TEST(JsonPath, TellsTheKind) {
  const auto kind = [](std::string_view path) { return FindJsonValue(kAccount, path)->kind; };
  EXPECT_EQ(kind("$"), JsonKind::kObject);
  EXPECT_EQ(kind("$.balances"), JsonKind::kArray);
  EXPECT_EQ(kind("$.uid"), JsonKind::kNumber);
  EXPECT_EQ(kind("$.canTrade"), JsonKind::kTrue);
  EXPECT_EQ(kind("$.balances[0].free"), JsonKind::kString);
  EXPECT_EQ(kind("$.balances[1].locked"), JsonKind::kNull);
}

TEST(JsonPath, FindsSeveralInTheirOrder) {
  const auto values = FindJsonValues(kAccount, "$.balances[*].asset");
  ASSERT_TRUE(values.has_value());
  std::string all;
  for (const JsonValueAt& value : *values) all += std::string(value.range.In(kAccount)) + " ";
  EXPECT_EQ(all, "BTC ETH 3 ");
  EXPECT_THAT(At("$.balances[*].asset"), HasSubstr("3 values of the JSON text are at"));
}

TEST(JsonPath, SaysThatNothingIsThere) {
  for (const char* path : {"$.nothing", "$.uid.x", "$.balances[9]", "$.balances.asset", "$[0]",
                           R"($.balances[?(@.asset=="eth")].free)"}) {
    const auto value = FindJsonValue(kAccount, path);
    ASSERT_FALSE(value.has_value()) << path;
    EXPECT_EQ(value.error().code(), ErrorCode::kNotFound);
  }
}

TEST(JsonPath, RefusesPathsThatItDoesNotHave) {
  for (const char* path :
       {"", "uid", "$uid", "$.", "$..uid", "$[", "$[]", "$[1", "$['a]", "$[?(@.a==b)]", "$[?(@.a=\"b\")]",
        "$[?(@.a==\"b\"]", "$[9999999999]", "$['a\\'b']", "$.a b", "$[-1]"}) {
    const auto values = FindJsonValues(kAccount, path);
    ASSERT_FALSE(values.has_value()) << path;
    EXPECT_EQ(values.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(values.error().message(), HasSubstr("of the path")) << path;
  }
}

TEST(JsonPath, RefusesTextsThatTwoReadersCouldReadInTwoWays) {
  EXPECT_THAT(At("$.a", R"({"a":1,"a":2})"), HasSubstr("stands twice in one object"));
  EXPECT_THAT(At("$.a", R"({"x":{"b":1,"b":2},"a":1})"), HasSubstr("stands twice in one object"));
  EXPECT_THAT(At("$.a", R"({"\u0061":1})"), HasSubstr("a name with an escape"));
  EXPECT_THAT(At("$.a", "\xef\xbb\xbf{\"a\":1}"), HasSubstr("byte order mark"));
}

TEST(JsonPath, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",     " ",     "{",          "[",   "\"",      "{\"a\"}",     "{\"a\":}", "{\"a\":1,}",
        "[1,]", "[1 2]", "01",         "1.",  ".5",      "1e",          "+1",       "-",
        "tru",  "nul",   "NaN",        "'a'", "\"\\x\"", "\"\\u12g4\"", "\"\\u12",  "\"a\nb\"",
        "1 2",  "{a:1}", "{\"a\":1}}", "\"\\"}) {
    const auto values = FindJsonValues(text, "$");
    ASSERT_FALSE(values.has_value()) << text;
    EXPECT_EQ(values.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(values.error().message(), HasSubstr("of the JSON text")) << text;
  }
}

TEST(JsonPath, LimitsTheDepth) {
  EXPECT_EQ(At("$", std::string(64, '[') + std::string(64, ']')),
            std::string(64, '[') + std::string(64, ']'));
  EXPECT_THAT(At("$", std::string(65, '[') + std::string(65, ']')), HasSubstr("deeper than 64"));
  EXPECT_THAT(At("$", std::string(1'000'000, '[')), HasSubstr("deeper than 64"));
}

}  // namespace
}  // namespace mpcstats
