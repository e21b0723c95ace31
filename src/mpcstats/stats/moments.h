// n sum(xy) - (sum x)(sum y), the central product: with x = y it is n^2 times the variance of the data. The numbers that
// variance, covariance, correlation and regression are made of.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// Whether the central products of `rows` values of these types fit F_p without limbs: 2 (bits + log2 rows) <= 125.
[[nodiscard]] bool SecondMomentFits(const ColumnType& type, std::size_t rows);

/// What central products want in ColumnShares: kField, or kLimbs where one of the columns is wide.
[[nodiscard]] unsigned MomentNeeds(const ColumnType& type, std::size_t rows);
[[nodiscard]] unsigned CentralProductNeeds(const StatisticCall& call, std::size_t position);

/// Refuses fewer than two rows.
[[nodiscard]] Status MomentFits(const ColumnType& type, std::size_t rows);
[[nodiscard]] Status CentralProductFits(const StatisticCall& call);

/// Of one central product, and of those of all pairs of the call's columns: dot products, which take no ANDs, and the ANDs of
/// limbs put together.
[[nodiscard]] StatisticCost MomentCost(const ColumnType& type, std::size_t rows);
[[nodiscard]] StatisticCost CentralProductCost(const StatisticCall& call);

/// Two columns of equal rows and `valid`; they may be the same.
struct CentralPair {
  const ColumnShares* x;
  const ColumnShares* y;
};

/// The central product of each pair as a signed number of one row (engine/boolean/integer.h).
///
/// Shapes:   all columns hold units or all hold limbs: CentralProductNeeds of a call with all of them.
/// Cost:     traffic does not depend on the rows. From units one dot product and one product a pair, and one conversion
///           to bits of all; from limbs four of each, and an addition of 192 bits.
[[nodiscard]] Task<std::vector<BitColumn>> CentralProducts(Ctx& ctx, std::vector<CentralPair> pairs);

/// The same, opened exactly under `label`, all at once; and one alone.
[[nodiscard]] Task<std::vector<Rational>> OpenCentralProducts(Ctx& ctx, std::vector<CentralPair> pairs,
                                                              std::string_view label);
[[nodiscard]] Task<Rational> OpenCentralProduct(Ctx& ctx, const ColumnShares& x, const ColumnShares& y,
                                                std::string_view label);

/// The divisor of variance and covariance: of a sample n-1, of the whole population n.
enum class Divisor { kSample, kPopulation };

/// Why `count` values have no moment of this divisor; nothing when they have one.
[[nodiscard]] std::optional<Figure> NoMoment(std::uint64_t count, Divisor divisor);

/// Variance or covariance from a central product in units.
[[nodiscard]] Rational MomentOf(const Rational& product, std::uint64_t count, Divisor divisor,
                                const ColumnType& x, const ColumnType& y);

/// The variance with its central product opened, or why there is none; and the same in the clear.
[[nodiscard]] Task<Figure> VarianceFigure(Ctx& ctx, const ColumnShares& column, Divisor divisor);
[[nodiscard]] Figure PlainVariance(std::span<const std::int64_t> units, const ColumnType& type,
                                   Divisor divisor);
/// The square root of it, taken in the clear: it tells as much.
[[nodiscard]] Task<Figure> DeviationFigure(Ctx& ctx, const ColumnShares& column, Divisor divisor);
[[nodiscard]] Figure PlainDeviation(std::span<const std::int64_t> units, const ColumnType& type,
                                    Divisor divisor);

[[nodiscard]] Rational PlainCentralProduct(std::span<const std::int64_t> x, std::span<const std::int64_t> y);

}  // namespace mpcstats
