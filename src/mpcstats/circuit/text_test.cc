#include "mpcstats/circuit/text.h"

#include <gtest/gtest.h>

#include "mpcstats/circuit/text_testing.h"

namespace mpcstats {
namespace {

using Value = std::optional<std::uint64_t>;

TextReader LengthReader(std::size_t min_length, std::size_t max_length) {
  return {max_length + 1, [=](CircuitBuilder& builder, WireSpan window, Wires& faults) {
            const Wires ends = FindEnd(builder, window, '"', min_length, max_length, faults);
            CheckBytes(builder, window, ends, BytesFromTo('a', 'z'), faults);
            return LengthOf(builder, ends);
          }};
}

TEST(Text, EndsAtTheFirstTerminator) {
  const TextReader reader = LengthReader(1, 5);
  EXPECT_EQ(reader.ReadOne("a\"b\"cd"), Value(1));
  EXPECT_EQ(reader.ReadOne("abcde\""), Value(5));
  EXPECT_EQ(reader.ReadOne("ab\"\"\"\""), Value(2));
}

TEST(Text, IsAFaultWithoutTerminatorInTheWindow) {
  const TextReader reader = LengthReader(1, 5);
  EXPECT_EQ(reader.ReadOne("abcdef"), std::nullopt);
  EXPECT_EQ(reader.ReadOne(""), std::nullopt);
}

TEST(Text, IsAFaultWhenTooShort) {
  EXPECT_EQ(LengthReader(1, 5).ReadOne("\"abcd\""), std::nullopt);
  EXPECT_EQ(LengthReader(3, 5).ReadOne("ab\"cd\""), std::nullopt);
  EXPECT_EQ(LengthReader(0, 5).ReadOne("\""), Value(0));
}

TEST(Text, IsAFaultForAByteOutsideItsSet) {
  const TextReader reader = LengthReader(1, 5);
  for (const char* text : {"aB\"", "a\\\"b\"", "a\n\"", "\xc3\xa9\""})
    EXPECT_EQ(reader.ReadOne(text), std::nullopt);
  // What stands behind the end is nobody's business.
  EXPECT_EQ(reader.ReadOne("ab\"\x01\xff"), Value(2));
}

TEST(Text, AgreesWithAPlainReaderOnRandomWindows) {
  constexpr std::uint64_t kSeed = 2;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  TestNumbers random(kSeed);
  std::vector<std::string> windows(10000);
  for (std::string& window : windows) {
    for (int i = 0; i < 9; ++i) window += random.From("abcdefgh\"\"A");
  }
  const auto lengths = LengthReader(2, 8).Read(windows);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::size_t end = windows[i].find('"');
    const bool good = end != std::string::npos && end >= 2 && windows[i].find('A') >= end;
    ASSERT_EQ(lengths[i], good ? Value(end) : std::nullopt) << windows[i];
  }
}

TEST(Text, MasksWhatStandsBehindTheEnd) {
  const TextReader reader(9, [](CircuitBuilder& builder, WireSpan window, Wires& faults) {
    return MaskedText(builder, window, FindEnd(builder, window, '"', 1, 8, faults));
  });
  EXPECT_EQ(reader.ReadOne("ab\"cdefgh"), Value(0x6261));
  EXPECT_EQ(reader.ReadOne("abcdefgh\""), Value(0x6867666564636261));
}

TEST(Text, KnownEndsCostNothing) {
  CircuitBuilder builder;
  for (const Wire wire : LengthOf(builder, KnownEnd(5))) EXPECT_TRUE(wire.is_constant());
  const Wires inside = InsideOf(builder, KnownEnd(3));
  EXPECT_EQ(inside, Wires(3, CircuitBuilder::Constant(true)));
}

TEST(Choice, NamesTheValueThatStandsThere) {
  const std::vector<std::string> values = {"A", "AB", "spot", "margin"};
  const TextReader reader(7, [&](CircuitBuilder& builder, WireSpan window, Wires& faults) {
    return ChoiceOf(builder, window, '"', values, faults).one_hot;
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(reader.ReadOne(values[i] + "\"x"), Value(std::uint64_t{1} << i)) << values[i];
  }
  std::size_t bytes = 0;
  for (const std::string& value : values) bytes += value.size();
  EXPECT_LE(reader.circuit().and_count(), 8 * (bytes + values.size()));
}

TEST(Choice, IsAFaultForEverythingElse) {
  const std::vector<std::string> values = {"A", "AB", "spot"};
  const TextReader reader(5, [&](CircuitBuilder& builder, WireSpan window, Wires& faults) {
    return ChoiceOf(builder, window, '"', values, faults).one_hot;
  });
  for (const char* text : {"", "B\"", "ABC\"", "Spot\"", "spot", "spo\"", "A ", "\"A\""}) {
    EXPECT_EQ(reader.ReadOne(text), std::nullopt) << text;
  }
}

TEST(ShiftBytes, TakesBytesFromEveryPlace) {
  for (const std::size_t out_bytes : {1u, 3u, 8u}) {
    const TextReader reader(20, [=](CircuitBuilder& builder, WireSpan window, Wires&) {
      return ShiftBytes(builder, window.subspan(8), window.first(4), out_bytes);
    });
    const std::string text = "abcdefghijklmnopqrs";
    for (std::size_t amount = 0; amount < 16; ++amount) {
      std::uint64_t expected = 0;
      for (std::size_t i = 0; i < out_bytes && amount + i < text.size(); ++i) {
        expected |= static_cast<std::uint64_t>(text[amount + i]) << (8 * i);
      }
      EXPECT_EQ(reader.ReadOne(static_cast<char>(amount) + text), Value(expected)) << amount;
    }
  }
}

TEST(ShiftBytes, AlignsA32ByteTailForAboutTwoThousandGates) {
  CircuitBuilder builder;
  const Wires bytes = builder.AddInput(8 * 63);
  const Wires amount = builder.AddInput(5);
  builder.AddOutput(ShiftBytes(builder, bytes, amount, 32));
  EXPECT_LE(std::move(builder).Finish().and_count(), 1600u);
}

TEST(TextDeathTest, StopsOnAWindowThatIsTooSmall) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires window = builder.AddInput(40);
  Wires faults;
  EXPECT_DEATH(static_cast<void>(FindEnd(builder, window, '"', 1, 5, faults)), "window");
  EXPECT_DEATH(static_cast<void>(FindEnd(builder, window, '"', 4, 3, faults)), "min_length");
}

}  // namespace
}  // namespace mpcstats
