#include "mpcstats/survey/row.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "mpcstats/base/decimal.h"

namespace mpcstats {
namespace {

using Cells = std::map<std::string, std::string>;

SurveyColumn Number(std::string name, unsigned scale, std::int64_t min, std::int64_t max,
                    bool may_be_missing) {
  SurveyColumn column;
  column.name = std::move(name);
  column.scale = scale;
  column.min_units = min;
  column.max_units = max;
  column.may_be_missing = may_be_missing;
  return column;
}

SurveyColumn Category(std::string name, std::vector<std::string> categories, bool may_be_missing) {
  SurveyColumn column;
  column.name = std::move(name);
  column.kind = ColumnKind::kCategory;
  column.categories = std::move(categories);
  column.may_be_missing = may_be_missing;
  return column;
}

SurveyColumn Unique(std::string name) {
  SurveyColumn column;
  column.name = std::move(name);
  column.kind = ColumnKind::kUnique;
  return column;
}

Survey With(std::vector<SurveyColumn> columns) {
  Survey survey;
  survey.columns = std::move(columns);
  return survey;
}

// change: 12 bits (signed 11 and its offset), region: 1 + 2 bits, account: 128 bits, wealth: 1 + 20 bits.
Survey Mixed() {
  return With({Number("change", 2, -2000, 1500, false),
               Category("region", {"north", "south", "far east"}, true), Unique("account"),
               Number("wealth", 0, 0, 1'000'000, true)});
}

Bytes Raw(const RowBits& row) { return row.bytes(SecretAccess("a test")); }

// The one number after a round trip through a row.
std::string Through(const SurveyColumn& column, const std::string& text) {
  const Survey survey = With({column});
  const auto row = EncodeRow(survey, {{column.name, text}});
  return row ? DecodeRow(survey, Raw(*row)).at(column.name) : row.error().message();
}

std::string Message(const Survey& survey, const Cells& cells) {
  const auto row = EncodeRow(survey, cells);
  if (row) return "accepted";
  EXPECT_EQ(row.error().code(), ErrorCode::kInvalidArgument);
  return row.error().message();
}

TEST(RowLayout, PlacesColumnsOneAfterTheOther) {
  const RowLayout layout = LayoutOf(Mixed());
  ASSERT_EQ(layout.columns.size(), 4u);
  EXPECT_FALSE(layout.columns[0].valid_bit);
  EXPECT_EQ(layout.columns[0].first_bit, 0u);
  EXPECT_EQ(layout.columns[0].bits, 12u);
  EXPECT_EQ(layout.columns[1].valid_bit, 12u);
  EXPECT_EQ(layout.columns[1].first_bit, 13u);
  EXPECT_EQ(layout.columns[1].bits, 2u);
  EXPECT_EQ(layout.columns[2].first_bit, 15u);
  EXPECT_EQ(layout.columns[2].bits, 128u);
  EXPECT_EQ(layout.columns[3].valid_bit, 143u);
  EXPECT_EQ(layout.columns[3].first_bit, 144u);
  EXPECT_EQ(layout.bits, 164u);
  EXPECT_EQ(layout.bytes(), 21u);
}

TEST(Row, WritesTheLowestBitFirst) {
  // -20.00 at an offset of 2048 units is 48; then validity 1 and category 2: 48 + (1 + 2 * 2) * 2^12.
  const Survey survey = With(
      {Number("change", 2, -2000, 1500, false), Category("region", {"north", "south", "far east"}, true)});
  const auto row = EncodeRow(survey, {{"change", "-20"}, {"region", "far east"}});
  ASSERT_TRUE(row);
  EXPECT_EQ(Raw(*row), (Bytes{0x30, 0x50}));
}

TEST(Row, PadsUniqueTextWithZeros) {
  const auto row = EncodeRow(With({Unique("account")}), {{"account", "A 1"}});
  ASSERT_TRUE(row);
  EXPECT_EQ(Raw(*row), (Bytes{'A', ' ', '1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Row, KeepsDecimalsExactly) {
  const SurveyColumn cents = Number("x", 2, 0, 200'000'000, false);
  EXPECT_EQ(Through(cents, "0"), "0.00");
  EXPECT_EQ(Through(cents, "0.00"), "0.00");
  EXPECT_EQ(Through(cents, "0.09"), "0.09");
  EXPECT_EQ(Through(cents, "0.57"), "0.57");
  EXPECT_EQ(Through(cents, "1000000.01"), "1000000.01");
  EXPECT_EQ(Through(cents, "1.5"), "1.50");
  EXPECT_EQ(Through(cents, " 7 "), "7.00");
  EXPECT_EQ(Through(Number("x", 8, 0, 2'100'000'000'000'000, false), "0.00000001"), "0.00000001");
}

TEST(Row, KeepsBothLimits) {
  const SurveyColumn column = Number("x", 1, -999, 1000, false);
  EXPECT_EQ(Through(column, "-99.9"), "-99.9");
  EXPECT_EQ(Through(column, "100"), "100.0");
}

TEST(Row, TakesZerosBeyondTheScaleOnly) {
  const SurveyColumn column = Number("x", 1, 0, 1000, false);
  EXPECT_EQ(Through(column, "1.500"), "1.5");
  EXPECT_NE(Through(column, "1.505").find("too many digits after the point"), std::string::npos);
}

TEST(Row, ShowsAMissingCellAsEmptyAndAllZeros) {
  const Survey survey = With({Number("wealth", 0, -5, 5, true)});
  const auto absent = EncodeRow(survey, {});
  const auto empty = EncodeRow(survey, {{"wealth", " "}});
  const auto zero = EncodeRow(survey, {{"wealth", "0"}});
  ASSERT_TRUE(absent && empty && zero);
  EXPECT_EQ(Raw(*absent), Bytes(LayoutOf(survey).bytes()));
  EXPECT_EQ(Raw(*empty), Raw(*absent));
  EXPECT_NE(Raw(*zero), Raw(*absent));
  EXPECT_EQ(DecodeRow(survey, Raw(*absent)).at("wealth"), "");
  EXPECT_EQ(DecodeRow(survey, Raw(*zero)).at("wealth"), "0");
}

TEST(Row, RefusesAMissingCellWhereNoneMayBe) {
  EXPECT_EQ(Message(With({Number("x", 0, 0, 9, false)}), {}),
            "the value of column \"x\" may not be left empty; write a whole number from 0 to 9");
  EXPECT_NE(Message(With({Unique("u")}), {{"u", "  "}}), "accepted");
  EXPECT_NE(Message(With({Category("c", {"a", "b"}, false)}), {{"c", ""}}), "accepted");
}

TEST(Row, RefusesNumbersBeyondTheLimits) {
  const Survey survey = With({Number("x", 2, -150, 100000, false)});
  const std::string want =
      "the value of column \"x\" is out of range; write a number from -1.50 to 1000.00 with at most 2 digits "
      "after "
      "the point";
  EXPECT_EQ(Message(survey, {{"x", "-1.51"}}), want);
  EXPECT_EQ(Message(survey, {{"x", "1000.01"}}), want);
  EXPECT_EQ(Message(survey, {{"x", "999999999999999999"}}), want);
  EXPECT_EQ(Message(survey, {{"x", "-999999999999999999"}}), want);
}

TEST(Row, RefusesANumberThatOverflowsAtTheColumnsScale) {
  const Survey survey = With({Number("x", 18, 0, 999'999'999'999'999'999, false)});
  EXPECT_NE(Message(survey, {{"x", "999999999999999999"}}).find("out of range"), std::string::npos);
}

TEST(Row, RefusesWhatIsNoNumber) {
  const Survey survey = With({Number("x", 2, 0, 100000, false)});
  EXPECT_NE(Message(survey, {{"x", "12,5"}}).find("decimal comma"), std::string::npos);
  EXPECT_NE(Message(survey, {{"x", "1e5"}}).find("exponent"), std::string::npos);
  EXPECT_NE(Message(survey, {{"x", "lots"}}).find("not a number"), std::string::npos);
}

TEST(Row, RefusesUnknownCategoriesAndNamesTheKnownOnes) {
  const Survey survey = With({Category("c", {"north", "south"}, false)});
  EXPECT_EQ(Message(survey, {{"c", "North"}}),
            "the value of column \"c\" is not a category of it; write one of \"north\", \"south\"");
}

TEST(Row, NamesAtMostTwelveCategories) {
  std::vector<std::string> categories;
  for (int i = 0; i < 256; ++i) categories.push_back("k" + std::to_string(i));
  const std::string message = Message(With({Category("c", categories, false)}), {{"c", "x"}});
  EXPECT_NE(message.find("\"k11\" or 244 more that the survey lists"), std::string::npos);
  EXPECT_EQ(message.find("k12"), std::string::npos);
}

TEST(Row, RefusesUniqueTextThatIsTooLongOrNotPrintable) {
  const Survey survey = With({Unique("u")});
  EXPECT_EQ(Message(survey, {{"u", "0123456789abcdef"}}), "accepted");
  EXPECT_NE(Message(survey, {{"u", "0123456789abcdefg"}}).find("too long"), std::string::npos);
  EXPECT_NE(Message(survey, {{"u", "caf\xc3\xa9"}}).find("other characters"), std::string::npos);
  EXPECT_NE(Message(survey, {{"u", std::string("a\0b", 3)}}).find("other characters"), std::string::npos);
  EXPECT_NE(Message(survey, {{"u", "a\x7f"}}).find("other characters"), std::string::npos);
}

TEST(Row, RefusesColumnsTheSurveyDoesNotHaveWithoutRepeatingThem) {
  EXPECT_EQ(Message(With({Number("x", 0, 0, 9, true), Number("y", 0, 0, 9, true)}), {{"4321", "1"}}),
            "an answer names a column that the survey does not have; its columns are x, y");
}

TEST(Row, NeverRepeatsTheValueInAnError) {
  const Survey survey = Mixed();
  const Cells good = {{"change", "1"}, {"account", "someone"}, {"region", "south"}, {"wealth", "3"}};
  ASSERT_EQ(Message(survey, good), "accepted");
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"change", "98765.43"},     {"change", "7.8765"},    {"change", "$6543"},
      {"change", "8.7e65"},       {"wealth", "87654321"},  {"wealth", "-7654"},
      {"wealth", "secretive"},    {"region", "secretive"}, {"account", "secretive 0123456789"},
      {"account", "secretive\n"}, {"secretive", "1"}};
  for (const auto& [name, value] : bad) {
    Cells cells = good;
    cells[name] = value;
    const std::string message = Message(survey, cells);
    EXPECT_NE(message, "accepted") << name;
    EXPECT_EQ(message.find(value), std::string::npos) << message;
    EXPECT_EQ(message.find("secretive"), std::string::npos) << message;
  }
}

TEST(Row, ShowsAnIndexBeyondTheCategoriesAsANumber) {
  const Survey survey = With({Category("c", {"a", "b", "c"}, false)});
  EXPECT_EQ(DecodeRow(survey, Bytes{3}).at("c"), "#3");
}

TEST(Row, MovesLeaveNothingBehind) {
  RowBits row(Bytes{1, 2, 3});
  RowBits other(Bytes{4});
  other = std::move(row);
  EXPECT_EQ(Raw(other), (Bytes{1, 2, 3}));
  EXPECT_TRUE(Raw(row).empty());  // NOLINT(bugprone-use-after-move)
}

RC_GTEST_PROP(Row, DecodesToTheNumberThatWasEncoded, ()) {
  const auto scale = *rc::gen::inRange(0u, 9u);
  const auto low = *rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000);
  const auto high = low + *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000);
  const auto units = *rc::gen::inRange(low, high + 1);
  const std::string text = FormatDecimal({units, scale});
  RC_ASSERT(Through(Number("x", scale, low, high, *rc::gen::arbitrary<bool>()), text) == text);
}

RC_GTEST_PROP(Row, IsRebuiltFromWhatItShows, ()) {
  const Survey survey = Mixed();
  Cells cells;
  cells["change"] = FormatDecimal({*rc::gen::inRange<std::int64_t>(-2000, 1501), 2});
  cells["account"] = "u" + std::to_string(*rc::gen::arbitrary<std::uint32_t>());
  if (*rc::gen::arbitrary<bool>()) cells["region"] = *rc::gen::elementOf(survey.columns[1].categories);
  if (*rc::gen::arbitrary<bool>()) cells["wealth"] = std::to_string(*rc::gen::inRange(0, 1'000'001));
  const auto row = EncodeRow(survey, cells);
  RC_ASSERT(row.has_value());
  RC_ASSERT((Raw(*row).back() & 0xf0) == 0);  // 164 bits in 21 bytes
  const auto again = EncodeRow(survey, DecodeRow(survey, Raw(*row)));
  RC_ASSERT(again.has_value());
  RC_ASSERT(Raw(*again) == Raw(*row));
}

RC_GTEST_PROP(Row, SurvivesAnyTextInACell, (const std::string& text)) {
  const Survey survey = Mixed();
  const auto row = EncodeRow(survey, {{"change", text}, {"account", text}, {"region", text}});
  if (!row) RC_ASSERT(row.error().code() == ErrorCode::kInvalidArgument);
}

RC_GTEST_PROP(Row, ShowsAnyBits, ()) {
  const Survey survey = Mixed();
  const auto bytes = *rc::gen::container<Bytes>(LayoutOf(survey).bytes(), rc::gen::arbitrary<std::uint8_t>());
  RC_ASSERT(DecodeRow(survey, bytes).size() == survey.columns.size());
}

}  // namespace
}  // namespace mpcstats
