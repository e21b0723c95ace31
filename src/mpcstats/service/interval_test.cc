// Intervals of slopes and of differences through three simulated parties, against the same figures in the clear; and columns at
// the widest that a figure takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "mpcstats/service/testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

NumericColumn Column(const std::string& name, ColumnType type, std::vector<std::int64_t> units) {
  NumericColumn column;
  column.name = name;
  column.type = type;
  column.valid.assign(units.size(), 1);
  column.units = std::move(units);
  return column;
}

constexpr ColumnType kSigned{.bits = 12, .is_signed = true};
constexpr ColumnType kCents{.bits = 20, .is_signed = true, .scale = 2};
constexpr ColumnType kGroup{.bits = 2};

/// The run of one call, whose figure at every party is that of the clear.
PlanRun Compared(const std::string& call, const std::vector<NumericColumn>& table) {
  SCOPED_TRACE(call);
  const Result<Plan> plan = PlanFor({call}, table);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  if (!plan) return {};
  PlanRun run = RunPlan(*plan, table);
  EXPECT_EQ(run.ErrorText(), "");
  const Figure want = PlainFigure(plan->items[0], table);
  for (const std::vector<Figure>& figures : run.figures) {
    if (figures.size() != 1) {
      ADD_FAILURE() << "a party has no figure";
      continue;
    }
    EXPECT_TRUE(AgreesWith(figures[0], want))
        << figures[0].value << figures[0].undefined << " within " << figures[0].error_bound << " and "
        << want.value << want.undefined;
  }
  return run;
}

Figure FigureOf(const PlanRun& run) {
  return run.figures[0].empty() ? Figure::Undefined("no figure") : run.figures[0][0];
}

std::string RefusalOf(const std::string& call, const std::vector<NumericColumn>& table) {
  const Result<Plan> plan = PlanFor({call}, table);
  return plan ? "accepted" : plan.error().message();
}

TEST(SlopeIntervalOnShares, IsThatOfTheClearAtEveryLevel) {
  const std::vector<NumericColumn> table = {Column("x", kSigned, {-7, 3, 11, 0, 900, -41, 5}),
                                            Column("y", kCents, {12'345, -99, 0, 70'001, -5, 3, 77})};
  for (const char* call :
       {"slope_interval(x, y)", "slope_interval(x, y, 0.999999)", "slope_interval(y, x, 0.5)"}) {
    const Figure figure = FigureOf(Compared(call, table));
    ASSERT_EQ(figure.parts.size(), 2u);
    const double width = figure.parts[1].value - figure.parts[0].value;
    EXPECT_GT(width, 0);
    EXPECT_LT(figure.parts[0].error_bound, 1e-5 * width) << "a bound that says something";
  }
}

TEST(SlopeIntervalOnShares, KeepsItsBoundAtTheHighestLevelOfThreeValues) {
  const std::vector<NumericColumn> table = {Column("x", kSigned, {0, 1, 2}), Column("y", kSigned, {0, 2, 1})};
  const Figure figure = FigureOf(Compared("slope_interval(x, y, 0.999999)", table));
  ASSERT_EQ(figure.parts.size(), 2u);
  const double high = 0.5 + std::sqrt(0.75) / std::tan(std::numbers::pi * 0.0000005);
  EXPECT_LE(std::abs(figure.parts[1].value - high), figure.parts[1].error_bound);
  EXPECT_GT(figure.parts[1].error_bound, 0);
}

TEST(SlopeIntervalOnShares, OfColumnsOf18DigitsIsThatOfTheClear) {
  constexpr std::int64_t kEdge = kDecimalUnitsEnd - 1;
  const ColumnType wide = ColumnType::For(static_cast<std::uint64_t>(kEdge), true, 9);
  const std::vector<NumericColumn> table = {Column("x", wide, {kEdge, -kEdge, kEdge - 1, 17}),
                                            Column("y", wide, {kEdge, -kEdge, kEdge, -kEdge})};
  Compared("slope_interval(x, y, 0.999999)", table);
  // One unit beside the line: what is not explained has some 240 digits fewer than what is.
  Compared("slope_interval(x, y)",
           {Column("x", wide, {kEdge, -kEdge, 0, kEdge - 1}), Column("y", wide, {kEdge, -kEdge, 0, kEdge})});
}

TEST(SlopeIntervalOnShares, OfALineHasNoWidthAndOfAConstantXOrTwoValuesIsUndefined) {
  const NumericColumn x = Column("x", kSigned, {1, 2, 5, 9});
  const Figure line =
      FigureOf(Compared("slope_interval(x, y)", {x, Column("y", kSigned, {-3, -6, -15, -27})}));
  ASSERT_EQ(line.parts.size(), 2u);
  EXPECT_EQ(line.parts[0].value, line.parts[1].value);
  Compared("slope_interval(x, y)", {x, Column("y", kSigned, {4, 4, 4, 4})});
  const PlanRun constant = Compared("slope_interval(y, x)", {x, Column("y", kSigned, {4, 4, 4, 4})});
  EXPECT_EQ(FigureOf(constant).undefined, "x is constant");
  NumericColumn gaps = Column("y", kSigned, {1, 0, 0, 2});
  gaps.valid = {1, 0, 0, 1};
  const PlanRun few = Compared("slope_interval(x, y)", {x, gaps});
  EXPECT_EQ(FigureOf(few).undefined, "fewer than three values");
  EXPECT_THAT(few.result.disclosures[0], UnorderedElementsAre("n")) << "of two values nothing is opened";
}

TEST(WelchIntervalOnShares, IsThatOfTheClearAtEveryLevel) {
  const std::vector<NumericColumn> table = {
      Column("x", kCents, {100, 325, 999, -700, 210, 800, 4, 10'010, 55}),
      Column("g", kGroup, {0, 1, 2, 1, 0, 1, 0, 1, 0})};
  for (const char* call : {"welch_interval(x, g, 0, 1)", "welch_interval(x, g, 1, 0, 0.999999)",
                           "welch_interval(x, g, 0, 1, 0.5)", "welch_t(x, g, 0, 1)"}) {
    Compared(call, table);
  }
}

TEST(WelchIntervalOnShares, KeepsItsBoundWhereTheQuantileHangsOnTheFreedom) {
  // Two values each, of spreads so different that there is little more than one degree of freedom.
  const std::vector<NumericColumn> table = {Column("x", kCents, {0, 90'000, 1, 300}),
                                            Column("g", kGroup, {0, 0, 1, 1})};
  const Figure figure = FigureOf(Compared("welch_interval(x, g, 0, 1, 0.999999)", table));
  ASSERT_EQ(figure.parts.size(), 2u);
  EXPECT_LT(figure.parts[1].error_bound, 1e-5 * figure.parts[1].value);
}

TEST(WelchIntervalOnShares, IsUndefinedOfConstantGroupsAndOpensNothingOfSmallOnes) {
  const NumericColumn group = Column("g", kGroup, {0, 0, 1, 1});
  for (const std::int64_t other : {8, 9}) {
    const PlanRun run =
        Compared("welch_interval(x, g, 0, 1)", {Column("x", kSigned, {5, 5, other, other}), group});
    EXPECT_EQ(FigureOf(run).undefined, "both groups are constant");
  }
  const PlanRun small = Compared("welch_interval(x, g, 0, 2)", {Column("x", kSigned, {5, 6, 7, 8}), group});
  EXPECT_EQ(FigureOf(small).undefined, "fewer than two values in a group");
  EXPECT_THAT(small.result.disclosures[0], UnorderedElementsAre("n", "group sizes"));
}

TEST(Intervals, RefuseLevelsThatAreNone) {
  const std::vector<NumericColumn> table = {Column("x", kSigned, {1, 2, 4}), Column("y", kSigned, {1, 3, 4})};
  EXPECT_THAT(RefusalOf("slope_interval(x, y, 1)", table), HasSubstr("from 0.5 to 0.999999"));
  EXPECT_THAT(RefusalOf("slope_interval(x, y, 0.4)", table), HasSubstr("the number must be from"));
  EXPECT_THAT(RefusalOf("slope_interval(x, y, 0.9999991)", table), HasSubstr("the number must be from"));
  EXPECT_THAT(RefusalOf("welch_interval(x, y, 1, 3, 95)", table), HasSubstr("the number must be from"));
  EXPECT_THAT(RefusalOf("welch_interval(x, y, 1, 1, 0.9)", table), HasSubstr("both are 1"));
  EXPECT_THAT(RefusalOf("slope_interval(x)", table), HasSubstr("takes two columns"));
}

// Three rows need two bits: 3 * 41 + 2 = 125, the most there are.
TEST(SkewnessOnShares, TakesColumnsWhoseThirdPowersJustFitAndNoWiderOnes) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 41) - 1;
  const ColumnType wide{.bits = 42, .is_signed = true};
  const NumericColumn three = Column("x", wide, {-kMost, -kMost, kMost});
  EXPECT_GT(FigureOf(Compared("skewness(x)", {three})).value, 0.7) << "it is 1 / sqrt 2";
  Compared("skewness(x)", {Column("x", wide, {kMost, kMost, kMost - 1})});
  Compared("skewness(x)", {Column("x", wide, {-kMost, -kMost, -kMost})});
  EXPECT_THAT(RefusalOf("kurtosis(x)", {three}), HasSubstr("fourth powers of this column need 166 bits"));
  EXPECT_THAT(RefusalOf("skewness(x)", {Column("x", wide, {1, 2, 3, 4})}),
              HasSubstr("third powers of this column need 126 bits"));
  EXPECT_THAT(RefusalOf("skewness(x)", {Column("x", {.bits = 43, .is_signed = true}, {1, 2, 3})}),
              HasSubstr("third powers of this column need 128 bits"));
}

TEST(CountsOnShares, TakeWhateverACellMayBe) {
  constexpr std::int64_t kEdge = kDecimalUnitsEnd - 1;
  const ColumnType whole = ColumnType::For(static_cast<std::uint64_t>(kEdge), true, 0);
  const ColumnType small = ColumnType::For(static_cast<std::uint64_t>(kEdge), true, 18);
  const std::vector<std::int64_t> units = {kEdge, -kEdge, kEdge - 1, 0, kEdge};
  const auto counts = [](const PlanRun& run) {
    std::vector<double> out;
    for (const Figure& part : FigureOf(run).parts) out.push_back(part.value);
    return out;
  };
  using testing::ElementsAre;
  EXPECT_THAT(
      counts(Compared("histogram(x, -999999999999999998, 999999999999999999)", {Column("x", whole, units)})),
      ElementsAre(1, 2, 2));
  EXPECT_THAT(
      counts(Compared("frequency(x, 999999999999999999, -999999999999999999)", {Column("x", whole, units)})),
      ElementsAre(2, 1, 2));
  EXPECT_THAT(counts(Compared("frequency(x, 0.999999999999999999, 0.999999999999999998)",
                              {Column("x", small, units)})),
              ElementsAre(2, 1, 2));
  // Numbers that the column cannot hold.
  EXPECT_THAT(counts(Compared("histogram(x, -0.000000000000000001, 0.000000000000000001)",
                              {Column("x", whole, units)})),
              ElementsAre(1, 1, 3));
  EXPECT_THAT(counts(Compared("frequency(x, 999999999999999999)", {Column("x", small, units)})),
              ElementsAre(0, 5));
  EXPECT_THAT(RefusalOf("frequency(x, 1000000000000000000)", {Column("x", whole, units)}),
              HasSubstr("18 digits"));
}

}  // namespace
}  // namespace mpcstats
