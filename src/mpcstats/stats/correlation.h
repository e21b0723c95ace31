// The digits of a correlation: of two columns, or from three central products, wherever they come from.
#pragma once

#include "mpcstats/stats/statistic.h"

namespace mpcstats {

/// xy / sqrt(xx yy) to within 2^-21, opened under `label`: its sign, kFractionBits binary digits, and whether xx yy is zero,
/// which is undefined for the reason `constant`.
///
/// Shapes:   signed numbers of one row (engine/boolean/integer.h); xx and yy are not negative, and xy^2 <= xx yy.
/// Cost:     some 700 rounds and 10^5 ANDs for numbers of 126 bits; nothing grows with the rows of a table.
[[nodiscard]] Task<Figure> CorrelationFigure(Ctx& ctx, BitColumn xy, BitColumn xx, BitColumn yy,
                                             std::string_view constant, std::string_view label);
[[nodiscard]] Figure PlainCorrelation(const Rational& xy, const Rational& xx, const Rational& yy,
                                      std::string_view constant);

/// Pearson's r of two columns as correlation(x, y) opens it, and the same in the clear. NoMoment is the caller's to ask.
///
/// Cost:     CentralProducts of three pairs, and CorrelationFigure.
[[nodiscard]] Task<Figure> PearsonFigure(Ctx& ctx, const ColumnShares& x, const ColumnShares& y);
[[nodiscard]] Figure PlainPearson(std::span<const std::int64_t> x, std::span<const std::int64_t> y);

}  // namespace mpcstats
