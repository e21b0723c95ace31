#include "mpcstats/field/packed_kernels.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "mpcstats/field/test_values.h"

namespace mpcstats {
namespace {

using field_test::Fill;
using field_test::kFills;
using field_test::MakeWords;
using field_test::SlowProduct;
using field_test::Word;
using Words = std::vector<Word>;

constexpr std::size_t kGroupCounts[] = {0, 1, 2, 3, 16, 17, 33};
constexpr std::size_t kSizes[] = {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 200};

class PackedKernelsTest : public testing::TestWithParam<const PackedKernels*> {
 protected:
  const PackedKernels& kernels() const { return *GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(All, PackedKernelsTest,
                         testing::ValuesIn(AllSupportedKernels().begin(), AllSupportedKernels().end()),
                         [](const auto& info) { return std::string(info.param->name); });

Word Weight(Word theta, std::size_t b) { return SlowProduct(theta, Word{1} << b); }

TEST_P(PackedKernelsTest, CarrylessMatchesShiftAndAdd) {
  for (const Fill a_fill : kFills) {
    for (const Fill b_fill : kFills) {
      const Words a = MakeWords(40, a_fill, 1);
      const Words b = MakeWords(40, b_fill, 2);
      for (std::size_t i = 0; i < a.size(); ++i) {
        unsigned __int128 expected = 0;
        for (int k = 0; k < 64; ++k) {
          if (((b[i] >> k) & 1) != 0) expected ^= static_cast<unsigned __int128>(a[i]) << k;
        }
        Word product[2];
        kernels().carryless(a[i], b[i], product);
        EXPECT_EQ(product[0], static_cast<Word>(expected));
        EXPECT_EQ(product[1], static_cast<Word>(expected >> 64));
      }
    }
  }
}

TEST_P(PackedKernelsTest, CarrylessOfSingleBitsIsTheShiftedBit) {
  for (int i = 0; i < 64; ++i) {
    for (int j = 0; j < 64; ++j) {
      Word product[2];
      kernels().carryless(Word{1} << i, Word{1} << j, product);
      const unsigned __int128 expected = static_cast<unsigned __int128>(1) << (i + j);
      ASSERT_EQ(product[0], static_cast<Word>(expected)) << i << " " << j;
      ASSERT_EQ(product[1], static_cast<Word>(expected >> 64)) << i << " " << j;
    }
  }
}

// The sum as the protocol writes it: theta per group, psi per product.
void SlowLevel1(const Words& u, const Words& v, const Words& psi, const Words& theta, Words& out) {
  for (std::size_t g = 0; g < theta.size(); ++g) {
    for (std::size_t j = 0; j < 64; ++j) {
      const Word weight = SlowProduct(theta[g], psi[j]);
      for (std::size_t l = 0; l < 64; ++l)
        out[63 + j - l] ^= SlowProduct(weight, u[64 * g + j] & v[64 * g + l]);
    }
  }
}

TEST_P(PackedKernelsTest, Level1MatchesTheFormulaAndAddsToTheOutput) {
  for (const Fill fill : kFills) {
    for (const std::size_t groups : kGroupCounts) {
      if (fill != Fill::kRandom && groups > 3) continue;
      const Words u = MakeWords(64 * groups, fill, 1);
      const Words v = MakeWords(64 * groups, fill, 2);
      const Words psi = MakeWords(64, fill == Fill::kZeros ? Fill::kOnes : fill, 3);
      const Words theta = MakeWords(groups, fill, 4);
      Words out = MakeWords(127, Fill::kRandom, 5);
      Words expected = out;
      SlowLevel1(u, v, psi, theta, expected);
      kernels().level1(u.data(), v.data(), groups, psi.data(), theta.data(), out.data());
      EXPECT_EQ(out, expected) << groups;
    }
  }
}

TEST_P(PackedKernelsTest, Level1PairsIsTheSumOfBothCrossTerms) {
  for (const std::size_t groups : kGroupCounts) {
    const Words a = MakeWords(64 * groups, Fill::kRandom, 1);
    const Words b = MakeWords(64 * groups, Fill::kRandom, 2);
    const Words c = MakeWords(64 * groups, Fill::kRandom, 3);
    const Words d = MakeWords(64 * groups, Fill::kRandom, 4);
    const Words psi = MakeWords(64, Fill::kRandom, 5);
    const Words theta = MakeWords(groups, Fill::kRandom, 6);
    Words out = MakeWords(127, Fill::kRandom, 7);
    Words expected = out;
    SlowLevel1(a, b, psi, theta, expected);
    SlowLevel1(c, d, psi, theta, expected);
    kernels().level1_pairs(a.data(), b.data(), c.data(), d.data(), groups, psi.data(), theta.data(),
                           out.data());
    EXPECT_EQ(out, expected) << groups;
  }
}

TEST_P(PackedKernelsTest, FoldGroupsMatchesTheFormulaInPlaceToo) {
  for (const Fill fill : kFills) {
    for (const std::size_t groups : {0, 1, 3}) {
      const Words x = MakeWords(64 * groups, fill, 1);
      const Words c = MakeWords(64, Fill::kRandom, 2);
      const Words theta = MakeWords(groups, fill == Fill::kZeros ? Fill::kOnes : fill, 3);
      Words plain(64 * groups);
      Words weighted(64 * groups);
      for (std::size_t at = 0; at < plain.size(); ++at) {
        const std::size_t g = at / 64;
        const std::size_t b = at % 64;
        for (std::size_t j = 0; j < 64; ++j) plain[at] ^= ((x[64 * g + j] >> b) & 1) != 0 ? c[j] : 0;
        weighted[at] = SlowProduct(plain[at], Weight(theta[g], b));
      }
      Words out(64 * groups);
      kernels().fold_groups(x.data(), groups, c.data(), nullptr, out.data());
      EXPECT_EQ(out, plain) << groups;
      kernels().fold_groups(x.data(), groups, c.data(), theta.data(), out.data());
      EXPECT_EQ(out, weighted) << groups;
      Words in_place = x;
      kernels().fold_groups(in_place.data(), groups, c.data(), theta.data(), in_place.data());
      EXPECT_EQ(in_place, weighted) << groups;
    }
  }
}

TEST_P(PackedKernelsTest, FoldGroupsKeepsSingleBitsApart) {
  for (std::size_t j = 0; j < 64; ++j) {
    const Words c = MakeWords(64, Fill::kRandom, 9);
    for (const std::size_t b : {0, 1, 7, 8, 31, 32, 62, 63}) {
      Words x(64);
      x[j] = Word{1} << b;
      Words out(64);
      kernels().fold_groups(x.data(), 1, c.data(), nullptr, out.data());
      for (std::size_t i = 0; i < 64; ++i) ASSERT_EQ(out[i], i == b ? c[j] : 0) << j << " " << b << " " << i;
    }
  }
}

TEST_P(PackedKernelsTest, WeightedSumMatchesTheFormula) {
  for (const Fill fill : kFills) {
    for (const std::size_t groups : kGroupCounts) {
      const Words w = MakeWords(64 * groups, fill, 1);
      const Words psi = MakeWords(64, fill, 2);
      const Words theta = MakeWords(groups, fill, 3);
      Word expected = 0;
      for (std::size_t at = 0; at < w.size(); ++at) {
        expected ^= SlowProduct(SlowProduct(theta[at / 64], psi[at % 64]), w[at]);
      }
      EXPECT_EQ(kernels().weighted_sum(w.data(), groups, psi.data(), theta.data()), expected) << groups;
    }
  }
}

TEST_P(PackedKernelsTest, LevelMatchesSchoolbookForEveryLambda) {
  for (const Fill fill : kFills) {
    for (std::size_t lambda = 2; lambda <= 128; lambda *= 2) {
      for (const std::size_t chunks : {0, 1, 2, 3, 7, 8, 9, 17}) {
        if (lambda > 16 && (chunks > 9 || fill == Fill::kZeros)) continue;
        const std::size_t n = chunks * lambda;
        const Words u = MakeWords(n, fill, 1);
        const Words v = MakeWords(n, fill, 2);
        Words out = MakeWords(2 * lambda - 1, Fill::kRandom, 3);
        Words expected = out;
        for (std::size_t c = 0; c < n; c += lambda) {
          for (std::size_t j = 0; j < lambda; ++j) {
            for (std::size_t l = 0; l < lambda; ++l)
              expected[lambda - 1 + j - l] ^= SlowProduct(u[c + j], v[c + l]);
          }
        }
        kernels().level(u.data(), v.data(), n, lambda, out.data());
        EXPECT_EQ(out, expected) << lambda << " " << chunks;
      }
    }
  }
}

TEST_P(PackedKernelsTest, FoldMatchesTheFormulaInPlaceToo) {
  for (const std::size_t lambda : {1, 2, 3, 4, 8, 16, 24, 32, 64, 128}) {
    for (const std::size_t chunks : {0, 1, 2, 7, 8, 9, 17}) {
      const Words x = MakeWords(chunks * lambda, Fill::kRandom, 1);
      const Words powers = MakeWords(lambda, Fill::kRandom, 2);
      Words expected(chunks);
      for (std::size_t at = 0; at < x.size(); ++at) {
        expected[at / lambda] ^= SlowProduct(powers[at % lambda], x[at]);
      }
      Words out(chunks);
      kernels().fold(x.data(), x.size(), lambda, powers.data(), out.data());
      EXPECT_EQ(out, expected) << lambda << " " << chunks;
      Words in_place = x;
      kernels().fold(in_place.data(), x.size(), lambda, powers.data(), in_place.data());
      in_place.resize(chunks);
      EXPECT_EQ(in_place, expected) << lambda << " " << chunks;
    }
  }
}

TEST_P(PackedKernelsTest, ElementwiseProductsAndInnerProductMatchSlowProducts) {
  for (const Fill fill : kFills) {
    for (const std::size_t n : kSizes) {
      const Words a = MakeWords(n, fill, 1);
      const Words b = MakeWords(n, Fill::kRandom, 2);
      const Word factor = 0x8000000000000001;
      Words products(n);
      Words scaled(n);
      Word sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        products[i] = SlowProduct(a[i], b[i]);
        scaled[i] = SlowProduct(a[i], factor);
        sum ^= products[i];
      }
      Words out(n);
      kernels().multiply(a.data(), b.data(), n, out.data());
      EXPECT_EQ(out, products) << n;
      kernels().multiply_scalar(a.data(), factor, n, out.data());
      EXPECT_EQ(out, scaled) << n;
      EXPECT_EQ(kernels().inner_product(a.data(), b.data(), n), sum) << n;
      Words in_place = a;
      kernels().multiply(in_place.data(), b.data(), n, in_place.data());
      EXPECT_EQ(in_place, products) << n;
    }
  }
}

TEST_P(PackedKernelsTest, TransposeMovesEachBitAndUndoesItself) {
  for (const std::size_t blocks : {0, 1, 3}) {
    const Words in = MakeWords(64 * blocks, Fill::kRandom, 1);
    Words expected(64 * blocks);
    for (std::size_t at = 0; at < in.size(); ++at) {
      for (std::size_t b = 0; b < 64; ++b) expected[at / 64 * 64 + b] |= ((in[at] >> b) & 1) << (at % 64);
    }
    Words out(64 * blocks);
    kernels().transpose64(blocks, in.data(), out.data());
    EXPECT_EQ(out, expected);
    kernels().transpose64(blocks, out.data(), out.data());
    EXPECT_EQ(out, in);
  }
}

TEST_P(PackedKernelsTest, AndGateMatchesTheFormula) {
  for (const std::size_t n : kSizes) {
    std::vector<Words> in;
    for (unsigned i = 0; i < 6; ++i) in.push_back(MakeWords(n, Fill::kRandom, i + 1));
    Words expected(n);
    for (std::size_t i = 0; i < n; ++i) {
      expected[i] =
          (in[0][i] & in[2][i]) ^ (in[0][i] & in[3][i]) ^ (in[1][i] & in[2][i]) ^ in[4][i] ^ in[5][i];
    }
    Words out(n);
    kernels().and3(in[0].data(), in[1].data(), in[2].data(), in[3].data(), in[4].data(), in[5].data(), n,
                   out.data());
    EXPECT_EQ(out, expected) << n;
  }
}

TEST_P(PackedKernelsTest, OneFlippedBitChangesTheWeightedSum) {
  const std::size_t groups = 3;
  Words w = MakeWords(64 * groups, Fill::kRandom, 1);
  const Words psi = MakeWords(64, Fill::kRandom, 2);
  const Words theta = MakeWords(groups, Fill::kRandom, 3);
  const Word honest = kernels().weighted_sum(w.data(), groups, psi.data(), theta.data());
  for (const std::size_t at : {0, 63, 64, 191}) {
    w[at] ^= Word{1} << 17;
    EXPECT_NE(kernels().weighted_sum(w.data(), groups, psi.data(), theta.data()), honest);
    w[at] ^= Word{1} << 17;
  }
}

TEST_P(PackedKernelsTest, LevelRefusesALambdaThatIsNoPowerOfTwo) {
  const Words u(12);
  Words out(23);
  EXPECT_DEATH(kernels().level(u.data(), u.data(), 12, 12, out.data()), "");
}

// One honest run of the proof's algebra: the first message, then both folds, agree at a random point.
TEST_P(PackedKernelsTest, FirstMessageEvaluatesToTheInnerProductOfTheFolds) {
  const std::size_t groups = 5;
  const Words u = MakeWords(64 * groups, Fill::kRandom, 1);
  const Words v = MakeWords(64 * groups, Fill::kRandom, 2);
  const Words psi = MakeWords(64, Fill::kRandom, 3);
  const Words theta = MakeWords(groups, Fill::kRandom, 4);
  const Word r = 0x123456789abcdef1;
  Words message(127);
  kernels().level1(u.data(), v.data(), groups, psi.data(), theta.data(), message.data());
  Words powers(127, 1);
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = SlowProduct(powers[i - 1], r);
  Words u_factors(64);
  Words v_factors(64);
  for (std::size_t j = 0; j < 64; ++j) {
    u_factors[j] = SlowProduct(psi[j], powers[j]);
    v_factors[j] = powers[63 - j];
  }
  Words u_folded(64 * groups);
  Words v_folded(64 * groups);
  kernels().fold_groups(u.data(), groups, u_factors.data(), theta.data(), u_folded.data());
  kernels().fold_groups(v.data(), groups, v_factors.data(), nullptr, v_folded.data());
  const Word folded = kernels().inner_product(u_folded.data(), v_folded.data(), u_folded.size());
  EXPECT_EQ(kernels().inner_product(message.data(), powers.data(), 127), folded);
  message[5] ^= 1;
  EXPECT_NE(kernels().inner_product(message.data(), powers.data(), 127), folded);
}

TEST(PackedKernels, PortableIsAlwaysThereAndTheBestIsLast) {
  ASSERT_FALSE(AllSupportedKernels().empty());
  EXPECT_STREQ(AllSupportedKernels().front()->name, "portable");
  EXPECT_EQ(AllSupportedKernels().back(), &Kernels());
}

}  // namespace
}  // namespace mpcstats
