// Tests that compare two groups of people, and p-values from what they open.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// The numbers of `test(x, group, a, b)`: rows with group = a against those with group = b.
inline constexpr auto kGroupA = Statistic::Number::OfColumn({0, 0});
inline constexpr auto kGroupB = Statistic::Number::OfColumn({1, 0});

/// Refuses a group that is compared with itself.
[[nodiscard]] Status GroupsDiffer(const StatisticCall& call);

/// The two groups. Statistic::classes.
[[nodiscard]] std::vector<Classes> GroupClasses(const StatisticCall& call);
/// Of a call that names none, on a group of two texts: those. Statistic::numbers_of_categories.
[[nodiscard]] std::vector<Decimal> TwoCategories(std::span<const std::size_t> texts);

/// Who is in which group, and how many: the sizes are opened under "group sizes".
struct TwoGroups {
  BitPlane a, b;
  std::uint64_t size_a = 0;
  std::uint64_t size_b = 0;
};
[[nodiscard]] Task<TwoGroups> SplitGroups(Ctx& ctx, const ColumnShares& group, Decimal a, Decimal b);

struct PlainGroups {
  std::vector<std::int64_t> a, b;
};
[[nodiscard]] PlainGroups PlainSplit(std::span<const std::vector<std::int64_t>> columns,
                                     const ColumnType& group, Decimal a, Decimal b);

/// Two-sided p-value of Student's t with `freedom` degrees; both may be off by their bounds, and so may the p-value.
[[nodiscard]] Figure StudentP(const Figure& t, const Figure& freedom);
/// Upper tail of chi squared.
[[nodiscard]] Figure ChiSquaredP(const Figure& statistic, double freedom);
/// Two-sided p-value of the standard normal distribution.
[[nodiscard]] double NormalP(double z);

}  // namespace mpcstats
