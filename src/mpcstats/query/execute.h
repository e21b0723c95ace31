// Running a plan on stored shares: prepare once, then all statistics side by side.
#pragma once

#include <vector>

#include "mpcstats/query/plan.h"
#include "mpcstats/stats/joint.h"

namespace mpcstats {

/// Columns as they were dealt: unsigned encodings and validity bits; or as an earlier session prepared them.
struct StoredColumn {
  BitColumn encoded;  ///< type.bits planes
  BitPlane valid;
  bool prepared = false;  ///< `encoded` is the encoding of zero already where not valid
  ArithColumn<Fp127>
      units;  ///< only with `prepared`: units, zero where not valid; no rows where they are not there
};

/// Units as field elements, from encodings. Cost and security: as BitsToField.
[[nodiscard]] Task<ArithColumn<Fp127>> UnitsInField(Ctx& ctx, ColumnType type, BitColumn encoded);

/// Once for each table: hides what missing cells hold, and converts what the plan needs in the field; what a column brings
/// prepared is taken as it is. Ends verified.
[[nodiscard]] Task<std::vector<ColumnShares>> PrepareColumns(Ctx& ctx, const Plan& plan,
                                                             std::vector<StoredColumn> stored);

struct PlanOutcome {
  std::vector<Figure> figures;        ///< in the order of the plan's items
  std::vector<std::uint64_t> counts;  ///< the rows behind each figure
};

/// All figures of the plan; completes `columns`, which must live until then, and takes those that only sets of columns use. Opens for each column that a statistic uses
/// alone, and for each set of columns that some use together, the number of its rows without missing values, and for each
/// statistic what it declares.
[[nodiscard]] Task<PlanOutcome> ExecutePlan(Ctx& ctx, const Plan& plan, std::vector<ColumnShares>* columns);

}  // namespace mpcstats
