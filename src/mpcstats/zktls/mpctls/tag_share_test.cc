// Shares of tags against GHASH in the clear and against OpenSSL's records.
#include "mpcstats/zktls/mpctls/tag_share.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

GcmBlock RandomBlock(Rng& rng) {
  GcmBlock block;
  rng.Fill(block);
  return block;
}

GcmBlock Xor(GcmBlock a, const GcmBlock& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] ^= b[i];
  return a;
}

// GHASH of one block c followed by the block of lengths is (c * H + lengths) * H: products from the public implementation.
GcmBlock Product(const GcmBlock& a, const GcmBlock& h) {
  const PublicGhash ghash(h);
  return Xor(ghash.Hash(a, {}), ghash.Hash(GcmBlock{}, {}));  // a * H^2 alone
}

/// H, H^3, H^5, ...: x * H^2 is what Product gives.
std::vector<GcmBlock> OddPowers(const GcmBlock& h, std::size_t count) {
  std::vector<GcmBlock> powers{h};
  while (powers.size() < count) powers.push_back(Product(powers.back(), h));
  return powers;
}

struct Shared {
  Shared(const GcmBlock& h, std::size_t odd_powers, Rng& rng) {
    for (const GcmBlock& power : OddPowers(h, odd_powers)) {
      prover.push_back(RandomBlock(rng));
      notary.push_back(Xor(power, prover.back()));
    }
  }
  std::vector<GcmBlock> prover, notary;
};

TEST(TagShare, SharesAddUpToTheTagForEveryLength) {
  SeededRng rng(1);
  const GcmBlock h = RandomBlock(rng);
  const PublicGhash ghash(h);
  const Shared shared(h, 18, rng);
  const TagShares prover = *TagShares::FromOddPowers(shared.prover);
  const TagShares notary = *TagShares::FromOddPowers(shared.notary);
  ASSERT_EQ(prover.max_ciphertext(), 34u * 16);
  for (const std::size_t size : {0, 1, 15, 16, 17, 32, 255, 256, 511, 544}) {
    Bytes ciphertext(size);
    rng.Fill(ciphertext);
    const auto aad = TlsAdditionalData(size, TlsContent::kApplicationData, size);
    const GcmBlock mask = RandomBlock(rng);
    const GcmBlock mask_prover = RandomBlock(rng);
    const GcmBlock from_prover = *prover.Share(aad, ciphertext, Secret<GcmBlock>(mask_prover));
    const GcmBlock from_notary = *notary.Share(aad, ciphertext, Secret<GcmBlock>(Xor(mask, mask_prover)));
    EXPECT_EQ(Xor(from_prover, from_notary), Xor(ghash.Hash(aad, ciphertext), mask)) << size;
  }
}

TEST(TagShare, OnePowerIsEnoughForNoCiphertext) {
  SeededRng rng(2);
  const GcmBlock h = RandomBlock(rng);
  const TagShares alone = *TagShares::FromOddPowers(std::array<GcmBlock, 1>{h});
  EXPECT_EQ(alone.max_ciphertext(), 0u);
  const auto aad = TlsAdditionalData(0, TlsContent::kAlert, 0);
  EXPECT_EQ(*alone.Share(aad, {}, Secret<GcmBlock>(GcmBlock{})), PublicGhash(h).Hash(aad, {}));
}

TEST(TagShare, RefusesWhatThePowersAreNotEnoughFor) {
  SeededRng rng(3);
  const Shared shared(RandomBlock(rng), 2, rng);
  EXPECT_EQ(TagShares::FromOddPowers({}).error().code(), ErrorCode::kInvalidArgument);
  const TagShares tags = *TagShares::FromOddPowers(shared.prover);
  const Secret<GcmBlock> mask(GcmBlock{});
  EXPECT_TRUE(tags.Share(Bytes(13), Bytes(32), mask));
  EXPECT_EQ(tags.Share(Bytes(13), Bytes(33), mask).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(tags.Share(Bytes(17), Bytes(16), mask).error().code(), ErrorCode::kInvalidArgument);
}

TEST(TagShare, AProverWithAnotherPowerMakesATagThatTheNotaryRefusesAfterClose) {
  // zktls.md, GHASH: rho * H^n in place of one power makes tags for another ciphertext. The log has the ciphertext, and the
  // notary recomputes its tag from the H that is proven.
  SeededRng rng(4);
  const GcmBlock h = RandomBlock(rng);
  ObservedRecord record;
  record.ciphertext = Bytes(64, 0x5a);
  const auto aad = TlsAdditionalData(record.sequence, record.type, record.ciphertext.size());
  const GcmBlock mask = RandomBlock(rng);
  const auto tag_with = [&](const std::vector<GcmBlock>& of_prover, const std::vector<GcmBlock>& of_notary) {
    const Secret<GcmBlock> whole(mask);
    const Secret<GcmBlock> none(GcmBlock{});
    return Xor(*TagShares::FromOddPowers(of_prover)->Share(aad, record.ciphertext, whole),
               *TagShares::FromOddPowers(of_notary)->Share(aad, record.ciphertext, none));
  };
  Shared shared(h, 3, rng);
  record.tag = tag_with(shared.prover, shared.notary);
  EXPECT_TRUE(CheckTlsTags(std::array<ObservedRecord, 1>{record}, h, std::array<GcmBlock, 1>{mask}));
  shared.notary[1][7] ^= 0x10;
  record.tag = tag_with(shared.prover, shared.notary);
  const Status checked =
      CheckTlsTags(std::array<ObservedRecord, 1>{record}, h, std::array<GcmBlock, 1>{mask});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::kCheatingDetected);
  // Nor does an H of zero authenticate anything.
  EXPECT_FALSE(
      CheckTlsTags(std::array<ObservedRecord, 1>{record}, GcmBlock{}, std::array<GcmBlock, 1>{mask}));
}

}  // namespace
}  // namespace mpcstats
