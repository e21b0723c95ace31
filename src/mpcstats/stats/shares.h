// Shares of a total that belong to a part of the people: numerator and denominator stay secret.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// A part of the people in ascending order of their values: the first `whole` and the fraction numerator / denominator of
/// the next one; or the same from the other end.
struct PartOfPeople {
  std::uint64_t whole;
  std::uint64_t numerator;
  std::uint64_t denominator;
};
enum class From { kLowest, kHighest };

/// Refuses signed columns, and sums that do not fit F_p.
[[nodiscard]] Status SharesFit(const StatisticCall& call);
[[nodiscard]] StatisticCost SharesCost(const StatisticCall& call);

/// The part's values by all values, each to within 2^-21; opened together under `label`. A sum of zero is undefined.
///
/// Shapes:   `column` is unsigned, has kSorted and kSortedField and at least one value. One figure a part.
/// Cost:     one conversion to bits and one division for all.
[[nodiscard]] Task<std::vector<Figure>> ShareFigures(Ctx& ctx, const ColumnShares& column,
                                                     std::vector<PartOfPeople> parts, From from,
                                                     std::string_view label);
[[nodiscard]] std::vector<Figure> PlainShares(std::span<const std::int64_t> units,
                                              const std::vector<PartOfPeople>& parts, From from);

}  // namespace mpcstats
