// Sums of products of a column of values and a column of weights.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Refuses signed weights, and columns whose sum of products does not fit F_p.
[[nodiscard]] Status WeightedFits(const StatisticCall& call);
[[nodiscard]] StatisticCost WeightedCost(const StatisticCall& call);

/// sum w x in the field. Cost: one dot product.
[[nodiscard]] Task<ArithColumn<Fp127>> WeightedTotal(Ctx& ctx, const ColumnShares& x,
                                                     const ColumnShares& weights);

[[nodiscard]] Rational PlainWeightedTotal(std::span<const std::int64_t> x,
                                          std::span<const std::int64_t> weights);

}  // namespace mpcstats
