// The digits of a correlation from its three central products, wherever they come from.
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

}  // namespace mpcstats
