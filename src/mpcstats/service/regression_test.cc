// Multiple regression through three simulated parties: NIST's data sets, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/testing.h"
#include "mpcstats/service/testing.h"
#include "mpcstats/table/table.h"

namespace mpcstats {
namespace {

using Json = nlohmann::ordered_json;
using Integer = boost::multiprecision::cpp_int;

constexpr const char* kInside = "multiple_regression";
constexpr const char* kFromSums = "multiple_regression_from_sums";

std::filesystem::path NistFolder() {
  return std::filesystem::path(MPCSTATS_SOURCE_DIR) / "tests" / "data" / "nist";
}

NumericColumn ColumnOf(const std::string& name, const std::vector<std::int64_t>& units, unsigned scale = 0) {
  NumericColumn column;
  column.name = name;
  column.units = units;
  column.valid.assign(units.size(), 1);
  std::int64_t largest = 1;
  bool is_signed = false;
  for (const std::int64_t value : units) {
    largest = std::max(largest, std::abs(value));
    is_signed |= value < 0;
  }
  column.type = ColumnType::For(static_cast<std::uint64_t>(largest), is_signed, scale);
  return column;
}

/// x^power, rounded to 18 digits where it has more.
NumericColumn Power(const NumericColumn& x, unsigned power) {
  std::vector<Integer> exact;
  Integer largest = 0;
  for (const std::int64_t value : x.units) {
    exact.push_back(boost::multiprecision::pow(Integer(value), power));
    largest = std::max(largest, Integer(abs(exact.back())));
  }
  unsigned scale = x.type.scale * power;
  Integer divisor = 1;
  for (; largest / divisor >= kDecimalUnitsEnd - 1 || scale > 18; --scale) divisor *= 10;
  std::vector<std::int64_t> units;
  for (const Integer& value : exact) {
    const Integer magnitude = (abs(value) + divisor / 2) / divisor;
    units.push_back((value < 0 ? -1 : 1) * static_cast<std::int64_t>(magnitude));
  }
  return ColumnOf("x" + std::to_string(power), units, scale);
}

/// x to the powers of the set, and y as the last column.
std::vector<NumericColumn> NistTable(const std::string& name, unsigned powers) {
  const std::vector<std::string> names = {"y", "x"};
  const auto table = ReadTableFile(NistFolder() / (name + ".csv"), names, CsvOptions());
  EXPECT_TRUE(table.has_value()) << table.error().message();
  std::vector<NumericColumn> columns;
  for (unsigned power = 1; power <= powers; ++power) columns.push_back(Power(table->columns[1], power));
  columns.push_back(table->columns[0]);
  return columns;
}

std::string CallOf(const std::string& statistic, const std::vector<NumericColumn>& table) {
  std::vector<std::string> names;
  for (const NumericColumn& column : table) names.push_back(column.name);
  return ExpressionText(statistic, names, {});
}

PlanRun RunOn(const std::string& statistic, const std::vector<NumericColumn>& table) {
  const Result<Plan> plan = PlanFor({CallOf(statistic, table)}, table);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  PlanRun run = RunPlan(*plan, table);
  EXPECT_EQ(run.ErrorText(), "");
  return run;
}

Figure PlainOf(const std::string& statistic, const std::vector<NumericColumn>& table) {
  const Result<Plan> plan = PlanFor({CallOf(statistic, table)}, table);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return PlainFigure(plan->items[0], table);
}

std::vector<double> Certified(const Json& set) {
  const auto number = [](const Json& text) { return std::strtod(text.get<std::string>().c_str(), nullptr); };
  std::vector<double> values;
  for (const Json& slope : set.at("slopes")) values.push_back(number(slope[0]));
  values.push_back(number(set.at("intercept")[0]));
  for (const Json& slope : set.at("slopes")) values.push_back(number(slope[1]));
  values.push_back(number(set.at("intercept")[1]));
  values.push_back(number(set.at("residual")));
  values.push_back(number(set.at("r_squared")));
  return values;
}

/// Each part within its own error bound and a relative `slack` of what NIST certifies.
void CompareWithNist(const Figure& got, const std::vector<double>& certified, double slack) {
  ASSERT_EQ(got.parts.size(), certified.size()) << got.undefined;
  for (std::size_t i = 0; i < certified.size(); ++i) {
    const Figure& part = got.parts[i];
    EXPECT_LE(std::abs(part.value - certified[i]), part.error_bound + slack * std::abs(certified[i]))
        << part.name << " is " << part.value << " and not " << certified[i];
  }
}

/// The bounds say something: 24 digits for whatever is not zero, and for zero a tiny part of the largest number.
void ExpectTightBounds(const Figure& got, double size) {
  for (const Figure& part : got.parts) {
    if (part.name == "R squared") continue;
    EXPECT_GT(part.error_bound, 0) << part.name;
    EXPECT_LE(part.error_bound, std::max(std::abs(part.value) * 0x1.5p-24, size * 1e-10)) << part.name;
  }
}

TEST(MultipleRegression, NistsSetsGiveTheirCertifiedDigits) {
  std::ifstream in(NistFolder() / "certified_regression.json");
  const Json certified = Json::parse(in);
  std::size_t sets = 0;
  for (const auto& [name, set] : certified.items()) {
    SCOPED_TRACE(name);
    if (name == "Filip") continue;  // below
    const std::vector<NumericColumn> table = NistTable(name, set.at("powers").get<unsigned>());
    const std::vector<double> want = Certified(set);
    CompareWithNist(PlainOf(kFromSums, table), want, 1e-14);
    ++sets;
    if (Shrunk() && name != "Norris" && name != "Wampler4") continue;
    const PlanRun run = RunOn(kInside, table);
    CompareWithNist(run.figures[0][0], want, 1e-14);
    EXPECT_TRUE(run.figures[1][0] == run.figures[0][0]);
    EXPECT_TRUE(run.figures[2][0] == run.figures[0][0]);
    double largest = 0;
    for (const std::int64_t y : table.back().units)
      largest = std::max(largest, std::abs(static_cast<double>(y)));
    ExpectTightBounds(run.figures[0][0], largest * std::pow(10, -static_cast<int>(table.back().type.scale)));
  }
  EXPECT_EQ(sets, 7u);
}

// Powers up to the tenth, and inside up to the sixth, of numbers between -9 and -3: the sets that solve the normal equations in doubles get no digit right.
TEST(MultipleRegression, FilipIsRefusedInsideAndAnsweredFromSums) {
  std::ifstream in(NistFolder() / "certified_regression.json");
  const Json certified = Json::parse(in).at("Filip");
  const std::vector<NumericColumn> table = NistTable("Filip", 10);
  // The powers have 18 digits here and not 90, which changes the coefficients in the eighth digit.
  CompareWithNist(PlainOf(kFromSums, table), Certified(certified), 1e-6);
  if (Shrunk()) return;
  // Six powers are too many already, and take a third of the time of ten, which runs of a larger scale take.
  const PlanRun run = RunOn(kInside, NistTable("Filip", ScaledTrials(1) > 1 ? 10 : 6));
  EXPECT_TRUE(run.figures[0][0].parts.empty());
  EXPECT_THAT(run.figures[0][0].undefined, testing::HasSubstr("multiple_regression_from_sums"));
}

std::vector<NumericColumn> RandomTable(std::size_t columns, std::size_t rows, unsigned bits,
                                       std::uint64_t seed) {
  std::vector<NumericColumn> table;
  for (std::size_t c = 0; c < columns; ++c) {
    table.push_back(UniformColumn("c" + std::to_string(c), rows, bits, seed + c));
  }
  return table;
}

void ExpectLikePlain(const std::vector<NumericColumn>& table) {
  const PlanRun run = RunOn(kInside, table);
  const Figure want = PlainOf(kInside, table);
  EXPECT_TRUE(AgreesWith(run.figures[0][0], want))
      << run.figures[0][0].undefined << " and " << want.undefined;
}

TEST(MultipleRegression, AgreesWithExactFractionsOnColumnsOfAllSizes) {
  ExpectLikePlain(RandomTable(3, 40, 1, 1));
  ExpectLikePlain(RandomTable(2, 100, 60, 2));  // by limbs, with more digits than fixed point has
  std::vector<NumericColumn> mixed = RandomTable(4, 50, 30, 3);
  mixed[0] = ColumnOf("c0", std::vector<std::int64_t>(mixed[0].units.begin(), mixed[0].units.end()), 6);
  for (std::size_t row = 0; row < 50; ++row) mixed[1].units[row] %= 7;
  for (std::size_t row = 0; row < 50; row += 9) mixed[2].valid[row] = 0;
  if (!Shrunk()) ExpectLikePlain(mixed);
}

TEST(MultipleRegression, LargeMeansCostDigitsOfTheInterceptThatItsBoundTells) {
  std::vector<NumericColumn> table = RandomTable(2, 30, 8, 5);
  for (std::int64_t& x : table[0].units) x += 1'000'000'000'000;
  table[0] = ColumnOf("c0", table[0].units);
  const PlanRun run = RunOn(kInside, table);
  const Figure want = PlainOf(kInside, table);
  EXPECT_TRUE(AgreesWith(run.figures[0][0], want));
  EXPECT_LE(run.figures[0][0].parts[0].error_bound, std::abs(want.parts[0].value) * 0x1.5p-24);
}

TEST(MultipleRegression, TwoNearlyEqualColumnsAreAnsweredUntilTheBoundCannotBeKept) {
  for (const unsigned bits : {12u, 20u}) {
    std::vector<NumericColumn> table = RandomTable(3, 40, 30, 7);
    for (std::size_t row = 0; row < 40; ++row) {
      // The second column is the first and 30 - bits random bits.
      table[1].units[row] = table[0].units[row] + (table[1].units[row] >> bits);
    }
    table[1] = ColumnOf("c1", table[1].units);
    SCOPED_TRACE(bits);
    const Figure want = PlainOf(kInside, table);
    const PlanRun run = RunOn(kInside, table);
    const Figure& got = run.figures[0][0];
    ASSERT_TRUE(want.undefined.empty());
    if (bits == 12) {
      EXPECT_TRUE(AgreesWith(got, want)) << got.undefined;
    } else {
      EXPECT_TRUE(got.parts.empty());
      EXPECT_THAT(got.undefined, testing::HasSubstr("or too nearly so"));
    }
  }
}

TEST(MultipleRegression, DependentAndConstantColumnsAreRefusedAtTheCostOfAnAnswer) {
  const std::vector<NumericColumn> good = RandomTable(3, 40, 10, 9);
  const PlanRun answered = RunOn(kInside, good);
  EXPECT_FALSE(answered.figures[0][0].parts.empty());
  std::vector<NumericColumn> twice = good;
  twice[1].units = twice[0].units;
  std::vector<NumericColumn> constant = good;
  std::fill(constant[0].units.begin(), constant[0].units.end(), 5);
  for (const std::vector<NumericColumn>& bad : {twice, constant}) {
    const PlanRun run = RunOn(kInside, bad);
    EXPECT_TRUE(AgreesWith(run.figures[0][0], PlainOf(kInside, bad)));
    EXPECT_TRUE(run.figures[0][0].parts.empty());
    for (unsigned party = 0; party < 3; ++party) {
      // What the others see of it: nothing but the answer.
      EXPECT_EQ(run.cost[party].rounds, answered.cost[party].rounds);
      EXPECT_EQ(run.cost[party].bytes_sent, answered.cost[party].bytes_sent);
      EXPECT_EQ(run.cost[party].and_gates, answered.cost[party].and_gates);
      EXPECT_EQ(run.result.disclosures[party], answered.result.disclosures[party]);
    }
  }
}

TEST(MultipleRegression, AConstantYHasSlopesOfZeroAndNoRSquared) {
  std::vector<NumericColumn> table = RandomTable(3, 40, 10, 11);
  std::fill(table[2].units.begin(), table[2].units.end(), 700);
  const PlanRun run = RunOn(kInside, table);
  const Figure& got = run.figures[0][0];
  EXPECT_TRUE(AgreesWith(got, PlainOf(kInside, table)));
  ASSERT_EQ(got.parts.size(), 7u);
  EXPECT_EQ(got.parts[0].value, 0);
  EXPECT_NEAR(got.parts[2].value, 700, 1e-4);
}

TEST(MultipleRegression, AsManyRowsAsCoefficientsHaveNoStandardErrors) {
  const std::vector<NumericColumn> table = RandomTable(3, 3, 10, 13);
  const PlanRun run = RunOn(kInside, table);
  EXPECT_EQ(run.figures[0][0].parts.size(), 3u);
  EXPECT_TRUE(AgreesWith(run.figures[0][0], PlainOf(kInside, table)));
}

// With one row its sums are its values.
TEST(MultipleRegression, FewerRowsThanCoefficientsOpenNothingButTheirNumber) {
  std::vector<NumericColumn> table = RandomTable(3, 5, 10, 15);
  for (const std::size_t missing : {2u, 4u, 5u}) {
    for (std::size_t row = 0; row < missing; ++row) table[1].valid[row] = 0;
    for (const char* statistic : {kInside, kFromSums}) {
      const PlanRun run = RunOn(statistic, table);
      EXPECT_EQ(run.figures[0][0].undefined.empty(), missing == 2) << statistic;
      if (missing > 2) EXPECT_THAT(run.result.disclosures[0], testing::ElementsAre("n")) << statistic;
    }
  }
}

}  // namespace
}  // namespace mpcstats
