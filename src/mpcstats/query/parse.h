// The short form of a query: name(column, ..., number, ...).
//
//   ParseExpression("quantile(income_usd, 0.9)")
//   ParseExpression("correlation(income_usd, illiteracy)")
//
// The full query language extends this parser; it does not replace it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/decimal.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

struct Expression {
  std::string text;  ///< canonical: no spaces but one behind a comma
  std::string statistic;
  std::vector<std::string> columns;  ///< one or more
  std::vector<Decimal> numbers;
};

/// The canonical text: columns in quotes where they need them.
[[nodiscard]] std::string ExpressionText(std::string_view statistic, const std::vector<std::string>& columns,
                                         const std::vector<Decimal>& numbers = {});

/// Reads one expression: columns first, then numbers. Column names with other characters than letters, digits and _ stand
/// in double quotes; so do those behind the first that begin with a digit, for there they would be numbers.
///
/// Errors: kInvalidArgument with the position of the character that does not fit, and an example.
[[nodiscard]] Result<Expression> ParseExpression(std::string_view text);

}  // namespace mpcstats
