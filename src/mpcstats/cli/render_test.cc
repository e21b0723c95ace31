#include "mpcstats/cli/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mpcstats/cli/command.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

struct Sample {
  Plan plan = *MakePlan({"mean(x)", "gini(x)", "max(\"a \"\"b\"\"\")"},
                        {{"x", {.bits = 8}}, {"a \"b\"", {.bits = 8}}}, 1234567);
  LaunchOutcome outcome;

  Sample() {
    outcome.agreed.figures = {
        Figure::Exact(Rational(10) / 3), {{}, 0.25, 5e-7, {}}, Figure::Undefined("no values")};
    outcome.agreed.counts = {3, 3, 0};
    outcome.agreed.cost.rounds = 12345;
    outcome.bytes_sent = {1, 20'000, 3};
  }
};

TEST(RenderJson, IsOneLineWithOneEntryAnExpression) {
  const Sample sample;
  const std::string text = RenderJson(sample.plan, sample.outcome);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const Json json = Json::parse(text);
  EXPECT_EQ(json.at("rows"), 1234567);
  ASSERT_EQ(json.at("results").size(), 3u);
  EXPECT_EQ(json["results"][0]["expr"], "mean(x)");
  EXPECT_EQ(json["results"][0]["exact"], "10/3");
  EXPECT_EQ(json["results"][0]["value"].get<double>(), 10.0 / 3.0);
  EXPECT_FALSE(json["results"][0].contains("error_bound"));
  EXPECT_EQ(json["results"][0]["n"], 3);
}

TEST(RenderJson, GivesTheBoundOfWhatIsNotExact) {
  const Sample sample;
  const Json gini = Json::parse(RenderJson(sample.plan, sample.outcome))["results"][1];
  EXPECT_TRUE(gini["exact"].is_null());
  EXPECT_EQ(gini["error_bound"].get<double>(), 5e-7);
}

TEST(RenderJson, HasNoNumberWhereAFigureIsUndefined) {
  const Sample sample;
  const Json figure = Json::parse(RenderJson(sample.plan, sample.outcome))["results"][2];
  EXPECT_EQ(figure["expr"], "max(\"a \"\"b\"\"\")");
  EXPECT_TRUE(figure["value"].is_null());
  EXPECT_TRUE(figure["exact"].is_null());
  EXPECT_EQ(figure["undefined"], "no values");
}

TEST(Render, ShowsThePartsOfAFigureUnderItsExpression) {
  Sample sample;
  std::vector<Figure> parts;
  parts.push_back(Figure::Exact(Rational(3) / 2).Named("slope"));
  parts.push_back(Figure::Undefined("x is constant").Named("intercept"));
  sample.outcome.agreed.figures[0] = Figure::Of(std::move(parts));
  const Json figure = Json::parse(RenderJson(sample.plan, sample.outcome))["results"][0];
  EXPECT_EQ(figure["value"].get<double>(), 1.5);
  ASSERT_EQ(figure["parts"].size(), 2u);
  EXPECT_EQ(figure["parts"][0]["name"], "slope");
  EXPECT_EQ(figure["parts"][0]["exact"], "1.5");
  EXPECT_EQ(figure["parts"][1]["undefined"], "x is constant");
  EXPECT_THAT(RenderTable(sample.plan, sample.outcome),
              AllOf(HasSubstr("\n    slope "), HasSubstr("\n    intercept ")));
}

TEST(RenderTable, ShowsADecimalWhereTheExactValueIsNone) {
  const Sample sample;
  const std::string text = RenderTable(sample.plan, sample.outcome);
  EXPECT_THAT(text, HasSubstr("3.3333333333333335"));
  EXPECT_EQ(text.find("10/3"), std::string::npos);
}

TEST(RenderTable, SaysHowFarAFigureMayBeOffAndWhyOneIsMissing) {
  const Sample sample;
  const std::string text = RenderTable(sample.plan, sample.outcome);
  EXPECT_THAT(text, HasSubstr("0.250000 (within 5e-07)"));
  EXPECT_THAT(text, HasSubstr("undefined: no values"));
  EXPECT_THAT(text, HasSubstr("1,234,567 rows"));
  EXPECT_THAT(text, HasSubstr("12,345 rounds"));
}

TEST(RenderBench, SaysWhatWasMeasured) {
  const Sample sample;
  const Json json = Json::parse(RenderBenchJson("sort", sample.plan, sample.outcome));
  EXPECT_EQ(json["operation"], "sort");
  EXPECT_EQ(json["bits"], 8);
  EXPECT_THAT(RenderBenchText("sort", sample.plan, sample.outcome),
              HasSubstr("sort of 1,234,567 rows of 8 bits"));
}

TEST(ReportError, GivesTheDocumentedExitCodes) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(ReportError(Error(ErrorCode::kInvalidArgument, "a")), 2);
  EXPECT_EQ(ReportError(Error(ErrorCode::kNotFound, "b")), 2);
  EXPECT_EQ(ReportError(Error(ErrorCode::kInternal, "c")), 70);
  EXPECT_EQ(ReportError(Error(ErrorCode::kUnavailable, "d")), 75);
  EXPECT_EQ(ReportError(Error(ErrorCode::kDeadlineExceeded, "e")), 75);
  EXPECT_EQ(ReportError(Error(ErrorCode::kProtocolViolation, "f")), 76);
  EXPECT_EQ(ReportError(Error(ErrorCode::kCheatingDetected, "g")), 76);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "mpcstats: a\nmpcstats: b\nmpcstats: c\nmpcstats: d\nmpcstats: e\nmpcstats: f\nmpcstats: g\n");
}

}  // namespace
}  // namespace mpcstats
