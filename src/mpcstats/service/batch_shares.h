// BatchShares: a party's shares of one closed batch, checked and converted once, kept for every later release.
#pragma once

#include <vector>

#include "mpcstats/query/execute.h"
#include "mpcstats/survey/survey.h"

namespace mpcstats {

/// One survey column of a batch. Rows are padded to a multiple of 64 with rows that are not valid.
struct BatchColumn {
  BitColumn encoded;         ///< value_bits() planes, the encoding of zero where not valid
  BitPlane valid;            ///< the cell is there, and the whole row is within the survey's ranges
  ArithColumn<Fp127> units;  ///< numbers only: units, zero where not valid
};

struct BatchShares {
  std::size_t people = 0;            ///< submissions
  std::vector<BatchColumn> columns;  ///< one a survey column; empty planes for the unique column
  /// Rows of every column.
  [[nodiscard]] std::size_t rows() const { return 64 * WordsFor(people); }
};

/// Canonical bytes: u64 people, then for the own components and again for the next ones: for each column its planes, its
/// validity, its units. Secret: whoever holds them wipes them. Cost: one copy.
[[nodiscard]] Bytes EncodeBatchShares(const BatchShares& shares);
/// Errors: kInvalidArgument when the bytes do not fit the survey, or an element is not canonical.
[[nodiscard]] Result<BatchShares> DecodeBatchShares(const Survey& survey, ByteSpan bytes);

/// Whether the shapes of `shares` are those of the survey's columns. Errors: kInvalidArgument.
[[nodiscard]] Status CheckBatchShares(const Survey& survey, const BatchShares& shares);

}  // namespace mpcstats
