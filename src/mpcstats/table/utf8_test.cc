#include "mpcstats/table/utf8.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

TEST(Utf8, AcceptsOneToFourByteCharacters) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("income"));
  EXPECT_TRUE(IsUtf8("größe €"));
  EXPECT_TRUE(IsUtf8("\U0001f600\U0010ffff"));
}

TEST(Utf8, RejectsWhatRfc3629Forbids) {
  EXPECT_FALSE(
      IsUtf8("gr\xf6\xdf"
             "e"));                          // Latin-1
  EXPECT_FALSE(IsUtf8("\x80"));              // continuation first
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(IsUtf8("\xe0\x80\xaf"));      // overlong
  EXPECT_FALSE(IsUtf8("\xf0\x80\x80\xaf"));  // overlong
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsUtf8("\xe2\x82"));          // cut short
}

TEST(QuoteForMessage, ShowsPlainTextAsItIs) { EXPECT_EQ(QuoteForMessage("5 € net"), "\"5 € net\""); }

TEST(QuoteForMessage, CutsAfterFortyCharactersNotBytes) {
  std::string text;
  std::string want = "\"";
  for (int i = 0; i < 41; ++i) text += "é";
  for (int i = 0; i < 40; ++i) want += "é";
  EXPECT_EQ(QuoteForMessage(text), want + "...\"");
}

TEST(QuoteForMessage, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(QuoteForMessage("a\nb\tc\r"), "\"a\\nb\\tc\\r\"");
  EXPECT_EQ(QuoteForMessage("\x1b[2J"), "\"\\x1b[2J\"");
  EXPECT_EQ(QuoteForMessage("\u202e12"), "\"\\u{202e}12\"");
}

TEST(QuoteForMessage, EscapesBytesThatAreNotUtf8) { EXPECT_EQ(QuoteForMessage("a\xff\x62"), "\"a\\xffb\""); }

}  // namespace
}  // namespace mpcstats
