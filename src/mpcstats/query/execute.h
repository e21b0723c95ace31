// Running a plan on stored shares: prepare once, then all statistics side by side.
#pragma once

#include <vector>

#include "mpcstats/query/plan.h"

namespace mpcstats {

/// Columns as they were dealt: unsigned encodings and validity bits.
struct StoredColumn {
  BitColumn encoded;  ///< type.bits planes
  BitPlane valid;
};

/// Once for each table: hides what missing cells hold, and converts what the plan needs in the field. Ends verified.
[[nodiscard]] Task<std::vector<ColumnShares>> PrepareColumns(Ctx& ctx, const Plan& plan,
                                                             std::vector<StoredColumn> stored);

/// All figures of the plan, in its order; completes `columns`, which must live until then. Opens for each column its count, and for each statistic what it declares.
[[nodiscard]] Task<std::vector<Figure>> ExecutePlan(Ctx& ctx, const Plan& plan,
                                                    std::vector<ColumnShares>* columns);

}  // namespace mpcstats
