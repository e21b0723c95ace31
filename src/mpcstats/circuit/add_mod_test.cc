#include "mpcstats/circuit/add_mod.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <memory>
#include <utility>

#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {
namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

Number FromBytes(ByteSpan bytes) {
  return {BN_lebin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), BN_free};
}

Circuit MakeAddMod() {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(256);
  const Wires b = builder.AddInput(256);
  builder.AddOutput(AddMod(builder, a, b, P256Prime()));
  return std::move(builder).Finish();
}

Bytes LibcryptoSum(ByteSpan a, ByteSpan b) {
  const Number p = FromBytes(P256Prime());
  const Number x = FromBytes(a);
  const Number y = FromBytes(b);
  const Number sum(BN_new(), BN_free);
  EXPECT_EQ(BN_mod_add_quick(sum.get(), x.get(), y.get(), p.get()), 1);
  Bytes out(32);
  EXPECT_EQ(BN_bn2lebinpad(sum.get(), out.data(), 32), 32);
  return out;
}

Bytes Reduced(Bytes value) {
  const Number p = FromBytes(P256Prime());
  const Number x = FromBytes(value);
  if (BN_cmp(x.get(), p.get()) >= 0) value[31] = 0;
  return value;
}

TEST(AddMod, KnowsThePrimeOfP256) {
  BIGNUM* raw = nullptr;
  ASSERT_GT(BN_hex2bn(&raw, "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"), 0);
  const Number expected(raw, BN_free);
  EXPECT_EQ(BN_cmp(FromBytes(P256Prime()).get(), expected.get()), 0);
}

TEST(AddMod, AgreesWithLibcryptoOnRandomSums) {
  const Circuit circuit = MakeAddMod();
  EXPECT_LE(circuit.and_count(), 767u);
  SeededRng rng(1);
  std::vector<Bytes> inputs;
  for (int i = 0; i < 10000; ++i) {
    Bytes a(32);
    Bytes b(32);
    rng.Fill(a);
    rng.Fill(b);
    // Half of the sums wrap.
    inputs.push_back(Joined(Reduced(a), Reduced(b)));
  }
  const auto outputs = EvaluateBatch(circuit, inputs);
  ASSERT_TRUE(outputs.has_value());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_EQ(ToHex((*outputs)[i]),
              ToHex(LibcryptoSum(ByteSpan(inputs[i]).first(32), ByteSpan(inputs[i]).subspan(32))))
        << "seed 1, input " << i;
  }
}

TEST(AddMod, IsRightAtTheEdges) {
  const Circuit circuit = MakeAddMod();
  const Bytes zero(32);
  Bytes one(32);
  one[0] = 1;
  Bytes last(P256Prime().begin(), P256Prime().end());
  last[0] -= 1;
  for (const auto& [a, b] : {std::pair(zero, zero), {zero, last}, {one, last}, {last, last}, {last, one}}) {
    EXPECT_EQ(EvaluateBytes(circuit, Joined(a, b)).value(), LibcryptoSum(a, b));
  }
}

TEST(AddModDeathTest, StopsOnAModulusOfAnotherWidth) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CircuitBuilder builder;
  const Wires a = builder.AddInput(255);
  EXPECT_DEATH(static_cast<void>(AddMod(builder, a, WireSpan(a).first(254), P256Prime())), "size");
  const Bytes small(32, 1);
  EXPECT_DEATH(static_cast<void>(AddMod(builder, a, a, small)), "constant_value");
}

}  // namespace
}  // namespace mpcstats
