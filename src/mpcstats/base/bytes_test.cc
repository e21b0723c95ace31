#include "mpcstats/base/bytes.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace mpcstats {
namespace {

TEST(Hex, ReadsBothCasesOfEveryDigit) {
  EXPECT_EQ(FromHex("00fF09aAc1"), (Bytes{0x00, 0xff, 0x09, 0xaa, 0xc1}));
  EXPECT_EQ(FromHex(""), Bytes());
}

TEST(Hex, ReadsBackWhatItWroteForEveryByte) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(FromHex(ToHex(all)), all);
}

TEST(Hex, RefusesEveryOtherCharacterInEitherPlace) {
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool digit = std::isxdigit(c) != 0;
    EXPECT_EQ(FromHex(std::string{character, '0'}).has_value(), digit) << c;
    EXPECT_EQ(FromHex(std::string{'0', character}).has_value(), digit) << c;
  }
}

TEST(Hex, RefusesAnOddLengthAndPrefixes) {
  EXPECT_FALSE(FromHex("0").has_value());
  EXPECT_FALSE(FromHex("abc").has_value());
  EXPECT_FALSE(FromHex("0x12").has_value());
  EXPECT_FALSE(FromHex("12 34 ").has_value());
}

}  // namespace
}  // namespace mpcstats
