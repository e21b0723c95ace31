#include "mpcstats/table/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "mpcstats/table/mapped_file.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using Names = std::vector<std::string>;

const std::string kStates = MPCSTATS_SOURCE_DIR "/examples/us_states_1977.csv";
const std::string kGeyser = MPCSTATS_SOURCE_DIR "/examples/old_faithful.csv";

Result<Table> Read(std::string_view text, const Names& wanted) {
  return ReadTable("t.csv", text, wanted, {});
}

std::string Message(const Result<Table>& table) { return table ? "accepted" : table.error().message(); }

std::int64_t Sum(const NumericColumn& column) {
  return std::accumulate(column.units.begin(), column.units.end(), std::int64_t{0});
}

std::string TempPath(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / ("mpcstats_table_test_" + name)).string();
}

TEST(Table, ReadsTheStatesExample) {
  const Table table =
      ReadTableFile(kStates, Names{"income_usd", "illiteracy_pct", "life_exp_years", "frost_days"}, {})
          .value();
  EXPECT_EQ(table.rows, 50u);
  ASSERT_EQ(table.columns.size(), 4u);
  const NumericColumn& income = *table.Find("income_usd");
  EXPECT_EQ(income.type, (ColumnType{13, false, 0}));
  EXPECT_EQ(Sum(income), 221790);  // R, mean(state.x77[, "Income"]) = 4435.8
  EXPECT_EQ(table.Find("illiteracy_pct")->type, (ColumnType{5, false, 1}));
  EXPECT_EQ(table.Find("life_exp_years")->type, (ColumnType{13, false, 2}));
  EXPECT_EQ(table.Find("life_exp_years")->units[0], 6905);
  EXPECT_EQ(table.Find("frost_days")->units[1], 152);
}

TEST(Table, ReadsTheGeyserExample) {
  const Table table = ReadTableFile(kGeyser, Names{"waiting", "eruptions"}, {}).value();
  EXPECT_EQ(table.rows, 272u);
  EXPECT_EQ(table.columns[0].name, "waiting");
  EXPECT_EQ(table.columns[1].type, (ColumnType{13, false, 3}));
  EXPECT_EQ(table.columns[1].units[0], 3600);
  EXPECT_EQ(Sum(table.columns[0]), 19284);   // R, sum(faithful$waiting)
  EXPECT_EQ(Sum(table.columns[1]), 948677);  // R, sum(faithful$eruptions) = 948.677
}

TEST(Table, ConvertsWantedColumnsOnly) {
  const Table table = Read("a,b,c\nx,1,\ny,2.5,-3\n", {"c", "b", "c"}).value();
  EXPECT_EQ(table.rows, 2u);
  ASSERT_EQ(table.columns.size(), 2u);
  EXPECT_THAT(table.Find("b")->units, ElementsAre(10, 25));
  EXPECT_THAT(table.Find("c")->units, ElementsAre(0, -3));
  EXPECT_THAT(table.Find("c")->valid, ElementsAre(0, 1));
  EXPECT_EQ(table.Find("a"), nullptr);
}

TEST(Table, CountsRowsWithoutWantedColumns) { EXPECT_EQ(Read("a\nx\ny\n", {}).value().rows, 2u); }

TEST(Table, ReadsQuotedNumbers) {
  EXPECT_THAT(Read("a,b\n\"1\",\"\"\n", {"a", "b"}).value().columns[0].units, ElementsAre(1));
}

TEST(Table, ReadsWithAnotherDelimiter) {
  const Table table = ReadTable("t.csv", "a;b\n1;2\n", Names{"b"}, {.delimiter = ';', .limits = {}}).value();
  EXPECT_THAT(table.columns[0].units, ElementsAre(2));
}

TEST(Table, RejectsAnUnknownColumnWithTheNearest) {
  const auto table = Read("state,income_usd,b\nx,1,2\n", {"Income_us"});
  EXPECT_EQ(
      Message(table),
      "t.csv:1: there is no column \"Income_us\", did you mean \"income_usd\"? (the columns are \"state\", "
      "\"income_usd\", \"b\")");
  EXPECT_EQ(table.error().code(), ErrorCode::kNotFound);
}

TEST(Table, RejectsAnUnknownColumnThatIsNearToNone) {
  EXPECT_EQ(Message(Read("state,b\nx,2\n", {"zzzzzz"})),
            "t.csv:1: there is no column \"zzzzzz\" (the columns are \"state\", \"b\")");
}

TEST(Table, ListsTwentyOfManyColumns) {
  std::string text = "c0";
  for (int i = 1; i < 25; ++i) text += ",c" + std::to_string(i);
  EXPECT_THAT(Message(Read(text + "\n", {"quantity"})), testing::EndsWith(", \"c19\" and 5 more)"));
}

TEST(Table, RejectsTextWithLineAndColumn) {
  EXPECT_EQ(
      Message(ReadTableFile(kStates, Names{"region"}, {})),
      kStates +
          ":2: column 10 \"region\": \"South\" is not a number; remove it (an empty cell means missing) "
          "or choose another column");
  EXPECT_EQ(Message(Read("a,b\n1,2\n\"x\n\",NA\n", {"b"})),
            "t.csv:3: column 2 \"b\": \"NA\" is not a number; leave the cell empty for missing");
}

TEST(Table, RejectsUnalignableValuesWithBothLines) {
  EXPECT_EQ(Message(Read("a\n123456789012\n1\n0.0000001\n", {"a"})),
            "t.csv:4: column 1 \"a\": \"0.0000001\" and the value in line 2 need more than 18 digits when "
            "both have "
            "7 decimals; round the longer fraction or choose a larger unit");
}

TEST(Table, RejectsABrokenRowAfterGoodOnes) {
  EXPECT_THAT(Message(Read("a,b\n1,2\n3\n", {"a"})),
              testing::StartsWith("t.csv:3: the row ends after 1 of 2"));
}

TEST(TableFile, RejectsAMissingFile) {
  const auto table = ReadTableFile(TempPath("absent"), Names{"a"}, {});
  EXPECT_EQ(Message(table), TempPath("absent") + ": there is no such file; check the path");
  EXPECT_EQ(table.error().code(), ErrorCode::kNotFound);
}

TEST(TableFile, RejectsADirectory) {
  EXPECT_EQ(Message(ReadTableFile("/", Names{"a"}, {})), "/: this is a directory; name a CSV file inside it");
}

TEST(TableFile, RejectsAnEmptyFile) {
  EXPECT_EQ(Message(ReadTableFile("/dev/null", Names{"a"}, {})),
            "/dev/null: the file is empty; write a line of column names and one line a row");
}

TEST(TableFile, RejectsAFileAboveTheLimit) {
  EXPECT_EQ(
      Message(ReadTableFile(kGeyser, Names{"waiting"}, {.delimiter = ',', .limits = {.max_bytes = 100}})),
      kGeyser + ": the file has more than the 100 bytes allowed; split it");
}

TEST(TableFile, ReadsAPipe) {
  const std::string path = TempPath("pipe");
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::jthread writer([&] { std::ofstream(path) << "a\n1.5\n"; });
  const auto table = ReadTableFile(path, Names{"a"}, {});
  std::filesystem::remove(path);
  EXPECT_THAT(table.value().columns[0].units, ElementsAre(15));
}

TEST(TableFile, RejectsAPipeAboveTheLimit) {
  const std::string path = TempPath("long_pipe");
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::jthread writer([&] { std::ofstream(path) << "a\n1.5\n"; });
  const auto file = MappedFile::Open(path, 3);
  std::filesystem::remove(path);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message(), path + ": the file has more than the 3 bytes allowed; split it");
}

}  // namespace
}  // namespace mpcstats
