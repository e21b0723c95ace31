// The field of P-256 against OpenSSL's integers.
#include "mpcstats/zktls/ole/fp256.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/crypto/testing.h"
#include "mpcstats/zktls/ole/testing.h"

namespace mpcstats {
namespace {

using BnPtr = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_free>>;
constexpr const char* kPrimeHex = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

BnPtr Number(const std::string& hex) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, hex.c_str());
  return BnPtr(number);
}
BnPtr Number(ByteSpan bytes) {
  return BnPtr(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

Bytes32 StoredOf(const BIGNUM* x) {
  Bytes32 out;
  EXPECT_EQ(BN_bn2binpad(x, out.data(), 32), 32);
  return out;
}
Fp256 Of(const std::string& hex) { return *Fp256::Load(HexArray<32>(hex).data()); }

/// Values around carries and the modulus, and random ones.
std::vector<Fp256> SomeValues(Rng& rng, std::size_t random) {
  std::vector<Fp256> values{Fp256(),
                            Fp256::One(),
                            Of("ffffffff00000001000000000000000000000000fffffffffffffffffffffffe"),
                            Of("ffffffff00000001000000000000000000000000fffffffffffffffffffffffd"),
                            Of("00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
                            Of("0000000100000000000000000000000000000000000000000000000000000000"),
                            Of("ffffffff00000000ffffffffffffffffffffffffffffffffffffffffffffffff"),
                            Of("000000000000000000000000000000000000000000000000ffffffffffffffff"),
                            Of("0000000000000000000000000000000000000000000000010000000000000000"),
                            Of("8000000000000000000000000000000000000000000000000000000000000000")};
  while (values.size() < random) values.push_back(Fp256::Random(rng));
  return values;
}

TEST(Fp256, SumsDifferencesAndProductsAreThoseOfTheIntegersModuloP) {
  SeededRng rng(1);
  const BnPtr p = Number(kPrimeHex);
  BN_CTX* context = BN_CTX_new();
  const BnPtr out(BN_new());
  const std::vector<Fp256> values = SomeValues(rng, 10 + ScaledTrials(40));
  for (const Fp256& a : values) {
    for (const Fp256& b : values) {
      const BnPtr x = Number(StoredOf(a));
      const BnPtr y = Number(StoredOf(b));
      BN_mod_add(out.get(), x.get(), y.get(), p.get(), context);
      ASSERT_EQ(StoredOf(a + b), StoredOf(out.get()));
      BN_mod_sub(out.get(), x.get(), y.get(), p.get(), context);
      ASSERT_EQ(StoredOf(a - b), StoredOf(out.get()));
      BN_mod_mul(out.get(), x.get(), y.get(), p.get(), context);
      ASSERT_EQ(StoredOf(a * b), StoredOf(out.get()));
    }
    ASSERT_EQ(a + (-a), Fp256());
    ASSERT_EQ(a.Times(1), a);
    ASSERT_EQ(a.Times(2), Fp256());
  }
  BN_CTX_free(context);
}

TEST(Fp256, InversesMultiplyToOneAndZeroHasZero) {
  SeededRng rng(2);
  for (const Fp256& a : SomeValues(rng, 60)) {
    ASSERT_EQ(a * a.Inverse(), a == Fp256() ? Fp256() : Fp256::One());
  }
}

TEST(Fp256, UniformBytesAreAnIntegerModuloP) {
  SeededRng rng(3);
  const BnPtr p = Number(kPrimeHex);
  BN_CTX* context = BN_CTX_new();
  const BnPtr out(BN_new());
  for (std::size_t i = 0; i < 100; ++i) {
    std::array<std::uint8_t, 64> bytes;
    rng.Fill(bytes);
    if (i == 0) bytes.fill(0xff);
    if (i == 1) bytes.fill(0);
    BN_mod(out.get(), Number(bytes).get(), p.get(), context);
    ASSERT_EQ(StoredOf(Fp256::FromUniform(bytes.data())), StoredOf(out.get()));
  }
  BN_CTX_free(context);
}

TEST(Fp256, StoresWhatItLoads) {
  SeededRng rng(4);
  for (const Fp256& a : SomeValues(rng, 100)) ASSERT_EQ(*Fp256::Load(StoredOf(a).data()), a);
  EXPECT_EQ(StoredOf(Fp256::FromU64(0x0102)),
            HexArray<32>("0000000000000000000000000000000000000000000000000000000000000102"));
  EXPECT_EQ(StoredOf(Fp256::FromU64(1)), StoredOf(Fp256::One()));
}

TEST(Fp256, RefusesEncodingsThatAreNotCanonical) {
  for (const char* hex : {kPrimeHex, "ffffffff00000001000000000000000000000001000000000000000000000000",
                          "ffffffff00000001000000000000000100000000000000000000000000000000",
                          "ffffffff00000002000000000000000000000000000000000000000000000000",
                          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    EXPECT_FALSE(Fp256::Load(HexArray<32>(hex).data())) << hex;
  }
  EXPECT_TRUE(
      Fp256::Load(HexArray<32>("ffffffff00000001000000000000000000000000fffffffffffffffffffffffe").data()));
}

TEST(Fp256, KnowsZero) {
  EXPECT_EQ(Fp256().IsZero(), 1u);
  EXPECT_EQ((Fp256::One() - Fp256::One()).IsZero(), 1u);
  EXPECT_EQ(Fp256::One().IsZero(), 0u);
  EXPECT_EQ(Of("8000000000000000000000000000000000000000000000000000000000000000").IsZero(), 0u);
}

}  // namespace
}  // namespace mpcstats
