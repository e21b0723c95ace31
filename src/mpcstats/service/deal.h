// Dealing a table: its owner splits every column into three components and commits to each, so that the parties notice
// when two of them were given different copies of one.
#pragma once

#include <array>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/query/execute.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

/// What is dealt: for each column the encoding in type.bits planes, then one validity plane, bit-sliced.
struct DealtTable {
  std::array<Bytes, 3> component;  ///< XOR is the table
  std::array<std::array<std::uint8_t, 16>, 3> nonce;
  std::array<Bytes32, 3> commitment;
};

/// Cost: the table's bits three times in memory.
[[nodiscard]] DealtTable Deal(const std::vector<NumericColumn>& columns, std::size_t rows, Rng& rng);

/// Bytes of one component of such a table.
[[nodiscard]] std::size_t ComponentBytes(const std::vector<ColumnInfo>& columns, std::size_t rows);

/// SHA-256 of index, nonce and bytes. Hiding because of the nonce, binding because of SHA-256.
[[nodiscard]] Bytes32 CommitComponent(unsigned index, std::span<const std::uint8_t, 16> nonce,
                                      ByteSpan component);

/// A party's columns from its two components, whose sizes fit. Bits behind the last row are dropped.
[[nodiscard]] std::vector<StoredColumn> StoredColumns(const std::vector<ColumnInfo>& columns,
                                                      std::size_t rows, ByteSpan own, ByteSpan next);

}  // namespace mpcstats
