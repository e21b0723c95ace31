#include "mpcstats/circuit/tls_prf.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "mpcstats/circuit/circuit_testing.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

Bytes LibcryptoHmac(ByteSpan key, ByteSpan message) {
  Bytes tag(32);
  EXPECT_NE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
                 tag.data(), nullptr),
            nullptr);
  return tag;
}

TEST(Sha256Public, HashesAsLibcrypto) {
  SeededRng rng(1);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes message(size);
    rng.Fill(message);
    EXPECT_EQ(Sha256ContinuePublic(Sha256InitialBytes(), 0, message), Sha256(message)) << size;
    if (size < 64) continue;
    const Bytes32 middle = Sha256CompressPublic(Sha256InitialBytes(), ByteSpan(message).first(64));
    EXPECT_EQ(Sha256ContinuePublic(middle, 64, ByteSpan(message).subspan(64)), Sha256(message)) << size;
  }
}

TEST(Sha256Public, CircuitsOfTailsMatchLibcrypto) {
  constexpr std::size_t kTail = 24;
  SeededRng rng(2);
  Bytes block(64);
  rng.Fill(block);
  const Bytes32 state = Sha256CompressPublic(Sha256InitialBytes(), block);
  std::vector<Bytes> inputs(10000, Bytes(state.begin(), state.end()));
  for (Bytes& input : inputs) {
    input.resize(32 + kTail);
    rng.Fill(MutableByteSpan(input).subspan(32));
  }
  const auto outputs = EvaluateBatch(MakeSha256TailCircuit(kTail), inputs);
  ASSERT_TRUE(outputs.has_value());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Bytes32 expected = Sha256(Joined(block, ByteSpan(inputs[i]).subspan(32)));
    ASSERT_EQ(ToHex((*outputs)[i]), ToHex(expected)) << "seed 2, input " << i;
  }
}

TEST(Sha256Public, TailsOfOneBlockCostOneCompression) {
  EXPECT_LE(MakeSha256TailCircuit(24).and_count(), 21184u);
  EXPECT_LE(MakeSha256TailCircuit(55).and_count(), 22032u);
}

TEST(TlsPrf, StepsMakeTheHmacOfLibcryptoOnRandomKeys) {
  // Key circuit, inner hash in the clear from the opened state, outer circuit: what the key schedule does at every step.
  const TlsPrfCircuits& prf = TlsPrf();
  for (const std::size_t key_bytes : {32u, 48u}) {
    SeededRng rng(key_bytes);
    std::vector<Bytes> keys(10000, Bytes(key_bytes));
    std::vector<Bytes> messages;
    for (Bytes& key : keys) {
      rng.Fill(key);
      messages.emplace_back(1 + key[0] % 90);
      rng.Fill(messages.back());
    }
    const auto states = EvaluateBatch(key_bytes == 32 ? prf.premaster_key : prf.master_key, keys);
    ASSERT_TRUE(states.has_value());
    std::vector<Bytes> outer_inputs;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Bytes32 inner;
      std::copy_n((*states)[i].begin(), 32, inner.begin());
      const Bytes32 digest = Sha256ContinuePublic(inner, 64, messages[i]);
      outer_inputs.push_back(
          Joined(ByteSpan((*states)[i]).subspan(32), PublicSchedule(HmacOuterBlock(digest))));
    }
    const auto tags = EvaluateBatch(prf.outer, outer_inputs);
    const auto short_tags = EvaluateBatch(prf.outer_verify, outer_inputs);
    ASSERT_TRUE(tags.has_value() && short_tags.has_value());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Bytes expected = LibcryptoHmac(keys[i], messages[i]);
      ASSERT_EQ((*tags)[i], expected) << "seed " << key_bytes << ", input " << i;
      ASSERT_EQ((*short_tags)[i], Bytes(expected.begin(), expected.begin() + 12));
    }
  }
}

TEST(TlsPrf, StaysBelowItsDeclaredCount) {
  EXPECT_EQ(TlsPrfAndCount(), 278540u);
  EXPECT_LT(TlsPrfAndCount(), 280924u);
}

TEST(TlsPrfDeathTest, StopsOnBrokenShapes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(MakeHmacKeyCircuit(65)), "key_bytes");
  EXPECT_DEATH(static_cast<void>(MakeSha256PublicBlockCircuit(33)), "output_bytes");
  EXPECT_DEATH(static_cast<void>(PublicSchedule(Bytes(63))), "kBlockBytes");
  EXPECT_DEATH(static_cast<void>(Sha256ContinuePublic(Sha256InitialBytes(), 63, {})), "prefix_bytes");
}

}  // namespace
}  // namespace mpcstats
