#include "mpcstats/table/column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mpcstats {
namespace {

using testing::ElementsAre;
using Cells = std::vector<std::string_view>;

NumericColumn Infer(const Cells& cells) { return InferColumn("x", cells).value(); }

std::string Message(const Cells& cells) {
  const auto column = InferColumn("x", cells);
  if (column) return "accepted";
  EXPECT_EQ(column.error().code(), ErrorCode::kInvalidArgument);
  return column.error().message();
}

TEST(ColumnType, IsTheSmallestForTheMagnitude) {
  EXPECT_EQ(ColumnType::For(0, false, 0), (ColumnType{1, false, 0}));
  EXPECT_EQ(ColumnType::For(1, false, 0), (ColumnType{1, false, 0}));
  EXPECT_EQ(ColumnType::For(255, false, 2), (ColumnType{8, false, 2}));
  EXPECT_EQ(ColumnType::For(256, true, 2), (ColumnType{10, true, 2}));
  EXPECT_EQ(ColumnType::For(kDecimalUnitsEnd - 1, true, 0), (ColumnType{61, true, 0}));
}

TEST(ColumnType, NamesItselfForPeople) {
  EXPECT_EQ((ColumnType{21, true, 2}).Name(), "signed 21-bit, scale 2");
  EXPECT_EQ((ColumnType{1, false, 0}).Name(), "unsigned 1-bit, scale 0");
}

TEST(ColumnType, EncodesWithTheOffset) {
  const ColumnType type = ColumnType::For(5, true, 0);  // 3 magnitude bits
  EXPECT_EQ(type.Offset(), 8u);
  EXPECT_EQ(type.Encode(-5), 3u);
  EXPECT_EQ(type.Encode(5), 13u);
  EXPECT_EQ(type.Decode(13), 5);
  EXPECT_EQ(ColumnType::For(5, false, 0).Encode(5), 5u);
}

TEST(ColumnTypeDeath, EncodeStopsOnAValueOutsideTheType) {
  const ColumnType type = ColumnType::For(5, true, 0);
  EXPECT_DEATH((void)type.Encode(8), "");
  EXPECT_DEATH((void)type.Encode(-8), "");
  EXPECT_DEATH((void)ColumnType::For(5, false, 0).Encode(-1), "");
}

TEST(ColumnTypeDeath, DecodeStopsOnTooManyBits) {
  EXPECT_DEATH((void)ColumnType::For(5, true, 0).Decode(16), "");
}

TEST(ColumnTypeDeath, ForStopsAboveEighteenDigits) {
  EXPECT_DEATH((void)ColumnType::For(kDecimalUnitsEnd, false, 0), "");
}

TEST(Column, TakesTheLargestScale) {
  const NumericColumn column = Infer({"3.6", "54", "3.333", "-1.50"});
  EXPECT_THAT(column.units, ElementsAre(3600, 54000, 3333, -1500));
  EXPECT_EQ(column.type, (ColumnType{17, true, 3}));
}

TEST(Column, TakesSpacesAndNothingAsMissing) {
  const NumericColumn column = Infer({"1", "", "  ", "0.5"});
  EXPECT_THAT(column.units, ElementsAre(10, 0, 0, 5));
  EXPECT_THAT(column.valid, ElementsAre(1, 0, 0, 1));
}

TEST(Column, OfMissingCellsOnlyHasOneBit) {
  EXPECT_EQ(Infer({"", ""}).type, (ColumnType{1, false, 0}));
  EXPECT_EQ(Infer({}).type, (ColumnType{1, false, 0}));
}

TEST(Column, OfMinusZeroIsUnsigned) { EXPECT_FALSE(Infer({"-0", "1"}).type.is_signed); }

TEST(Column, OfZerosKeepsTheirScale) { EXPECT_EQ(Infer({"0.00", "0"}).type, (ColumnType{1, false, 2})); }

TEST(Column, AcceptsEighteenDigitsAfterAlignment) {
  EXPECT_THAT(Infer({"0.5", "99999999999999999"}).units, ElementsAre(5, 999999999999999990));
  EXPECT_THAT(Infer({"-999999999999999999", "1"}).units, ElementsAre(-999999999999999999, 1));
  EXPECT_EQ(Infer({"-999999999999999999"}).type.bits, 61u);
}

TEST(Column, RejectsAValueTooLongForAnEarlierFraction) {
  EXPECT_EQ(Message({"0.25", "1", "12345678901234567"}),
            "row 3: column \"x\": \"12345678901234567\" and a value in row 1 need more than 18 digits when "
            "both have "
            "2 decimals; round the longer fraction or choose a larger unit");
}

TEST(Column, RejectsAFractionTooLongForAnEarlierValue) {
  EXPECT_EQ(Message({"1", "-123456789012345678", "0.1"}),
            "row 3: column \"x\": \"0.1\" and the value in row 2 need more than 18 digits when both have 1 "
            "decimal; "
            "round the longer fraction or choose a larger unit");
}

TEST(Column, RejectsTextWithItsPlaceAndFix) {
  EXPECT_EQ(Message({"1", "abc"}),
            "row 2: column \"x\": \"abc\" is not a number; remove it (an empty cell means missing) or choose "
            "another "
            "column");
}

TEST(Column, CutsAndEscapesTheTextItShows) {
  const std::string longer(100, 'z');
  EXPECT_EQ(
      Message({"a\n\x1b"}),
      "row 1: column \"x\": \"a\\n\\x1b\" is not a number; remove it (an empty cell means missing) or choose "
      "another column");
  EXPECT_THAT(Message({longer}), testing::HasSubstr(" \"" + longer.substr(0, 40) + "...\" is not a number"));
}

TEST(Column, RejectsWordsForMissingWithTheirFix) {
  for (const char* text : {"NA", "N/A", "null", "NULL", "-", "NaN", "None", ".", "—", "\\N", "#N/A"}) {
    const std::string want = "row 1: column \"x\": \"" + std::string(text) +
                             "\" is not a number; leave the cell empty for missing";
    EXPECT_EQ(Message({text}), want);
  }
}

TEST(Column, RejectsOtherNumberFormatsWithTheirFix) {
  EXPECT_EQ(Message({"1,234"}),
            "row 1: column \"x\": \"1,234\" has thousands separators; remove them (write 1234, not 1,234 or "
            "1 234)");
  EXPECT_EQ(Message({"1e5"}),
            "row 1: column \"x\": \"1e5\" has an exponent; write the number out (100000, not 1e5)");
  EXPECT_EQ(Message({"$5"}), "row 1: column \"x\": \"$5\" has a currency sign; remove it (write 5, not $5)");
  EXPECT_EQ(Message({"1234567890123456789"}),
            "row 1: column \"x\": \"1234567890123456789\" has more than 18 digits; round it, remove trailing "
            "zeros or "
            "choose a larger unit");
}

RC_GTEST_PROP(ColumnProperty, EveryCellKeepsItsValue, ()) {
  struct Cell {
    std::int64_t units;
    unsigned scale;
  };
  const auto count = *rc::gen::inRange<std::size_t>(1, 30);
  std::vector<std::string> texts;
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < count; ++i) {
    cells.push_back(
        {*rc::gen::inRange<std::int64_t>(-999'999'999, 1'000'000'000), *rc::gen::inRange(0u, 10u)});
    texts.push_back(FormatDecimal({cells.back().units, cells.back().scale}));
  }
  const NumericColumn column = Infer(Cells(texts.begin(), texts.end()));
  for (std::size_t i = 0; i < count; ++i) {
    __int128 want = cells[i].units;
    for (unsigned s = cells[i].scale; s < column.type.scale; ++s) want *= 10;
    RC_ASSERT(static_cast<__int128>(column.units[i]) == want);
    RC_ASSERT(column.type.Decode(column.type.Encode(column.units[i])) == column.units[i]);
  }
}

}  // namespace
}  // namespace mpcstats
