#include "mpcstats/circuit/bristol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/circuit_testing.h"
#include "mpcstats/circuit/keccak.h"
#include "mpcstats/circuit/sha256.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

// A full adder of bits x, y, z: outputs sum and carry.
constexpr std::string_view kFullAdder =
    "5 8\n3 1 1 1\n2 1 1\n\n2 1 0 2 3 XOR\n2 1 1 2 4 XOR\n2 1 3 4 5 AND\n2 1 3 1 6 XOR\n2 1 5 2 7 XOR\n";

void ExpectRoundTrip(const Circuit& circuit, BristolFormat format) {
  const auto text = ExportBristol(circuit, format);
  ASSERT_TRUE(text.has_value()) << text.error().message();
  const auto again = ImportBristol(*text, format);
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->input_widths(), circuit.input_widths());
  EXPECT_EQ(again->outputs().size(), circuit.outputs().size());
  EXPECT_EQ(again->and_count(), circuit.and_count());
  EXPECT_EQ(again->and_depth(), circuit.and_depth());
  EXPECT_EQ(again->gates().size(), circuit.gates().size());
  SeededRng rng(7);
  std::vector<std::uint64_t> inputs(circuit.input_bits());
  for (std::uint64_t& word : inputs) word = rng.Word();
  const auto expected = EvaluateLanes(circuit, inputs);
  const auto actual = EvaluateLanes(*again, inputs);
  ASSERT_TRUE(expected.has_value() && actual.has_value());
  EXPECT_TRUE(std::equal(expected->span().begin(), expected->span().end(), actual->span().begin(),
                         actual->span().end()));
}

TEST(Bristol, RoundTripsTheStandardCircuits) {
  for (const BristolFormat format : {BristolFormat::kFashion, BristolFormat::kOld}) {
    ExpectRoundTrip(MakeAes128Circuit(), format);
    ExpectRoundTrip(MakeSha256CompressCircuit(), format);
    ExpectRoundTrip(MakeSha256Circuit(3), format);
    ExpectRoundTrip(MakeKeccakF1600Circuit(), format);
  }
}

Circuit MakeAwkwardCircuit(std::size_t outputs) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(2);
  const Wires b = builder.AddInput(1);
  const Wire product = builder.And(a[0], b[0]);
  const Wires wires = {product,
                       a[1],
                       product,
                       CircuitBuilder::Constant(true),
                       CircuitBuilder::Not(product),
                       a[1],
                       CircuitBuilder::Constant(false)};
  if (outputs == 1) {
    builder.AddOutput(wires);
  } else {
    builder.AddOutput(WireSpan(wires).first(3));
    builder.AddOutput(WireSpan(wires).subspan(3));
  }
  return std::move(builder).Finish();
}

TEST(Bristol, RoundTripsOutputsThatAreInputsConstantsOrRepeated) {
  ExpectRoundTrip(MakeAwkwardCircuit(1), BristolFormat::kOld);
  ExpectRoundTrip(MakeAwkwardCircuit(1), BristolFormat::kFashion);
  ExpectRoundTrip(MakeAwkwardCircuit(2), BristolFormat::kFashion);
}

TEST(Bristol, ReadsAFullAdder) {
  const auto circuit = ImportBristol(kFullAdder, BristolFormat::kFashion);
  ASSERT_TRUE(circuit.has_value()) << circuit.error().message();
  EXPECT_EQ(circuit->and_count(), 1u);
  EXPECT_EQ(circuit->input_widths(), (std::vector<std::size_t>{1, 1, 1}));
  for (unsigned bits = 0; bits < 8; ++bits) {
    const unsigned sum = (bits & 1) + ((bits >> 1) & 1) + (bits >> 2);

    EXPECT_EQ(EvaluateBytes(*circuit, Bytes{static_cast<std::uint8_t>(bits)}).value()[0], sum) << bits;
  }
}

TEST(Bristol, ReadsAllGatesOfTheFashion) {
  const std::string text =
      "5 9\n2 2 1\n1 4\n"
      "4 2 0 1 2 2 3 4 MAND\n"  // x0 x2, x1 x2
      "1 1 1 5 EQ\n1 1 3 6 EQW\n2 1 4 5 7 XOR\n1 1 0 8 INV\n";
  const auto circuit = ImportBristol(text, BristolFormat::kFashion);
  ASSERT_TRUE(circuit.has_value()) << circuit.error().message();
  for (unsigned x = 0; x < 8; ++x) {
    const unsigned x0 = x & 1;
    const unsigned x1 = (x >> 1) & 1;
    const unsigned x2 = x >> 2;
    const unsigned expected = 1u | (x0 & x2) << 1 | ((x1 & x2) ^ 1u) << 2 | (x0 ^ 1u) << 3;
    EXPECT_EQ(EvaluateBytes(*circuit, Bytes{static_cast<std::uint8_t>(x)}).value()[0], expected);
  }
}

TEST(Bristol, ReadsTheOldFormatWithOneInput) {
  const auto circuit = ImportBristol("1 3\n2 0 1\n2 1 0 1 2 AND\n", BristolFormat::kOld);
  ASSERT_TRUE(circuit.has_value());
  EXPECT_EQ(circuit->input_widths(), (std::vector<std::size_t>{2}));
}

TEST(Bristol, AcceptsBlankLinesAndCarriageReturns) {
  std::string text;
  for (const char c : kFullAdder) text += c == '\n' ? std::string(" \r\n\r\n") : std::string(1, c);
  EXPECT_TRUE(ImportBristol(text, BristolFormat::kFashion).has_value());
  EXPECT_TRUE(
      ImportBristol(kFullAdder.substr(0, kFullAdder.size() - 1), BristolFormat::kFashion).has_value());
}

struct BadFile {
  const char* name;
  BristolFormat format;
  std::string text;
  const char* error;
};

class BristolRejects : public testing::TestWithParam<BadFile> {};

TEST_P(BristolRejects, NamesTheLine) {
  const auto circuit = ImportBristol(GetParam().text, GetParam().format);
  ASSERT_FALSE(circuit.has_value());
  EXPECT_EQ(circuit.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(circuit.error().message(), HasSubstr(GetParam().error));
}

std::string Fashion(std::string_view gates) { return "1 3\n1 2\n1 1\n" + std::string(gates); }

constexpr BristolFormat kNew = BristolFormat::kFashion;
constexpr BristolFormat kOld = BristolFormat::kOld;

INSTANTIATE_TEST_SUITE_P(
    Files, BristolRejects,
    testing::Values(
        BadFile{"Empty", kNew, "", "line 1: the text is empty"},
        BadFile{"OnlyBlanks", kNew, "\n \n", "empty"},
        BadFile{"ShortFirstLine", kNew, "5\n", "line 1: the number of gates and of wires"},
        BadFile{"LongFirstLine", kNew, "5 5 5\n", "line 1: the number of gates and of wires"},
        BadFile{"NegativeCount", kNew, "-1 3\n", "line 1: the number of gates is not a number"},
        BadFile{"SignedCount", kNew, "1 +3\n", "line 1: the number of wires is not a number"},
        BadFile{"HexCount", kNew, "0x1 3\n", "line 1: the number of gates is not a number"},
        BadFile{"LeadingZero", kNew, "01 3\n", "line 1: the number of gates is not a number"},
        BadFile{"HugeCount", kNew, "1 99999999999999999999\n", "line 1: the number of wires is not a number"},
        BadFile{"NoInputLine", kNew, "1 3\n", "line 1: the text ends before the widths of the inputs"},
        BadFile{"NoOutputLine", kNew, "1 3\n1 2\n", "line 2: the text ends before the widths of the outputs"},
        BadFile{"NoInputs", kNew, "1 3\n0\n1 1\n", "line 2: at least one value"},
        BadFile{"NoOutputs", kNew, "1 3\n1 2\n0\n", "line 3: at least one value"},
        BadFile{"MissingWidth", kNew, "1 3\n2 2\n1 1\n", "line 2: 2 widths are expected"},
        BadFile{"ExtraWidth", kNew, "1 3\n1 2 1\n1 1\n", "line 2: 1 widths are expected"},
        BadFile{"ZeroWidth", kNew, "1 3\n1 0\n1 1\n", "line 2: a width is 0"},
        BadFile{"InputsAboveWires", kNew, "1 3\n2 2 2\n1 1\n",
                "line 2: the widths add up to more than 3 wires"},
        BadFile{"OutputsAboveWires", kNew, "1 3\n1 2\n2 2 2\n",
                "line 3: the widths add up to more than 3 wires"},
        BadFile{"WidthAboveWires", kNew, "1 3\n1 4\n1 1\n", "line 2: a width is 4"},
        BadFile{"NoGates", kNew, Fashion(""), "line 3: the text ends after 0 of 1 gates"},
        BadFile{"TooManyGates", kNew, Fashion("2 1 0 1 2 AND\n2 1 0 1 2 AND\n"),
                "line 5: text after the last"},
        BadFile{"TextAfterTheEnd", kNew, Fashion("2 1 0 1 2 AND\nend\n"), "line 5: text after the last"},
        BadFile{"ShortGate", kNew, Fashion("2 1 0 AND\n"), "line 4: a gate is expected"},
        BadFile{"UnknownGate", kNew, Fashion("2 1 0 1 2 NAND\n"), "line 4: the kind of gate is not known"},
        BadFile{"LowerCaseGate", kNew, Fashion("2 1 0 1 2 and\n"), "line 4: the kind of gate is not known"},
        BadFile{"OneOperandAnd", kNew, Fashion("1 1 0 2 AND\n"),
                "line 4: a gate AND has 2 input and 1 output"},
        BadFile{"TwoOperandInv", kNew, Fashion("2 1 0 1 2 INV\n"),
                "line 4: a gate INV has 1 input and 1 output"},
        BadFile{"ThreeOperandXor", kNew, Fashion("3 1 0 1 0 2 XOR\n"), "line 4: a gate XOR has 2 input"},
        BadFile{"CountsDisagreeWithWires", kNew, Fashion("2 1 0 1 1 2 AND\n"),
                "line 4: a gate AND has 2 input"},
        BadFile{"WireOutOfRange", kNew, Fashion("2 1 0 3 2 AND\n"),
                "line 4: a wire is 3, but has to be below 3"},
        BadFile{"ResultOutOfRange", kNew, Fashion("2 1 0 1 3 AND\n"), "line 4: a wire is 3"},
        BadFile{"NegativeWire", kNew, Fashion("2 1 0 -1 2 AND\n"), "line 4: a wire is not a number"},
        BadFile{"WireIsText", kNew, Fashion("2 1 0 x 2 AND\n"), "line 4: a wire is not a number"},
        BadFile{"ReadsItself", kNew, Fashion("2 1 0 2 2 AND\n"),
                "line 4: wire 2 is read before it is driven"},
        BadFile{"DrivesAnInput", kNew, Fashion("2 1 0 1 1 AND\n"), "line 4: wire 1 is driven twice"},
        BadFile{"DrivenTwice", kNew, "2 4\n1 2\n1 1\n2 1 0 1 3 AND\n2 1 0 1 3 XOR\n",
                "line 5: wire 3 is driven twice"},
        BadFile{"ReadTooEarly", kNew, "2 4\n1 2\n1 1\n2 1 0 2 3 AND\n2 1 0 1 2 XOR\n",
                "line 4: wire 2 is read before"},
        BadFile{"NeverDriven", kNew, "1 4\n1 2\n1 1\n2 1 0 1 3 AND\n", "wire 2 is never driven"},
        BadFile{"OutputNeverDriven", kNew, "0 4\n1 2\n1 1\n", "wire 2 is never driven"},
        BadFile{"ConstantTwo", kNew, Fashion("1 1 2 2 EQ\n"), "line 4: a constant is 2"},
        BadFile{"EmptyMand", kNew, Fashion("0 0 0 0 MAND\n"), "line 4: a gate MAND has 0 input"},
        BadFile{"OddMand", kNew, Fashion("3 1 0 1 0 2 MAND\n"), "line 4: a gate MAND has 2 input"},
        BadFile{"MandReadsItself", kNew, "1 4\n1 2\n1 1\n4 2 0 2 1 1 2 3 MAND\n",
                "line 4: wire 2 is read before"},
        BadFile{"MandDrivesTwice", kNew, "1 4\n1 2\n1 1\n4 2 0 1 1 1 2 2 MAND\n",
                "line 4: wire 2 is driven twice"},
        BadFile{"OldShortHeader", kOld, "1 3\n2 1\n", "line 2: two input widths and one output width"},
        BadFile{"OldNoInput", kOld, "1 3\n0 2 1\n2 1 0 1 2 AND\n", "line 2: a width is 0"},
        BadFile{"OldNoOutput", kOld, "1 3\n2 0 0\n2 1 0 1 2 AND\n", "line 2: a width is 0"},
        BadFile{"OldInputsAboveWires", kOld, "1 3\n2 2 1\n", "line 2: the widths add up to more"},
        BadFile{"OldHasNoEqw", kOld, "1 3\n1 1 1\n1 1 0 2 EQW\n", "line 3: the kind of gate is not known"},
        BadFile{"OldHasNoEq", kOld, "1 3\n1 1 1\n1 1 0 2 EQ\n", "line 3: the kind of gate is not known"},
        BadFile{"OldHasNoMand", kOld, "1 3\n1 1 1\n2 1 0 1 2 MAND\n",
                "line 3: the kind of gate is not known"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Bristol, RejectsWhatIsAboveALimit) {
  const auto code = [](const BristolLimits& limits) {
    return ImportBristol(kFullAdder, BristolFormat::kFashion, limits).error().code();
  };
  EXPECT_EQ(code({.max_text_bytes = kFullAdder.size() - 1}), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code({.max_wires = 7}), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code({.max_values = 2}), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(
      ImportBristol(kFullAdder, BristolFormat::kFashion, {.max_wires = 8, .max_values = 3}).has_value());
}

TEST(Bristol, RejectsEveryTruncation) {
  // Cutting off the last line break or nothing is allowed; every other cut is an error, never a smaller
  // circuit.
  for (std::size_t size = 0; size + 1 < kFullAdder.size(); ++size) {
    EXPECT_FALSE(ImportBristol(kFullAdder.substr(0, size), BristolFormat::kFashion).has_value()) << size;
  }
}

TEST(Bristol, NeverRepeatsBytesOfTheFileInAnError) {
  const auto circuit = ImportBristol(Fashion("2 1 0 1 2 \x1b[31mX\n"), BristolFormat::kFashion);
  ASSERT_FALSE(circuit.has_value());
  EXPECT_EQ(circuit.error().message().find('\x1b'), std::string::npos);
}

TEST(Bristol, RejectsExportOfThreeInputsToTheOldFormat) {
  const auto circuit = ImportBristol(kFullAdder, BristolFormat::kFashion);
  ASSERT_TRUE(circuit.has_value());
  EXPECT_EQ(ExportBristol(*circuit, BristolFormat::kOld).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ExportBristol(MakeAwkwardCircuit(2), BristolFormat::kOld).error().code(),
            ErrorCode::kInvalidArgument);
}

TEST(Bristol, RejectsExportWithoutOutput) {
  CircuitBuilder builder;
  builder.AddInput(1);
  const Circuit circuit = std::move(builder).Finish();
  EXPECT_EQ(ExportBristol(circuit, BristolFormat::kFashion).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mpcstats
