#include "mpcstats/table/category.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/table/table.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Table> Read(std::string_view text, std::vector<WantedColumn> wanted) {
  return ReadTable("people.csv", text, wanted, CsvOptions());
}

TEST(CategoryBuilder, NumbersTextsInTheOrderOfTheirBytes) {
  const auto table = Read("r\nSouth\n  north \n\nEast\nSouth\nÖst\n", {{"r", ColumnContent::kCategory}});
  ASSERT_TRUE(table.has_value()) << table.error().message();
  EXPECT_THAT(table->readings[0].categories, ElementsAre("East", "South", "north", "Öst"));
  EXPECT_THAT(table->columns[0].units, ElementsAre(1, 2, 0, 0, 1, 3));
  EXPECT_THAT(table->columns[0].valid, ElementsAre(1, 1, 0, 1, 1, 1));
  EXPECT_EQ(table->columns[0].type.bits, 2u);
  EXPECT_FALSE(table->columns[0].type.is_signed);
}

TEST(CategoryBuilder, TakesAColumnWithoutAnyTextAndOneWithASingleOne) {
  const auto table =
      Read("r,s\n,x\n\" \",x\n", {{"r", ColumnContent::kCategory}, {"s", ColumnContent::kCategory}});
  ASSERT_TRUE(table.has_value()) << table.error().message();
  EXPECT_TRUE(table->readings[0].categories.empty());
  EXPECT_EQ(table->columns[0].type.bits, 1u);
  EXPECT_THAT(table->columns[0].valid, ElementsAre(0, 0));
  EXPECT_THAT(table->readings[1].categories, ElementsAre("x"));
}

TEST(CategoryBuilder, OfPresenceKeepsNoText) {
  const auto table = Read("r\nx\n\"\"\ny\n", {{"r", ColumnContent::kPresence}});
  ASSERT_TRUE(table.has_value()) << table.error().message();
  EXPECT_TRUE(table->readings[0].categories.empty());
  EXPECT_THAT(table->columns[0].units, ElementsAre(0, 0, 0));
  EXPECT_THAT(table->columns[0].valid, ElementsAre(1, 0, 1));
}

TEST(ReadTable, ReadsOneColumnAsNumbersAndAsTexts) {
  const auto table = Read("year\n2020\n999\n", {{"year"}, {"year", ColumnContent::kCategory}, {"year"}});
  ASSERT_TRUE(table.has_value()) << table.error().message();
  ASSERT_EQ(table->columns.size(), 2u);
  EXPECT_THAT(table->columns[0].units, ElementsAre(2020, 999));
  EXPECT_THAT(table->readings[1].categories, ElementsAre("2020", "999"));
  EXPECT_EQ(table->Find("year", ColumnContent::kCategory), 1u);
  EXPECT_FALSE(table->Find("year", ColumnContent::kPresence).has_value());
}

TEST(CategoryBuilder, RefusesMoreTextsThanGroupsAreMadeFor) {
  std::string text = "r\n";
  for (std::size_t i = 0; i < kMaxCategories; ++i) text += std::to_string(i) + "\n";
  EXPECT_TRUE(Read(text, {{"r", ColumnContent::kCategory}}).has_value());
  const auto table = Read(text + "one more\n", {{"r", ColumnContent::kCategory}});
  ASSERT_FALSE(table.has_value());
  EXPECT_THAT(table.error().message(),
              HasSubstr("people.csv:4098: column 1 \"r\": \"one more\" is the 4097th"));
}

TEST(CategoryBuilder, RefusesTextsThatCannotBeShown) {
  for (const std::string& cell : {std::string("a\x1b[2J"), std::string("\xff\xfe"), std::string(1001, 'x')}) {
    const auto table = Read("r\n\"" + cell + "\"\n", {{"r", ColumnContent::kCategory}});
    ASSERT_FALSE(table.has_value());
    EXPECT_EQ(table.error().message().find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace mpcstats
