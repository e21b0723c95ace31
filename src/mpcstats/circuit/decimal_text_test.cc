#include "mpcstats/circuit/decimal_text.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "mpcstats/circuit/text.h"
#include "mpcstats/circuit/text_testing.h"

namespace mpcstats {
namespace {

using Value = std::optional<std::uint64_t>;

constexpr unsigned kSignBit = 63;

// The magnitude, with the sign at bit 63.
TextReader HiddenReader(const DecimalShape& shape, char terminator = '"') {
  return {shape.MaxLength() + 1, [=](CircuitBuilder& builder, WireSpan window, Wires& faults) {
            const Wires ends = FindEnd(builder, window, static_cast<std::uint8_t>(terminator),
                                       shape.MinLength(), shape.MaxLength(), faults);
            DecimalWires number = DecimalOf(builder, window, ends, shape, faults);
            number.magnitude.resize(kSignBit + 1);
            number.magnitude[kSignBit] = number.negative;
            return number.magnitude;
          }};
}

TextReader PublicReader(const DecimalShape& shape, std::size_t length) {
  return {length, [=](CircuitBuilder& builder, WireSpan window, Wires& faults) {
            return DecimalOf(builder, window, KnownEnd(length), shape, faults).magnitude;
          }};
}

// The rule written down once more, character by character.
Value Plain(std::string_view text, const DecimalShape& shape) {
  const bool negative = shape.negative && text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::string_view integer = text.substr(0, text.find('.'));
  const bool has_point = integer.size() < text.size();
  const std::string_view fraction = has_point ? text.substr(integer.size() + 1) : std::string_view();
  const std::string digits = std::string(integer) + std::string(fraction);
  if (integer.empty() || integer.size() > shape.integer_digits) return std::nullopt;
  if (has_point && fraction.empty()) return std::nullopt;
  if (fraction.size() < shape.min_fraction || fraction.size() > shape.max_fraction) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  if (!shape.leading_zeros && integer.size() > 1 && integer[0] == '0') return std::nullopt;
  std::uint64_t value = std::strtoull(digits.c_str(), nullptr, 10);
  for (std::size_t i = fraction.size(); i < shape.scale; ++i) value *= 10;
  return value | (std::uint64_t{negative} << kSignBit);
}

std::string RandomText(TestNumbers& random, const DecimalShape& shape) {
  std::string text;
  if (shape.negative && random.Below(2) == 0) text += '-';
  const std::size_t integer = 1 + random.Below(shape.integer_digits);
  for (std::size_t i = 0; i < integer; ++i) text += random.From(i == 0 ? "1234567890" : "0012345678999");
  const std::size_t fraction = shape.min_fraction + random.Below(shape.max_fraction - shape.min_fraction + 1);
  if (fraction > 0) text += '.';
  for (std::size_t i = 0; i < fraction; ++i) text += random.From("0012345678999");
  // One text in three is damaged somewhere.
  if (random.Below(3) == 0) {
    const std::size_t at = random.Below(text.size() + 1);
    switch (random.Below(3)) {
      case 0: text.insert(at, 1, random.From("0159.-+e ,'/:\xd9")); break;
      case 1: text.erase(at < text.size() ? at : 0, 1); break;
      default: text[at < text.size() ? at : 0] = random.From("05.-+eE x/:\x80"); break;
    }
  }
  return text;
}

const std::vector<DecimalShape> kShapes = {
    {.integer_digits = 1},
    {.integer_digits = 11},
    {.integer_digits = 18},
    {.integer_digits = 18, .leading_zeros = true},
    {.integer_digits = 10, .max_fraction = 8, .scale = 8},
    {.integer_digits = 10, .min_fraction = 8, .max_fraction = 8, .scale = 8},
    {.integer_digits = 4, .min_fraction = 1, .max_fraction = 3, .scale = 5},
    {.integer_digits = 3, .max_fraction = 2, .scale = 2, .negative = true},
    {.integer_digits = 1, .max_fraction = 17, .scale = 17, .negative = true},
    {.integer_digits = 6,
     .min_fraction = 2,
     .max_fraction = 2,
     .scale = 2,
     .negative = true,
     .leading_zeros = true},
};

TEST(DecimalOf, AgreesWithThePlainRuleOnTenThousandTextsAShape) {
  for (std::size_t s = 0; s < kShapes.size(); ++s) {
    SCOPED_TRACE(testing::Message() << "shape and seed " << s);
    TestNumbers random(s);
    std::vector<std::string> texts(10000);
    for (std::string& text : texts) text = RandomText(random, kShapes[s]);
    std::vector<std::string> windows;
    for (const std::string& text : texts) windows.push_back(text + "\"9.\"");
    for (std::string& window : windows) window.resize(kShapes[s].MaxLength() + 1, '7');
    const auto values = HiddenReader(kShapes[s]).Read(windows);
    std::size_t good = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bool fits = texts[i].size() <= kShapes[s].MaxLength();
      ASSERT_EQ(values[i], fits ? Plain(texts[i], kShapes[s]) : std::nullopt) << texts[i];
      good += values[i].has_value() ? 1 : 0;
    }
    EXPECT_GT(good, 3000u);
    EXPECT_LT(good, 9800u);
  }
}

TEST(DecimalOf, ReadsAmountsExactly) {
  const TextReader reader = HiddenReader({.integer_digits = 10, .max_fraction = 8, .scale = 8});
  const std::vector<std::pair<const char*, std::uint64_t>> amounts = {
      {"0", 0},
      {"0.00", 0},
      {"0.09", 9'000'000},
      {"0.57", 57'000'000},
      {"1.5", 150'000'000},
      {"1.50", 150'000'000},
      {"1000000.01", 100'000'001'000'000},
      {"0.00000001", 1},
      {"9999999999.99999999", 999'999'999'999'999'999}};
  for (const auto& [text, units] : amounts)
    EXPECT_EQ(reader.ReadOne(std::string(text) + "\""), Value(units)) << text;
}

TEST(DecimalOf, RefusesNineteenDigits) {
  const TextReader reader = HiddenReader({.integer_digits = 18, .leading_zeros = true});
  EXPECT_EQ(reader.ReadOne("999999999999999999\""), Value(999'999'999'999'999'999));
  EXPECT_EQ(reader.ReadOne("9999999999999999999\""), std::nullopt);
  EXPECT_EQ(reader.ReadOne("18446744073709551617\""), std::nullopt);
}

TEST(DecimalOf, RefusesEverySpellingThatIsNotPlain) {
  const TextReader reader =
      HiddenReader({.integer_digits = 6, .max_fraction = 4, .scale = 4, .negative = true});
  for (const char* text :
       {"",      "1e9",  "+1",      "1,5",     "1.",       ".5",           ".",   "-",     "-.5",
        "1.2.3", "1..2", " 1",      "1 ",      "--1",      "1-",           "0x1", "NaN",   "007",
        "-01",   "00",   "1.23456", "1234567", "\xd9\xa1", "\xef\xbc\x91", "1\n", "1'000", "\\u0031"}) {
    EXPECT_EQ(reader.ReadOne(std::string(text) + "\""), std::nullopt) << text;
  }
  EXPECT_EQ(reader.ReadOne("12.5"), std::nullopt);  // no terminator
  EXPECT_EQ(reader.ReadOne("-12.5\""), Value(125'000 | std::uint64_t{1} << kSignBit));
}

TEST(DecimalOf, TakesLeadingZerosOnlyWhereTheShapeDoes) {
  EXPECT_EQ(HiddenReader({.integer_digits = 4}).ReadOne("0012\""), std::nullopt);
  EXPECT_EQ(HiddenReader({.integer_digits = 4, .leading_zeros = true}).ReadOne("0012\""), Value(12));
}

TEST(DecimalOf, WantsAsManyDecimalsAsTheShapeSays) {
  const TextReader reader =
      HiddenReader({.integer_digits = 3, .min_fraction = 2, .max_fraction = 2, .scale = 2});
  EXPECT_EQ(reader.ReadOne("1.50\""), Value(150));
  for (const char* text : {"1\"", "1.5\"", "1.500\"", "150\""})
    EXPECT_EQ(reader.ReadOne(text), std::nullopt) << text;
}

TEST(DecimalOf, EndsAtAnyTerminator) {
  EXPECT_EQ(HiddenReader({.integer_digits = 4}, ',').ReadOne("12,34"), Value(12));
  EXPECT_EQ(HiddenReader({.integer_digits = 4}, '}').ReadOne("12,3}"), std::nullopt);
}

TEST(DecimalOf, ReadsTextsOfPublicLength) {
  EXPECT_EQ(PublicReader({.integer_digits = 8}, 8).ReadOne("12345678"), Value(12345678));
  EXPECT_EQ(PublicReader({.integer_digits = 8}, 8).ReadOne("1234567x"), std::nullopt);
  const DecimalShape shape{.integer_digits = 6, .max_fraction = 6, .scale = 6};
  for (const char* text : {"12.3456", "1234.56", "1.23456", "123.456"}) {
    EXPECT_EQ(PublicReader(shape, 7).ReadOne(text), Plain(text, shape)) << text;
  }
  EXPECT_EQ(PublicReader(shape, 7).ReadOne("1234567"), std::nullopt);
  EXPECT_EQ(PublicReader({.integer_digits = 4}, 5).ReadOne("12345"), std::nullopt);
}

TEST(DecimalOf, StaysBelowItsDeclaredCounts) {
  EXPECT_LE(HiddenReader({.integer_digits = 11}).circuit().and_count(), 552u);
  EXPECT_LE(HiddenReader({.integer_digits = 15}).circuit().and_count(), 824u);
  EXPECT_LE(HiddenReader({.integer_digits = 18}).circuit().and_count(), 1140u);
  EXPECT_LE(HiddenReader({.integer_digits = 5, .max_fraction = 5, .scale = 5}).circuit().and_count(), 541u);
  EXPECT_LE(HiddenReader({.integer_digits = 10, .max_fraction = 8, .scale = 8}).circuit().and_count(), 1220u);
  EXPECT_LE(HiddenReader({.integer_digits = 11, .negative = true}).circuit().and_count(), 552u + 70u);
  EXPECT_LE(PublicReader({.integer_digits = 8}, 8).circuit().and_count(), 163u);
  EXPECT_LE(PublicReader({.integer_digits = 18}, 18).circuit().and_count(), 602u);
}

TEST(DigitsToBinary, ConvertsEveryNumberOfFourDigits) {
  const TextReader reader(4, [](CircuitBuilder& builder, WireSpan window, Wires&) {
    std::vector<Wires> digits;
    for (std::size_t i = 0; i < 4; ++i)
      digits.emplace_back(window.begin() + 8 * i, window.begin() + 8 * i + 4);
    return DigitsToBinary(builder, digits);
  });
  std::vector<std::string> texts;
  for (unsigned n = 0; n < 10000; ++n) texts.push_back(std::to_string(10000 + n).substr(1));
  const auto values = reader.Read(texts);
  for (unsigned n = 0; n < 10000; ++n) ASSERT_EQ(values[n], Value(n));
}

TEST(CheckRange, AcceptsExactlyTheRange) {
  const auto reader = [](std::uint64_t low, std::uint64_t high) {
    return TextReader(1, [=](CircuitBuilder& builder, WireSpan window, Wires& faults) {
      CheckRange(builder, window, low, high, faults);
      return Wires(window.begin(), window.end());
    });
  };
  for (const auto& [low, high] : {std::pair{0u, 255u}, {0u, 9u}, {18u, 18u}, {200u, 255u}, {3u, 250u}}) {
    const TextReader range = reader(low, high);
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool inside = byte >= low && byte <= high;
      EXPECT_EQ(range.ReadOne(std::string(1, static_cast<char>(byte))), inside ? Value(byte) : std::nullopt);
    }
  }
  EXPECT_EQ(reader(300, 400).ReadOne("x"), std::nullopt);
}

TEST(DecimalOfDeathTest, StopsOnAShapeOfMoreThanEighteenDigits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(HiddenReader({.integer_digits = 11, .max_fraction = 8, .scale = 8}), "kMostDigits");
  EXPECT_DEATH(PublicReader({.integer_digits = 0}, 1), "integer_digits");
  EXPECT_DEATH(HiddenReader({.integer_digits = 1, .max_fraction = 3, .scale = 2}), "scale");
}

}  // namespace
}  // namespace mpcstats
