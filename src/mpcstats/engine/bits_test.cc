#include "mpcstats/engine/bits.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Shares = std::array<BitPlane, 3>;
using Words = std::vector<std::uint64_t>;

constexpr std::size_t kSizes[] = {1, 2, 3, 63, 64, 65, 127, 128, 129, 1000};

Words RandomWords(std::size_t rows, Rng& rng) {
  Words words(WordsFor(rows));
  for (auto& word : words) word = rng.Word();
  if (rows > 0) words.back() &= TailMask(rows);
  return words;
}

Shares ShareWords(const Words& words, std::size_t rows, Rng& rng) {
  std::vector<std::uint64_t> values(rows);
  for (std::size_t r = 0; r < rows; ++r) values[r] = words[r / 64] >> (r % 64) & 1;
  const auto columns = ShareBits(values, 1, rng);
  return {columns[0].planes[0], columns[1].planes[0], columns[2].planes[0]};
}

template <typename F>
Shares AtEach(F&& f) {
  return {f(0u), f(1u), f(2u)};
}

TEST(TailMask, HasOneForEachRowOfTheLastWord) {
  EXPECT_EQ(TailMask(1), 1u);
  EXPECT_EQ(TailMask(63), ~std::uint64_t{0} >> 1);
  EXPECT_EQ(TailMask(64), ~std::uint64_t{0});
  EXPECT_EQ(TailMask(65), 1u);
  EXPECT_EQ(WordsFor(0), 0u);
  EXPECT_EQ(WordsFor(64), 1u);
  EXPECT_EQ(WordsFor(65), 2u);
}

TEST(BitPlane, SlicesAtEveryOffset) {
  SeededRng rng(1);
  const std::size_t rows = 200;
  const Words words = RandomWords(rows, rng);
  const Shares x = ShareWords(words, rows, rng);
  for (std::size_t first = 0; first <= rows; ++first) {
    for (const std::size_t count : {0u, 1u, 7u, 63u, 64u, 65u, 128u, 137u}) {
      if (first + count > rows) continue;
      const auto got = WordsOf(AtEach([&](unsigned i) { return x[i].Slice(first, count); }));
      ASSERT_TRUE(got);
      Words want(WordsFor(count));
      for (std::size_t r = 0; r < count; ++r) {
        want[r / 64] |= (words[(first + r) / 64] >> ((first + r) % 64) & 1) << (r % 64);
      }
      ASSERT_EQ(*got, want) << first << " " << count;
    }
  }
}

TEST(BitPlane, SlicesOfSlicesAddUp) {
  SeededRng rng(2);
  const Words words = RandomWords(1000, rng);
  const Shares x = ShareWords(words, 1000, rng);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t a = rng.Word() % 500, b = rng.Word() % 200, count = rng.Word() % 300;
    const auto once = WordsOf(AtEach([&](unsigned i) { return x[i].Slice(a + b, count); }));
    const auto twice = WordsOf(AtEach([&](unsigned i) { return x[i].Slice(a, 500).Slice(b, count); }));
    ASSERT_TRUE(once && twice);
    ASSERT_EQ(*once, *twice) << a << " " << b << " " << count;
  }
}

TEST(BitPlaneDeathTest, DoesNotSliceBeyondItsRows) {
  const BitPlane plane = Zero(100);
  EXPECT_DEATH((void)plane.Slice(64, 37), "first \\+ rows");
  EXPECT_DEATH((void)plane.Slice(101, 0), "first \\+ rows");
}

TEST(Bits, LocalOperationsMatchThePlainOnesAndLeaveThePaddingZero) {
  for (const std::size_t rows : kSizes) {
    SeededRng rng(rows);
    const Words a = RandomWords(rows, rng), b = RandomWords(rows, rng), c = RandomWords(rows, rng);
    const Shares x = ShareWords(a, rows, rng), y = ShareWords(b, rows, rng), z = ShareWords(c, rows, rng);
    Words dirty = c;
    dirty.back() |= ~TailMask(rows);
    Words want_xor(a.size()), want_three(a.size()), want_not(a.size());
    for (std::size_t w = 0; w < a.size(); ++w) {
      want_xor[w] = a[w] ^ b[w];
      want_three[w] = a[w] ^ b[w] ^ c[w];
      want_not[w] = ~a[w];
    }
    want_not.back() &= TailMask(rows);
    Words want_public(a.size());
    for (std::size_t w = 0; w < a.size(); ++w) want_public[w] = a[w] ^ c[w];
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Xor(x[i], y[i]); })), want_xor);
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Xor(x[i], y[i], z[i]); })), want_three);
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Not(PartyIndex(i), x[i]); })), want_not);
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return XorPublic(PartyIndex(i), x[i], dirty); })),
              want_public);
    const Words zeros(a.size(), 0);
    Words ones(a.size(), ~std::uint64_t{0});
    ones.back() &= TailMask(rows);
    EXPECT_EQ(WordsOf(AtEach([&](unsigned) { return Zero(rows); })), zeros);
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Constant(PartyIndex(i), false, rows); })), zeros);
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Constant(PartyIndex(i), true, rows); })), ones);
  }
}

TEST(Bits, WorkOnNoRows) {
  const BitPlane none = Zero(0);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(Not(PartyIndex(i), none).rows(), 0u);
    EXPECT_EQ(XorPublic(PartyIndex(i), none, {}).rows(), 0u);
    EXPECT_EQ(Constant(PartyIndex(i), true, 0).rows(), 0u);
  }
  EXPECT_EQ(Xor(none, none).rows(), 0u);
  EXPECT_EQ(none.Slice(0, 0).rows(), 0u);
  EXPECT_EQ(GatherScalars({}).rows(), 0u);
  EXPECT_EQ(Concatenate({}).rows(), 0u);
}

TEST(Bits, PublicValuesEnterByComponentZeroOnly) {
  for (unsigned i = 0; i < 3; ++i) {
    const BitPlane one = Constant(PartyIndex(i), true, 64);
    EXPECT_EQ(one.own()[0], i == 0 ? ~std::uint64_t{0} : 0);
    EXPECT_EQ(one.next()[0], i == 2 ? ~std::uint64_t{0} : 0);
  }
}

TEST(ConstantColumn, HoldsTheNumberInEveryRow) {
  const unsigned __int128 value =
      (static_cast<unsigned __int128>(0x8123456789abcdefu) << 64) | 0x0fedcba987654321u;
  std::array<BitColumn, 3> columns;
  for (unsigned i = 0; i < 3; ++i) columns[i] = ConstantColumn(PartyIndex(i), value, 130, 65);
  for (unsigned b = 0; b < 130; ++b) {
    const auto words = WordsOf(AtEach([&](unsigned i) { return columns[i].planes[b]; }));
    const bool set = b < 128 && (value >> b & 1) != 0;
    EXPECT_EQ(words, (Words{set ? ~std::uint64_t{0} : 0, set ? 1u : 0u})) << b;
  }
}

TEST(Broadcast, RepeatsTheBitAndLeavesThePaddingZero) {
  SeededRng rng(3);
  for (const bool bit : {false, true}) {
    const Shares x = ShareWords({bit ? 1u : 0u}, 1, rng);
    for (const std::size_t rows : kSizes) {
      Words want(WordsFor(rows), bit ? ~std::uint64_t{0} : 0);
      want.back() &= TailMask(rows);
      EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Broadcast(x[i], rows); })), want);
    }
  }
}

TEST(BroadcastDeathTest, NeedsExactlyOneRow) { EXPECT_DEATH((void)Broadcast(Zero(2), 5), "rows\\(\\) == 1"); }

TEST(Concatenate, PutsRowsBehindEachOther) {
  SeededRng rng(4);
  for (const std::size_t last : {0u, 1u, 64u, 100u}) {
    const Words a = RandomWords(128, rng), b = RandomWords(64, rng), c = RandomWords(last, rng);
    const Shares x = ShareWords(a, 128, rng), y = ShareWords(b, 64, rng), z = ShareWords(c, last, rng);
    Words want = a;
    want.insert(want.end(), b.begin(), b.end());
    want.insert(want.end(), c.begin(), c.end());
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return Concatenate({x[i], y[i], z[i]}); })), want);
  }
}

TEST(ConcatenateDeathTest, NeedsWholeWordsBeforeTheLastPart) {
  EXPECT_DEATH((void)Concatenate({Zero(65), Zero(64)}), "rows % 64");
}

TEST(GatherScalars, PacksOneRowPlanes) {
  SeededRng rng(5);
  for (const std::size_t count : kSizes) {
    const Words want = RandomWords(count, rng);
    std::array<BitPlanes, 3> scalars;
    for (std::size_t k = 0; k < count; ++k) {
      const Shares bit = ShareWords({want[k / 64] >> (k % 64) & 1}, 1, rng);
      for (unsigned i = 0; i < 3; ++i) scalars[i].push_back(bit[i]);
    }
    EXPECT_EQ(WordsOf(AtEach([&](unsigned i) { return GatherScalars(scalars[i]); })), want);
  }
}

TEST(SelectPlanes, GivesZeroWhereThereIsNoPlane) {
  SeededRng rng(6);
  const std::vector<std::uint64_t> values = {5, 6, 7};
  const auto x = ShareBits(values, 3, rng);
  const auto bit = [&](unsigned plane) {
    return WordsOf(AtEach([&](unsigned i) { return SelectPlanes(x[i], 1, 5).planes[plane]; }));
  };
  EXPECT_EQ(bit(0), Words{0b110});
  EXPECT_EQ(bit(1), Words{0b111});
  EXPECT_EQ(bit(4), Words{0});
}

TEST(BitsDeathTest, RefuseOperandsOfOtherLengths) {
  EXPECT_DEATH((void)Xor(Zero(5), Zero(6)), "rows\\(\\)");
  EXPECT_DEATH((void)XorPublic(PartyIndex(0), Zero(65), Words(1)), "words");
  EXPECT_DEATH((void)GatherScalars({Zero(1), Zero(2)}), "rows\\(\\) == 1");
}

}  // namespace
}  // namespace mpcstats
