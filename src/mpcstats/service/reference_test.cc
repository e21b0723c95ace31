// Every statistic through three simulated parties, against the committed reference values (docs/reference-values.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/service/testing.h"
#include "mpcstats/stats/order.h"
#include "mpcstats/table/table.h"

namespace mpcstats {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kLargeRows = 10'000;
constexpr std::string_view kNegative = "negative value";

fs::path DataFolder() { return fs::path(MPCSTATS_SOURCE_DIR) / "tests" / "data"; }

Json ReadJson(const fs::path& path) {
  std::ifstream in(path);
  return Json::parse(in);
}

/// One figure of the reference: what to ask for, and what it is.
struct Expected {
  std::string expression;
  std::size_t column;
  const Json* value;
};

struct Reference {
  Json json;
  std::vector<NumericColumn> table;
  std::vector<Expected> figures;
};

std::string Quoted(const std::string& column) { return "\"" + column + "\""; }

NumericColumn FormulaColumn(const Json& formula) {
  NumericColumn column;
  column.name = "x";
  std::int64_t largest = 0;
  const auto n = formula.at("n").get<std::uint64_t>();
  for (std::uint64_t i = 1; i <= n; ++i) {
    const std::uint64_t product = i * formula.at("multiplier").get<std::uint64_t>();
    const std::uint64_t x =
        (product % formula.at("modulus").get<std::uint64_t>()) >> formula.at("shift").get<unsigned>();
    column.units.push_back(static_cast<std::int64_t>(x));
    largest = std::max(largest, column.units.back());
  }
  column.valid.assign(n, 1);
  column.type = ColumnType::For(static_cast<std::uint64_t>(largest), false, 0);
  return column;
}

Reference Load(const fs::path& path) {
  Reference reference;
  reference.json = ReadJson(path);
  const Json& columns = reference.json.at("columns");
  if (reference.json.contains("formula")) {
    reference.table.push_back(FormulaColumn(reference.json.at("formula")));
  } else {
    std::vector<std::string> names;
    for (const auto& [name, unused] : columns.items()) names.push_back(name);
    auto table = ReadTableFile(path.parent_path() / reference.json.at("table").get<std::string>(), names,
                               CsvOptions());
    EXPECT_TRUE(table.has_value()) << path << ": " << table.error().message();
    if (table) reference.table = std::move(table->columns);
  }
  for (std::size_t c = 0; c < reference.table.size(); ++c) {
    const std::string& name = reference.table[c].name;
    for (const auto& [statistic, value] : columns.at(name).items()) {
      if (statistic == "n" || statistic == "missing") continue;
      if (statistic != "quantile") {
        reference.figures.push_back({statistic + "(" + Quoted(name) + ")", c, &value});
        continue;
      }
      for (const auto& [q, quantile] : value.items()) {
        reference.figures.push_back({"quantile(" + Quoted(name) + ", " + q + ")", c, &quantile});
      }
    }
  }
  return reference;
}

void CompareFigure(const std::string& expression, const Figure& got, const Json& want) {
  SCOPED_TRACE(expression);
  const Json exact = want.value("exact", Json());
  if (want.contains("reason")) {
    EXPECT_EQ(got.undefined, want.at("reason").get<std::string>());
    EXPECT_EQ(got.exact_text, "");
    return;
  }
  EXPECT_EQ(got.undefined, "");
  if (got.error_bound > 0) {
    EXPECT_LE(got.error_bound, std::ldexp(1, -21));
    EXPECT_LE(std::abs(got.value - want.at("double").get<double>()), got.error_bound);
    return;
  }
  EXPECT_EQ(got.value, want.at("double").get<double>());
  if (exact.is_string()) EXPECT_EQ(got.exact_text, exact.get<std::string>());
}

/// The figures that this table allows; what it does not must be refused with the right reason.
std::vector<Expected> Allowed(const Reference& reference) {
  std::vector<Expected> allowed;
  for (const Expected& figure : reference.figures) {
    const Result<Plan> plan = PlanFor({figure.expression}, reference.table);
    if (plan) {
      allowed.push_back(figure);
      continue;
    }
    SCOPED_TRACE(figure.expression + ": " + plan.error().message());
    EXPECT_EQ(plan.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(figure.value->contains("reason")) << "refused although it has a value";
    if (figure.value->value("reason", "") != kNegative) {
      EXPECT_LT(reference.table[0].units.size(), 2u);
      EXPECT_THAT(plan.error().message(), testing::HasSubstr("needs at least two rows"));
    } else {
      EXPECT_THAT(plan.error().message(), testing::HasSubstr("not negative"));
    }
  }
  return allowed;
}

void CheckReference(const fs::path& path) {
  SCOPED_TRACE(path.filename());
  const Reference reference = Load(path);
  ASSERT_FALSE(reference.figures.empty());
  const std::vector<Expected> figures = Allowed(reference);
  std::vector<std::string> expressions;
  for (const Expected& figure : figures) expressions.push_back(figure.expression);
  const Result<Plan> plan = PlanFor(expressions, reference.table);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  const PlanRun run = RunPlan(*plan, reference.table);
  ASSERT_EQ(run.ErrorText(), "");
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const NumericColumn& column = reference.table[figures[i].column];
    for (unsigned party = 0; party < 3; ++party) {
      CompareFigure(figures[i].expression, run.figures[party][i], *figures[i].value);
      EXPECT_EQ(run.counts[party][i],
                reference.json.at("columns").at(column.name).at("n").get<std::uint64_t>());
    }
    const PlanItem& item = plan->items[i];
    const Figure plain = PlainFigure(item, reference.table);
    SCOPED_TRACE("in the clear");
    CompareFigure(figures[i].expression, plain, *figures[i].value);
  }
}

std::size_t RowsOf(const Json& json) {
  std::size_t rows = 0;
  for (const auto& [name, column] : json.at("columns").items()) {
    rows = std::max(rows, column.at("n").get<std::size_t>() + column.at("missing").get<std::size_t>());
  }
  return rows;
}

enum class Size { kSmall, kLarge };

std::vector<fs::path> ReferencesIn(const std::string& folder, Size size) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(DataFolder() / folder)) {
    if (entry.path().extension() != ".json") continue;
    const Json json = ReadJson(entry.path());
    if (!json.contains("columns")) continue;
    if ((RowsOf(json) > kLargeRows) == (size == Size::kLarge)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(Reference, SmallTablesGiveTheExactFigures) {
  const auto paths = ReferencesIn("statistics", Size::kSmall);
  EXPECT_GE(paths.size(), 20u);
  for (const fs::path& path : paths) CheckReference(path);
}

TEST(Reference, NistSetsGiveTheExactFigures) {
  const auto paths = ReferencesIn("nist", Size::kSmall);
  EXPECT_GE(paths.size(), 8u);
  for (const fs::path& path : paths) CheckReference(path);
}

// 2^16 - 1, 2^16, 2^16 + 1 and 100000 rows: no rank statistic sorts there, and the last row is not at a word's end.
TEST(Reference, LargeFormulaTablesGiveTheExactFigures) {
  const auto paths = ReferencesIn("statistics", Size::kLarge);
  EXPECT_GE(paths.size(), 7u);
  for (std::size_t i = 0; i < (Shrunk() ? 1 : paths.size()); ++i) CheckReference(paths[i]);
}

TEST(Reference, EverySetOfNistsReproducesItsCertifiedDigits) {
  for (const auto& [name, certified] : ReadJson(DataFolder() / "nist" / "certified.json").items()) {
    const fs::path path = DataFolder() / "nist" / (name + ".json");
    if (!fs::exists(path)) {
      EXPECT_EQ(name, "PiDigits") << "only this one has no table here";
      continue;
    }
    const Reference reference = Load(path);
    const Result<Plan> plan = PlanFor({"mean(y)", "stdev(y)"}, reference.table);
    ASSERT_TRUE(plan.has_value()) << plan.error().message();
    const PlanRun run = RunPlan(*plan, reference.table);
    ASSERT_EQ(run.ErrorText(), "");
    const double mean = std::strtod(certified.at("mean").get<std::string>().c_str(), nullptr);
    const double stdev = std::strtod(certified.at("stdev").get<std::string>().c_str(), nullptr);
    EXPECT_NEAR(run.figures[0][0].value, mean, std::abs(mean) * 1e-14) << name;
    EXPECT_NEAR(run.figures[0][1].value, stdev, stdev * 1e-14) << name;
  }
}

TEST(Reference, EveryWrongAnswerOfTheAncestorIsRightHere) {
  const Json wrong = ReadJson(DataFolder() / "statistics" / "ancestor_wrong.json");
  ASSERT_GE(wrong.at("cases").size(), 5u);
  for (const Json& one : wrong.at("cases")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const Reference reference = Load(DataFolder() / "statistics" / one.at("expected").get<std::string>());
    if (Shrunk() && RowsOf(reference.json) > kLargeRows) continue;
    const auto statistic = one.at("statistic").get<std::string>();
    const auto column = one.at("column").get<std::string>();
    const Result<Plan> plan = PlanFor({statistic + "(" + column + ")"}, reference.table);
    ASSERT_TRUE(plan.has_value()) << plan.error().message();
    const PlanRun run = RunPlan(*plan, reference.table);
    ASSERT_EQ(run.ErrorText(), "");
    const Figure& figure = run.figures[0][0];
    const auto right = one.at("right").get<std::string>();
    if (figure.error_bound == 0) {
      EXPECT_EQ(figure.exact_text, right);
    } else {
      EXPECT_EQ(reference.json.at("columns").at(column).at(statistic).at("exact").get<std::string>(), right);
      CompareFigure(statistic, figure, reference.json.at("columns").at(column).at(statistic));
    }
  }
}

TEST(Reference, EveryReferenceValueIsOfAStatisticThatExists) {
  const Json json = ReadJson(DataFolder() / "statistics" / "random_1000.json");
  for (const auto& [name, column] : json.at("columns").items()) {
    for (const auto& [statistic, value] : column.items()) {
      if (statistic != "n" && statistic != "missing")
        EXPECT_NE(FindStatistic(statistic), nullptr) << statistic;
    }
  }
}

/// Columns with the given one among them, as many as the statistic takes; in the others other rows are missing.
std::vector<NumericColumn> TableWith(const NumericColumn& column, std::size_t columns) {
  std::vector<NumericColumn> table = {column};
  const std::size_t rows = column.units.size();
  for (std::size_t c = 1; c < columns; ++c) {
    NumericColumn other = UniformColumn(std::string(1, static_cast<char>('x' + c)), rows, 8, 100 + c);
    for (std::size_t row = c; row < rows; row += 11 * c) other.valid[row] = 0;
    table.push_back(std::move(other));
  }
  return table;
}

using Wanted = std::function<bool(const Statistic&)>;

std::vector<std::string> Expressions(const std::vector<NumericColumn>& table, const Wanted& wanted) {
  std::vector<std::string> expressions;
  for (const Statistic* statistic : AllStatistics()) {
    if (!wanted(*statistic)) continue;
    std::vector<std::string> columns;
    for (std::size_t c = 0; c < statistic->columns.min; ++c) columns.push_back(table[c % table.size()].name);
    const std::string expression = ExpressionText(statistic->name, columns, statistic->ExampleNumbers());
    if (PlanFor({expression}, table)) expressions.push_back(expression);
  }
  return expressions;
}

void CompareWithPlain(
    const NumericColumn& column, const Wanted& wanted = [](const Statistic&) { return true; }) {
  const std::vector<NumericColumn> table = TableWith(column, 3);
  const std::vector<std::string> expressions = Expressions(table, wanted);
  ASSERT_FALSE(expressions.empty());
  const Result<Plan> plan = PlanFor(expressions, table);
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  const PlanRun run = RunPlan(*plan, table);
  ASSERT_EQ(run.ErrorText(), "");
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    SCOPED_TRACE(expressions[i]);
    const Figure want = PlainFigure(plan->items[i], table);
    const Figure& got = run.figures[0][i];
    EXPECT_TRUE(AgreesWith(got, want)) << got.value << " " << got.exact_text << got.undefined << " and "
                                       << want.value << " " << want.exact_text << want.undefined;
  }
}

TEST(Reference, ATableWithoutRowsHasNoValues) {
  const NumericColumn empty = UniformColumn("x", 0, 8, 1);
  CompareWithPlain(empty);
}

TEST(Reference, ValuesAtTheEdgeOf18DigitsKeepEveryDigitOfTheirVariance) {
  constexpr std::int64_t kEdge = kDecimalUnitsEnd - 1;
  NumericColumn column;
  column.name = "x";
  column.type = ColumnType::For(static_cast<std::uint64_t>(kEdge), true, 0);
  for (std::int64_t i = 0; i < 300; ++i) column.units.push_back((i % 2 == 0 ? 1 : -1) * (kEdge - i));
  column.valid.assign(column.units.size(), 1);
  column.valid[17] = 0;
  column.units[17] = 0;
  CompareWithPlain(column, [](const Statistic& statistic) {
    return !Shrunk() || statistic.name == "variance" || statistic.name == "mean_interval";
  });
}

// What a provider puts into a row that it marks missing changes nothing.
TEST(Reference, TheContentsOfAMissingRowDoNotCount) {
  NumericColumn column = UniformColumn("x", 130, 20, 3);
  for (const std::size_t row : {0u, 63u, 64u, 129u}) column.valid[row] = 0;
  CompareWithPlain(column);
}

bool ChangesAtTheSortingThreshold(const Statistic& statistic) {
  const std::vector<ColumnType> types(statistic.columns.min, ColumnType{.bits = 12});
  const std::vector<Decimal> numbers = statistic.ExampleNumbers();
  return statistic.NeedsOf({types, kSortForRanksRows, numbers}, 0) !=
         statistic.NeedsOf({types, kSortForRanksRows + 1, numbers}, 0);
}

TEST(Reference, RanksAgreeOnBothSidesOfTheSortingThreshold) {
  for (const std::size_t rows : {kSortForRanksRows, kSortForRanksRows + 1}) {
    NumericColumn column = UniformColumn("x", rows, 12, rows);
    for (std::size_t row = 0; row < rows; row += 5) column.valid[row] = 0;
    SCOPED_TRACE(rows);
    CompareWithPlain(column, ChangesAtTheSortingThreshold);
  }
}

}  // namespace
}  // namespace mpcstats
