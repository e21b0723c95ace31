#include "mpcstats/service/deal.h"

#include <gtest/gtest.h>

#include <set>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/service/testing.h"

namespace mpcstats {
namespace {

NumericColumn SignedColumn(std::size_t rows) {
  NumericColumn column{.name = "y", .type = {.bits = 11, .is_signed = true}, .units = {}, .valid = {}};
  for (std::size_t r = 0; r < rows; ++r) {
    column.units.push_back(static_cast<std::int64_t>(r % 2047) - 1023);
    column.valid.push_back(r % 3 == 0 ? 0 : 1);
  }
  return column;
}

std::vector<ColumnInfo> InfoOf(const std::vector<NumericColumn>& table) {
  std::vector<ColumnInfo> columns;
  for (const NumericColumn& column : table) columns.push_back({column.name, column.type});
  return columns;
}

/// The bit of a row in component `own` of a plane.
unsigned BitOf(const std::uint64_t* words, std::size_t row) { return (words[row / 64] >> (row % 64)) & 1; }

TEST(Deal, TheThreeComponentsAddUpToTheTable) {
  for (const std::size_t rows : {1u, 2u, 63u, 64u, 65u, 200u}) {
    SCOPED_TRACE(rows);
    const std::vector<NumericColumn> table = {UniformColumn("x", rows, 60, rows), SignedColumn(rows)};
    const std::vector<ColumnInfo> columns = InfoOf(table);
    SeededRng rng(7);
    const DealtTable dealt = Deal(table, rows, rng);
    std::array<std::vector<StoredColumn>, 3> stored;
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_EQ(dealt.component[i].size(), ComponentBytes(columns, rows));
      stored[i] = StoredColumns(columns, rows, dealt.component[i], dealt.component[(i + 1) % 3]);
    }
    for (std::size_t c = 0; c < table.size(); ++c) {
      for (std::size_t r = 0; r < rows; ++r) {
        std::uint64_t encoded = 0;
        for (unsigned b = 0; b < table[c].type.bits; ++b) {
          std::uint64_t bit = 0;
          for (unsigned i = 0; i < 3; ++i) bit ^= BitOf(stored[i][c].encoded.planes[b].own(), r);
          encoded |= bit << b;
        }
        unsigned valid = 0;
        for (unsigned i = 0; i < 3; ++i) valid ^= BitOf(stored[i][c].valid.own(), r);
        EXPECT_EQ(valid, table[c].valid[r]);
        EXPECT_EQ(table[c].type.Decode(encoded), table[c].units[r]);
      }
    }
  }
}

TEST(Deal, ATableWithoutRowsHasEmptyComponents) {
  SeededRng rng(1);
  const std::vector<NumericColumn> table = {UniformColumn("x", 0, 8, 1)};
  const DealtTable dealt = Deal(table, 0, rng);
  EXPECT_EQ(ComponentBytes(InfoOf(table), 0), 0u);
  EXPECT_EQ(StoredColumns(InfoOf(table), 0, dealt.component[0], dealt.component[1])[0].valid.rows(), 0u);
}

TEST(Deal, TwoComponentsOfAConstantTableLookLikeNoise) {
  NumericColumn zeros = UniformColumn("x", 64 * 200, 10, 1);
  std::fill(zeros.units.begin(), zeros.units.end(), 0);
  SeededRng rng(3);
  const DealtTable dealt = Deal({zeros}, zeros.units.size(), rng);
  for (const Bytes& component : dealt.component) {
    std::size_t ones = 0;
    for (const std::uint8_t byte : component) ones += static_cast<std::size_t>(std::popcount(byte));
    const double share = static_cast<double>(ones) / (8.0 * static_cast<double>(component.size()));
    EXPECT_NEAR(share, 0.5, 0.01);
  }
}

TEST(Deal, NeverDealsTheSameComponentOrCommitmentTwice) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 100, 20, 1)};
  SeededRng rng(3);
  std::set<Bytes> components;
  std::set<Bytes32> commitments;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const DealtTable dealt = Deal(table, 100, rng);
    components.insert(dealt.component.begin(), dealt.component.end());
    commitments.insert(dealt.commitment.begin(), dealt.commitment.end());
  }
  EXPECT_EQ(components.size(), 9u);
  EXPECT_EQ(commitments.size(), 9u);
}

TEST(CommitComponent, OpensWithTheDealtNonceAndBytesOnly) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 100, 20, 1)};
  SeededRng rng(5);
  const DealtTable dealt = Deal(table, 100, rng);
  for (unsigned j = 0; j < 3; ++j) {
    EXPECT_EQ(CommitComponent(j, dealt.nonce[j], dealt.component[j]), dealt.commitment[j]);
    EXPECT_NE(CommitComponent((j + 1) % 3, dealt.nonce[j], dealt.component[j]), dealt.commitment[j]);
    EXPECT_NE(CommitComponent(j, dealt.nonce[(j + 1) % 3], dealt.component[j]), dealt.commitment[j]);
  }
}

TEST(CommitComponent, DoesNotOpenAnAlteredComponent) {
  const std::vector<NumericColumn> table = {UniformColumn("x", 64, 3, 1)};
  SeededRng rng(5);
  const DealtTable dealt = Deal(table, 64, rng);
  for (std::size_t bit = 0; bit < 8 * dealt.component[1].size(); ++bit) {
    Bytes altered = dealt.component[1];
    altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_NE(CommitComponent(1, dealt.nonce[1], altered), dealt.commitment[1]);
  }
  Bytes longer = dealt.component[1];
  longer.push_back(0);
  EXPECT_NE(CommitComponent(1, dealt.nonce[1], longer), dealt.commitment[1]);
}

TEST(StoredColumns, DropsBitsBehindTheLastRow) {
  const std::vector<ColumnInfo> columns = {{"x", {.bits = 1}}};
  const Bytes ones(ComponentBytes(columns, 3), 0xff);
  const std::vector<StoredColumn> stored = StoredColumns(columns, 3, ones, ones);
  EXPECT_EQ(stored[0].encoded.planes[0].own()[0], 7u);
  EXPECT_EQ(stored[0].valid.next()[0], 7u);
}

TEST(StoredColumnsDeathTest, ChecksTheSizes) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::vector<ColumnInfo> columns = {{"x", {.bits = 8}}};
  const Bytes good(ComponentBytes(columns, 10), 0);
  const Bytes short_one(good.size() - 1, 0);
  EXPECT_DEATH((void)StoredColumns(columns, 10, good, short_one), "");
  EXPECT_DEATH((void)StoredColumns(columns, 10, short_one, short_one), "");
}

}  // namespace
}  // namespace mpcstats
