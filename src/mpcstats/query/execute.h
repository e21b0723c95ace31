// Running a plan on stored shares: prepare once, then all statistics side by side.
#pragma once

#include <vector>

#include "mpcstats/query/plan.h"

namespace mpcstats {

/// Columns as they were dealt: unsigned encodings and validity bits; or as an earlier session prepared them.
struct StoredColumn {
  BitColumn encoded;  ///< type.bits planes
  BitPlane valid;
  bool prepared = false;  ///< `encoded` is the encoding of zero already where not valid
  ArithColumn<Fp127>
      units;  ///< only with `prepared`: units, zero where not valid; no rows where they are not there
};

/// `encoded` where `valid`, else the encoding of zero: a row that is marked missing may hold anything.
///
/// Shapes:   type.bits planes in and out, of as many rows as `valid`.
/// Cost:     type.bits ANDs a row, 1 round.
/// Security: as And: not verified until something is opened.
[[nodiscard]] Task<BitColumn> ZeroWhereMissing(Ctx& ctx, ColumnType type, BitColumn encoded, BitPlane valid);

/// Units as field elements, from encodings. Cost and security: as BitsToField.
[[nodiscard]] Task<ArithColumn<Fp127>> UnitsInField(Ctx& ctx, ColumnType type, BitColumn encoded);

/// Once for each table: hides what missing cells hold, and converts what the plan needs in the field; what a column brings
/// prepared is taken as it is. Ends verified.
[[nodiscard]] Task<std::vector<ColumnShares>> PrepareColumns(Ctx& ctx, const Plan& plan,
                                                             std::vector<StoredColumn> stored);

/// All figures of the plan, in its order; completes `columns`, which must live until then. Opens for each column its
/// count, and for each statistic what it declares.
[[nodiscard]] Task<std::vector<Figure>> ExecutePlan(Ctx& ctx, const Plan& plan,
                                                    std::vector<ColumnShares>* columns);

}  // namespace mpcstats
