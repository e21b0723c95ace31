#include "mpcstats/zktls/statement/shares.h"

#include <gtest/gtest.h>

#include "mpcstats/survey/submission_box.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/testing.h"

namespace mpcstats {
namespace {

ShareContext TestContext(std::size_t bits) {
  ShareContext context{.ctx = {}, .group = 1, .bits = bits};
  for (std::size_t i = 0; i < 32; ++i) context.ctx[i] = static_cast<std::uint8_t>(7 * i + 1);
  return context;
}

Bytes TestRow(const ShareContext& context, std::uint64_t seed) {
  SeededRng rng(seed);
  Bytes row(context.bytes());
  rng.Fill(row);
  if (context.bits % 8 != 0) row.back() &= static_cast<std::uint8_t>((1u << (context.bits % 8)) - 1);
  return row;
}

template <ZkRole Zk>
Status Prove(Zk& zk, const typename Zk::Witness& row, const ShareContext& context,
             const std::array<Bytes32, 3>& commitments, const typename Zk::Witness& witness) {
  ASSIGN_OR_RETURN(const auto committed, zk.Commit(row));
  return ProveShares(zk, zk.Slice(committed, 0, context.bits), context, commitments, witness);
}

constexpr std::size_t kCorrelations = 80'000;

TEST(Shares, CommitAsThePartiesCheck) {
  for (const std::size_t bits : {1u, 8u, 60u, 64u, 189u, 312u, 320u}) {
    const ShareContext context = TestContext(bits);
    const Bytes row = TestRow(context, bits);
    SeededRng rng(bits);
    const RowShares shares = ShareRow(row, context, rng);
    Bytes sum(row.size());
    for (unsigned j = 0; j < 3; ++j) {
      const CommitmentPlace place{.j = j, .group = context.group, .bits = static_cast<unsigned>(bits)};
      EXPECT_EQ(shares.commitments[j], Commitment(context.ctx, place, shares.components[j].span()));
      EXPECT_TRUE(HasZeroTop(ByteSpan(shares.components[j].span()).first(row.size()), place.bits));
      for (std::size_t i = 0; i < row.size(); ++i) sum[i] ^= shares.components[j][i];
    }
    EXPECT_EQ(sum, row);
  }
}

// A notary that knows the few values a row may have learns nothing from commitments.
TEST(Shares, OfOneRowHaveOtherCommitmentsEachTime) {
  const ShareContext context = TestContext(64);
  const Bytes row(8, 1);
  SeededRng rng(1);
  const RowShares first = ShareRow(row, context, rng);
  const RowShares second = ShareRow(row, context, rng);
  for (unsigned j = 0; j < 3; ++j) EXPECT_NE(first.commitments[j], second.commitments[j]);
  // 16 random bytes stand behind each part.
  for (unsigned j = 0; j < 3; ++j) EXPECT_EQ(first.components[j].size(), 8 + kShareNonceBytes);
  EXPECT_EQ(kShareNonceBytes, 16u);
}

TEST(Shares, AreProvenForOneAndForSeveralBlocks) {
  for (const std::size_t bits : {1u, 61u, 64u, 189u, 312u, 317u}) {
    SCOPED_TRACE(testing::Message() << "bits and seed " << bits);
    const ShareContext context = TestContext(bits);
    const Bytes row = TestRow(context, bits);
    SeededRng rng(bits);
    const RowShares shares = ShareRow(row, context, rng);
    ZkPair pair = MakeZkPair(3 * kCorrelations, bits);
    const auto verdict = RunRound(
        pair,
        [&](ZkProver& zk) {
          return Prove(zk, ProverWitness{row}, context, shares.commitments,
                       ProverWitness{shares.witness.span()});
        },
        [&](ZkVerifier& zk) {
          return Prove(zk, PublicWitness{row.size()}, context, shares.commitments,
                       PublicWitness{ShareWitnessBytes(row.size())});
        });
    EXPECT_TRUE(verdict.has_value()) << verdict.error().message();
  }
}

TEST(Shares, OfRowsUpTo39BytesCostOneCompressionEach) {
  const auto cost = [](std::size_t bits) {
    ZkMeter meter;
    const ShareContext context = TestContext(bits);
    EXPECT_TRUE(Prove(meter, PublicWitness{context.bytes()}, context, {},
                      PublicWitness{ShareWitnessBytes(context.bytes())})
                    .has_value());
    return meter.cost().witness_bits;
  };
  EXPECT_EQ(cost(64), 64u + 8 * ShareWitnessBytes(8) + 3 * 21184);
  EXPECT_LT(cost(312), 70'000u);
  EXPECT_GT(cost(320), 100'000u);
}

TEST(Shares, StopTheProverWhoCommitsToAnotherRow) {
  const ShareContext context = TestContext(61);
  const Bytes row = TestRow(context, 1);
  SeededRng rng(1);
  const RowShares shares = ShareRow(row, context, rng);
  for (std::size_t bit = 0; bit < context.bits; bit += 5) {
    Bytes other = row;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    ZkPair pair = MakeZkPair(kCorrelations, bit);
    EXPECT_FALSE(Prove(pair.prover, ProverWitness{other}, context, shares.commitments,
                       ProverWitness{shares.witness.span()})
                     .has_value())
        << bit;
  }
}

TEST(Shares, StopTheProverForEveryChangedPartOfTheWitness) {
  const ShareContext context = TestContext(61);
  const Bytes row = TestRow(context, 2);
  SeededRng rng(2);
  const RowShares shares = ShareRow(row, context, rng);
  for (std::size_t at = 0; at < shares.witness.size(); at += 7) {
    Bytes witness(shares.witness.span().begin(), shares.witness.span().end());
    witness[at] ^= 4;
    ZkPair pair = MakeZkPair(kCorrelations, at);
    EXPECT_FALSE(Prove(pair.prover, ProverWitness{row}, context, shares.commitments, ProverWitness{witness})
                     .has_value());
  }
}

TEST(Shares, RefuseASpareBitThatIsSet) {
  // Components with a bit above the row whose commitments are right otherwise: two encodings of one share.
  const ShareContext context = TestContext(61);
  const Bytes row = TestRow(context, 3);
  SeededRng rng(3);
  const RowShares shares = ShareRow(row, context, rng);
  Bytes witness(shares.witness.span().begin(), shares.witness.span().end());
  std::array<Bytes32, 3> commitments = shares.commitments;
  for (unsigned j = 0; j < 2; ++j) {
    witness[8 * (j + 1) - 1] ^= 0x80;
    Bytes component(shares.components[j].span().begin(), shares.components[j].span().end());
    component[7] ^= 0x80;
    commitments[j] = Commitment(context.ctx, {.j = j, .group = context.group, .bits = 61}, component);
  }
  ZkPair pair = MakeZkPair(kCorrelations, 3);
  EXPECT_FALSE(
      Prove(pair.prover, ProverWitness{row}, context, commitments, ProverWitness{witness}).has_value());
}

TEST(Shares, FailForAnotherContextGroupOrOrderAtTheVerifier) {
  const ShareContext context = TestContext(61);
  const Bytes row = TestRow(context, 4);
  SeededRng rng(4);
  const RowShares shares = ShareRow(row, context, rng);
  ShareContext other_ctx = context;
  other_ctx.ctx[0] ^= 1;
  ShareContext other_group = context;
  other_group.group = 2;
  std::array<Bytes32, 3> swapped = {shares.commitments[1], shares.commitments[0], shares.commitments[2]};
  const std::vector<std::pair<ShareContext, std::array<Bytes32, 3>>> cases = {
      {other_ctx, shares.commitments}, {other_group, shares.commitments}, {context, swapped}};
  for (const auto& [verifier_context, commitments] : cases) {
    ZkPair pair = MakeZkPair(kCorrelations, 4);
    const auto verdict = RunRound(
        pair,
        [&](ZkProver& zk) {
          return Prove(zk, ProverWitness{row}, context, shares.commitments,
                       ProverWitness{shares.witness.span()});
        },
        [&](ZkVerifier& zk) {
          return Prove(zk, PublicWitness{row.size()}, verifier_context, commitments,
                       PublicWitness{ShareWitnessBytes(row.size())});
        });
    ASSERT_FALSE(verdict.has_value());
    EXPECT_EQ(verdict.error().code(), ErrorCode::kCheatingDetected);
  }
}

TEST(SharesDeathTest, StopOnRowsThatDoNotFit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  SeededRng rng(1);
  EXPECT_DEATH(static_cast<void>(ShareRow(Bytes(8, 0xff), TestContext(61), rng)), "row");
  EXPECT_DEATH(static_cast<void>(ShareRow(Bytes(7), TestContext(61), rng)), "row");
  EXPECT_DEATH(static_cast<void>(ShareMidstate(TestContext(61), 3)), "j < 3");
}

}  // namespace
}  // namespace mpcstats
