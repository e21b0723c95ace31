#include "mpcstats/field/vector_ops.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "mpcstats/field/fp127.h"
#include "mpcstats/field/fp65521.h"
#include "mpcstats/field/gf2_16.h"
#include "mpcstats/field/gf2_64.h"

namespace mpcstats {
namespace {

template <typename K>
class VectorOpsTest : public testing::Test {
 protected:
  static std::vector<K> Random(std::size_t n, unsigned seed) {
    std::mt19937_64 random(seed);
    std::vector<K> elements(n);
    for (K& element : elements) {
      std::uint8_t bytes[K::kUniformBytes];
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
      element = K::FromUniform(bytes);
    }
    return elements;
  }
};

using Fields = testing::Types<Gf2_64, Gf2_16, Fp127, Fp65521>;
TYPED_TEST_SUITE(VectorOpsTest, Fields);

TYPED_TEST(VectorOpsTest, LevelAddsTheProductsOfTheChunks) {
  using K = TypeParam;
  for (std::size_t lambda = 2; lambda <= 128; lambda *= 2) {
    for (const std::size_t chunks : {0, 1, 3, 70}) {
      if (lambda > 8 && chunks > 3) continue;
      const std::vector<K> u = this->Random(chunks * lambda, 1);
      const std::vector<K> v = this->Random(chunks * lambda, 2);
      std::vector<K> message = this->Random(2 * lambda - 1, 3);
      std::vector<K> expected = message;
      for (std::size_t c = 0; c < u.size(); c += lambda) {
        for (std::size_t j = 0; j < lambda; ++j) {
          for (std::size_t l = 0; l < lambda; ++l) expected[lambda - 1 + j - l] += u[c + j] * v[c + l];
        }
      }
      VectorOps<K>::Level(u, v, lambda, message);
      EXPECT_TRUE(message == expected) << lambda << " " << chunks;
    }
  }
}

TYPED_TEST(VectorOpsTest, FoldMatchesTheSumInPlaceToo) {
  using K = TypeParam;
  for (const std::size_t lambda : {1, 2, 8, 32}) {
    std::vector<K> x = this->Random(11 * lambda, 1);
    const std::vector<K> powers = this->Random(lambda, 2);
    std::vector<K> expected(11);
    for (std::size_t i = 0; i < x.size(); ++i) expected[i / lambda] += powers[i % lambda] * x[i];
    std::vector<K> out(11);
    VectorOps<K>::Fold(x, powers, out);
    EXPECT_TRUE(out == expected) << lambda;
    VectorOps<K>::Fold(x, powers, std::span<K>(x).first(11));
    x.resize(11);
    EXPECT_TRUE(x == expected) << lambda;
  }
}

TYPED_TEST(VectorOpsTest, ElementwiseOperationsMatchTheOperators) {
  using K = TypeParam;
  for (const std::size_t n : {0, 1, 9, 64}) {
    const std::vector<K> a = this->Random(n, 1);
    const std::vector<K> b = this->Random(n, 2);
    const K weight = this->Random(1, 3)[0];
    std::vector<K> product(n);
    std::vector<K> scaled(n);
    K sum;
    VectorOps<K>::Multiply(a, b, product);
    VectorOps<K>::Scale(a, weight, scaled);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_TRUE(product[i] == a[i] * b[i]);
      EXPECT_TRUE(scaled[i] == weight * a[i]);
      sum += a[i] * b[i];
    }
    EXPECT_TRUE(VectorOps<K>::InnerProduct(a, b) == sum);
  }
}

TYPED_TEST(VectorOpsTest, CombineIsTheWeightedSumOfItsColumns) {
  using K = TypeParam;
  for (const std::size_t n : {0, 1, 255, 256, 600}) {
    for (const unsigned columns : {0u, 1u, 2u, 5u}) {
      const std::vector<K> weights = this->Random(columns, 7);
      std::vector<std::vector<K>> held;
      std::vector<const K*> views;
      for (unsigned k = 0; k < columns; ++k) held.push_back(this->Random(n, 10 + k));
      for (const auto& column : held) views.push_back(column.data());
      std::vector<K> out = this->Random(n, 8);
      VectorOps<K>::Combine(views, weights, out);
      for (std::size_t i = 0; i < n; ++i) {
        K expected = K::Zero();
        for (unsigned k = 0; k < columns; ++k) expected += weights[k] * held[k][i];
        ASSERT_TRUE(out[i] == expected) << n << " " << columns;
      }
    }
  }
}

TYPED_TEST(VectorOpsTest, EndsTheProcessOnUnequalLengths) {
  using K = TypeParam;
  const std::vector<K> a(3);
  const std::vector<K> b(4);
  std::vector<K> out(3);
  EXPECT_DEATH((void)VectorOps<K>::InnerProduct(a, b), "");
  EXPECT_DEATH(VectorOps<K>::Multiply(a, b, out), "");
  EXPECT_DEATH(VectorOps<K>::Scale(b, K::One(), out), "");
  const std::vector<const K*> columns(2, a.data());
  EXPECT_DEATH(VectorOps<K>::Combine(columns, a, out), "");
}

TYPED_TEST(VectorOpsTest, EndsTheProcessOnABadLambda) {
  using K = TypeParam;
  const std::vector<K> u(12);
  for (const std::size_t lambda : {0, 1, 3, 6, 8, 256}) {
    std::vector<K> message(lambda == 0 ? 0 : 2 * lambda - 1);
    EXPECT_DEATH(VectorOps<K>::Level(u, u, lambda, message), "") << lambda;
  }
}

TYPED_TEST(VectorOpsTest, EndsTheProcessOnAMessageOfTheWrongSize) {
  using K = TypeParam;
  const std::vector<K> u(12);
  std::vector<K> message(8);
  EXPECT_DEATH(VectorOps<K>::Level(u, u, 4, message), "");
  EXPECT_DEATH(VectorOps<K>::Fold(u, std::vector<K>(5), message), "");
}

}  // namespace
}  // namespace mpcstats
