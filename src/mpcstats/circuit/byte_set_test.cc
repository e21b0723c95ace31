#include "mpcstats/circuit/byte_set.h"

#include <gtest/gtest.h>

#include <utility>

#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {
namespace {

Circuit MakeByteIn(const ByteSet& set) {
  CircuitBuilder builder;
  const Wires byte = builder.AddInput(8);
  builder.AddOutput(Wires{ByteIn(builder, byte, set)});
  return std::move(builder).Finish();
}

void ExpectDecides(const ByteSet& set) {
  const Circuit circuit = MakeByteIn(set);
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto out = EvaluateBytes(circuit, Bytes{static_cast<std::uint8_t>(byte)});
    ASSERT_TRUE(out.has_value());
    ASSERT_EQ((*out)[0] == 1, set[byte]) << byte;
  }
}

TEST(ByteSet, DecidesEveryByteOfRandomSets) {
  SeededRng rng(1);
  for (int round = 0; round < 50; ++round) {
    ByteSet set;
    Bytes bits(32);
    rng.Fill(bits);
    for (unsigned i = 0; i < 256; ++i) set[i] = (bits[i / 8] >> (i % 8) & 1) != 0;
    SCOPED_TRACE(testing::Message() << "round " << round);
    ExpectDecides(set);
  }
}

TEST(ByteSet, IsCheapForRanges) {
  EXPECT_LE(MakeByteIn(BytesFromTo('0', '9')).and_count(), 6u);
  EXPECT_LE(MakeByteIn(BytesOf("x")).and_count(), 7u);
  EXPECT_LE(MakeByteIn(BytesFromTo('0', '9') | BytesFromTo('a', 'f')).and_count(), 13u);
  ExpectDecides(BytesFromTo('0', '9') | BytesFromTo('a', 'f'));
}

TEST(ByteSet, CostsNothingWhenThereIsNothingToDecide) {
  CircuitBuilder builder;
  const Wires byte = builder.AddInput(8);
  EXPECT_EQ(ByteIn(builder, byte, {}), CircuitBuilder::Constant(false));
  EXPECT_EQ(ByteIn(builder, byte, ~ByteSet()), CircuitBuilder::Constant(true));
  EXPECT_EQ(ByteIn(builder, byte, BytesFromTo(128, 255)), byte[7]);
}

TEST(ByteSetDeathTest, StopsOnAWordThatIsNoByte) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires bits = builder.AddInput(7);
  EXPECT_DEATH(static_cast<void>(ByteIn(builder, bits, {})), "size");
}

}  // namespace
}  // namespace mpcstats
