// The short form of a query: name(column[, number]).
//
//   ParseExpression("quantile(income_usd, 0.9)")
//
// The full query language extends this parser; it does not replace it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mpcstats/base/decimal.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

struct Expression {
  std::string text;  ///< canonical: no spaces but one behind the comma
  std::string statistic;
  std::string column;
  std::optional<Decimal> number;
};

/// The canonical text: the column in quotes where it needs them.
[[nodiscard]] std::string ExpressionText(std::string_view statistic, const std::string& column,
                                         std::optional<Decimal> number);

/// Reads one expression; column names with other characters than letters, digits and _ stand in double quotes.
///
/// Errors: kInvalidArgument with the position of the character that does not fit, and an example.
[[nodiscard]] Result<Expression> ParseExpression(std::string_view text);

}  // namespace mpcstats
