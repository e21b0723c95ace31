// What a query means, against SQLite on the same table: the same texts, ten thousand of them.
#include "mpcstats/query/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/language/grammar.h"
#include "mpcstats/query/query_testing.h"
#include "mpcstats/query/sqlite_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;

Query MustParse(const std::string& text) {
  Result<Query> query = ParseQuery(text, nullptr);
  EXPECT_TRUE(query.has_value()) << text << "\n" << query.error().message();
  return query ? *query : Query();
}

std::string Bits(const std::vector<std::uint8_t>& rows) {
  std::string text;
  for (const std::uint8_t row : rows) text += row != 0 ? '1' : '0';
  return text;
}

// Precedence, NULL in every place, IN with NULL, BETWEEN, NOT, texts in the order of their bytes.
TEST(RowsWhere, AgreesWithSqliteOnTenThousandRandomConditions) {
  constexpr std::uint64_t kSeed = 20261128;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 rng(kSeed);
  const Table table = RandomTable(rng, 40);
  Sqlite sqlite;
  sqlite.Add("data", table);
  QueryWriter writer(rng);
  std::size_t taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string condition = writer.Condition(3);
    const Query query = MustParse("SELECT count(*) FROM data WHERE " + condition);
    ASSERT_TRUE(query.where.has_value());
    std::vector<std::uint8_t> want(table.rows);
    for (const auto& row : sqlite.Run("SELECT row FROM data WHERE " + condition))
      want[std::stoul(row[0])] = 1;
    const std::vector<std::uint8_t> got = RowsWhere(*query.where, table);
    ASSERT_EQ(Bits(got), Bits(want)) << condition;
    // The canonical text means the same.
    const Query again = MustParse(ToText(query));
    ASSERT_EQ(Bits(RowsWhere(*again.where, table)), Bits(got)) << ToText(query);
    for (const std::uint8_t row : got) taken += row;
  }
  EXPECT_GT(taken, 50'000u) << "the conditions are nearly all false";
  EXPECT_LT(taken, 350'000u) << "the conditions are nearly all true";
}

double NumberOf(const std::string& text) { return std::stod(text); }

// Values of expressions and the aggregates over them, whole and by group.
TEST(EvaluatePlain, AgreesWithSqliteOnFiguresOfRandomExpressionsAndGroups) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 rng(kSeed);
  const Table table = RandomTable(rng, 60);
  Sqlite sqlite;
  sqlite.Add("data", table);
  QueryWriter writer(rng);
  for (int i = 0; i < 500; ++i) {
    const std::string value = writer.Column() + " + " + writer.Value(2);
    const std::string condition = writer.Condition(2);
    const bool by_bucket = i % 2 == 0;
    const std::string tail = " FROM data WHERE " + condition + " GROUP BY ";
    const Query query =
        MustParse("SELECT count(*), count(" + value + "), sum(" + value + "), mean(" + value + "), min(" +
                  value + "), max(" + value + ")" + tail + (by_bucket ? "bucket(c, -10, 0, 15.5)" : "t"));
    SCOPED_TRACE(ToText(query));
    const std::string key =
        by_bucket ? "CASE WHEN c < -10 THEN 'below -10' WHEN c < 0 THEN '-10 to below 0' WHEN c < 15.5 "
                    "THEN '0 to below 15.5' ELSE '15.5 and above' END"
                  : "t";
    std::map<std::string, std::vector<std::string>> want;
    for (auto& row :
         sqlite.Run("SELECT " + key + ", count(*), count(" + value + "), sum(" + value + "), avg(" + value +
                    "), min(" + value + "), max(" + value + ")" + tail + "1")) {
      want[row[0]] = row;
    }
    for (const PlainGroup& group : EvaluatePlain(query, table)) {
      const auto found = want.find(group.label);
      if (found == want.end()) {
        EXPECT_EQ(group.counts[0], 0u) << group.label;
        continue;
      }
      const std::vector<std::string>& row = found->second;
      EXPECT_EQ(group.figures[0].exact_text, row[1]);
      EXPECT_EQ(group.figures[1].exact_text, row[2]);
      for (std::size_t f = 2; f < 6; ++f) {
        // SQL has no sum of no values; we say 0 (docs/query-language.md).
        if (row[f + 1] == "NULL") {
          EXPECT_TRUE(!group.figures[f].undefined.empty() || (f == 2 && group.figures[f].value == 0));
        } else {
          EXPECT_DOUBLE_EQ(group.figures[f].value, NumberOf(row[f + 1]));
        }
      }
    }
  }
}

Table TableOf(const std::string& text, const std::vector<WantedColumn>& wanted) {
  Result<Table> table = ReadTable("t.csv", text, wanted, CsvOptions());
  EXPECT_TRUE(table.has_value()) << table.error().message();
  return table ? *table : Table();
}

TEST(EvaluatePlain, ShowsEmptyGroupsAndOneOfMissingValues) {
  const Table table = TableOf("x,r\n1,b\n2,\n3,a\n4,b\n", {{"x"}, {"r", ColumnContent::kCategory}});
  const std::vector<PlainGroup> groups =
      EvaluatePlain(MustParse("SELECT count(*), sum(x) FROM data WHERE x <> 3 GROUP BY r"), table);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].label, "a");
  EXPECT_EQ(groups[0].figures[0].exact_text, "0");
  EXPECT_EQ(groups[1].figures[1].exact_text, "5");
  EXPECT_EQ(groups[2].label, "NULL");
  EXPECT_EQ(groups[2].figures[1].exact_text, "2");
}

TEST(EvaluatePlain, ComparesWithMoreDecimalsThanTheColumnHasExactly) {
  const Table table = TableOf("x\n0.00\n0.01\n-0.01\n0.02\n", {{"x"}});
  const auto rows = [&](const std::string& condition) {
    return RowsWhere(*MustParse("SELECT count(*) FROM data WHERE " + condition).where, table);
  };
  EXPECT_THAT(rows("x < 0.005"), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(rows("x >= -0.005"), ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(rows("x = 0.005"), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(rows("x <> 0.005"), ElementsAre(1, 1, 1, 1));
}

}  // namespace
}  // namespace mpcstats
