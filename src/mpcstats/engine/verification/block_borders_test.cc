// Proofs around the borders of what is written at once: blocks of 1,024 entries, and pieces of 1,024 chunks of the first fold,
// 8,192 entries or 16,384, which threads take.
#include <gtest/gtest.h>

#include <set>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/verification/altered_source.h"
#include "mpcstats/engine/verification/recorded_products.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlock = 1024;
constexpr std::size_t kPieceChunks = 1024;
constexpr unsigned kProver = 1;

enum class Layout {
  kElementwise,  ///< one product of two columns
  kDot,          ///< one dot product
  kMixed,        ///< all kinds, columns of a combination on both sides of a border
};
constexpr Layout kLayouts[] = {Layout::kElementwise, Layout::kDot, Layout::kMixed};

template <typename K>
RecordedProducts<K> OfEntries(std::size_t entries, Layout layout, TestRandom& random) {
  RecordedProducts<K> products;
  std::size_t rest = entries;
  const auto product = [&](std::size_t rows, bool dot) {
    products.AddProduct(rows, 3, 1, dot, random);
    rest -= 2 * rows;
  };
  if (layout == Layout::kMixed) {
    const std::size_t border = entries > 2 * 8 * kBlock ? 8 * kBlock : kBlock;
    product(border / 4, false);
    product(border / 4 - 3, true);
    products.AddCombined(6, 20, 2, random);  // entries border - 6 to border + 6
    rest -= 12;
  } else {
    product(entries / 2, layout == Layout::kDot);
  }
  if (rest > 0) products.AddOneSided(kProver, rest, random);
  products.Record();
  return products;
}

template <typename K>
Bytes BytesOf(const RolesRun<K>& run) {
  Bytes bytes;
  const auto add = [&](const std::vector<K>& values) {
    for (const K& value : values) {
      bytes.resize(bytes.size() + K::kBytes);
      value.Store(bytes.data() + bytes.size() - K::kBytes);
    }
  };
  for (const auto& message : run.honest_message) add(message);
  for (const auto& share : run.lead_share) add(share);
  add({run.honest_answer.v_value, run.honest_answer.share_value});
  add(run.honest_answer.check_values);
  return bytes;
}

/// Entries with the padding: whole chunks of the first fold.
std::size_t PaddedEntries(const FoldSchedule& schedule, std::size_t entries) {
  const std::size_t factor = schedule.factor[0];
  return (entries + factor - 1) / factor * factor;
}

template <typename K>
struct BlockBorders : testing::Test {};
using Fields = testing::Types<Fp127, Gf2_64>;
TYPED_TEST_SUITE(BlockBorders, Fields);

TYPED_TEST(BlockBorders, AreInvisibleInTheBytesOfAnHonestProofForAnyNumberOfThreads) {
  using K = TypeParam;
  TestRandom random(1);
  std::vector<std::size_t> sizes = {8191, 8192, 8193, 9216, 9217, 16383, 16384, 16385, 32769};
  if (Shrunk()) sizes = {8193, 16385};
  for (const std::size_t entries : sizes) {
    for (const Layout layout : kLayouts) {
      const auto products = OfEntries<K>(entries, layout, random);
      const FoldSchedule schedule = SourcesOf(products, kProver)[0]->schedule();
      ASSERT_GE(schedule.folds, 1u);
      const Coins<K> coins = Coins<K>::Random(schedule, random);
      Bytes alone;
      for (const unsigned threads : {1u, 2u, 3u}) {
        ThreadPool pool(threads);
        const RoleSources<K> sources = SourcesOf(products, kProver);
        const RolesRun<K> run = RunMachines<K>(Pointers(sources), coins, {}, &pool);
        EXPECT_TRUE(run.accepted) << entries << " threads " << threads;
        const Bytes bytes = BytesOf(run);
        if (threads == 1) alone = bytes;
        EXPECT_TRUE(bytes == alone) << entries << " threads " << threads;
      }
    }
  }
}

// The first and the last entry of each part, the end of the entries, and the end of the zeros behind them.
std::set<std::size_t> Sides(std::size_t entries, std::size_t part, std::size_t padded) {
  std::set<std::size_t> sides;
  for (std::size_t border = part; border < entries; border += part) sides.insert({border - 1, border});
  sides.insert({0, entries - 1, std::min(entries, padded - 1), padded - 1});
  return sides;
}

// `alter` wrong at each side, one at a time, on threads in turn.
template <typename K>
void ExpectAllCaught(const RecordedProducts<K>& products, const std::set<std::size_t>& sides,
                     TestRandom& random) {
  const FoldSchedule schedule = SourcesOf(products, kProver)[0]->schedule();
  std::array<ThreadPool, 3> pools = {ThreadPool(1), ThreadPool(2), ThreadPool(3)};
  std::size_t turn = 0;
  const auto accepted = [&](ProofRole role, const Alteration<K>& alteration) {
    RoleSources<K> sources = SourcesOf(products, kProver);
    Alter<K>(&sources[static_cast<std::size_t>(role)], alteration);
    const Coins<K> coins = Coins<K>::Random(schedule, random);
    return RunMachines<K>(Pointers(sources), coins, {}, &pools[turn++ % 3]).accepted;
  };
  for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(accepted(ProofRole::kProver, {}));
  for (const std::size_t at : sides) {
    const K error = NonZeroElement<K>(random);
    EXPECT_FALSE(accepted(ProofRole::kProver, {.u_at = at, .error = error})) << "prover's u " << at;
    EXPECT_FALSE(accepted(ProofRole::kProver, {.v_at = at, .error = error})) << "prover's v " << at;
    EXPECT_FALSE(accepted(ProofRole::kLead, {.u_at = at, .error = error})) << "lead's u " << at;
    EXPECT_FALSE(accepted(ProofRole::kSecond, {.v_at = at, .error = error})) << "second's v " << at;
  }
}

TYPED_TEST(BlockBorders, OfEveryBlockHaveAWrongEntryOnEitherSideCaught) {
  using K = TypeParam;
  TestRandom random(2);
  std::vector<std::size_t> sizes = {8192, 9217};
  if (Shrunk()) sizes = {8193};
  for (const std::size_t entries : sizes) {
    const auto products = OfEntries<K>(entries, Layout::kMixed, random);
    const FoldSchedule schedule = SourcesOf(products, kProver)[0]->schedule();
    // Blocks are whole chunks of the first fold, and their borders where this test looks.
    ASSERT_EQ(kBlock % schedule.factor[0], 0u);
    std::set<std::size_t> sides = Sides(entries, kBlock, PaddedEntries(schedule, entries));
    if (Shrunk()) sides = Sides(entries, 4 * kBlock, PaddedEntries(schedule, entries));
    ExpectAllCaught(products, sides, random);
  }
}

TYPED_TEST(BlockBorders, OfTheThreadsPiecesHaveAWrongEntryOnEitherSideCaught) {
  using K = TypeParam;
  TestRandom random(3);
  struct Case {
    std::size_t entries;
    std::size_t borders;
  };
  std::vector<Case> cases = {{8193, 1}, {16385, 1}, {32769, 2}};
  if (Shrunk()) cases = {{8193, 1}};
  for (const Case& one : cases) {
    const auto products = OfEntries<K>(one.entries, Layout::kMixed, random);
    const FoldSchedule schedule = SourcesOf(products, kProver)[0]->schedule();
    const std::size_t piece = kPieceChunks * schedule.factor[0];
    ASSERT_EQ((one.entries - 1) / piece, one.borders);
    ExpectAllCaught(products, Sides(one.entries, piece, PaddedEntries(schedule, one.entries)), random);
  }
}

// A message of the protocol, and not an entry: the relation at each side of a border.
TYPED_TEST(BlockBorders, HaveAWrongProductOnEitherSideCaught) {
  using K = TypeParam;
  TestRandom random(4);
  std::vector<std::size_t> sizes = {8193, 16386};
  if (Shrunk()) sizes = {8193};
  for (const std::size_t entries : sizes) {
    auto products = OfEntries<K>(entries, Layout::kElementwise, random);
    const std::size_t rows = products.products[0].rows;
    for (const std::size_t side : Sides(entries, 8 * kBlock, entries + 1)) {
      if (side >= 2 * rows) continue;
      const std::size_t row = side % rows;
      ThreadPool pool(1 + static_cast<unsigned>(side % 3));
      K& target = products.batch[(kProver + 2) % 3].products[0]->lead_target[row];
      const K honest = target;
      for (const K error : {NonZeroElement<K>(random), K::Zero()}) {
        target = honest + error;
        const RoleSources<K> sources = SourcesOf(products, kProver);
        const Coins<K> coins = Coins<K>::Random(sources[0]->schedule(), random);
        EXPECT_EQ(RunMachines<K>(Pointers(sources), coins, {}, &pool).accepted, error == K::Zero()) << side;
      }
    }
  }
}

}  // namespace
}  // namespace mpcstats
