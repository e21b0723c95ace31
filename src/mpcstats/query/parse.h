// The short form of a query: name(column, ..., number, ...).
//
//   ParseExpression("quantile(income_usd, 0.9)")
//   ParseExpression("correlation(income_usd, illiteracy)")
//
// It is the item of a query (grammar.h) whose arguments are columns, not values formed from them: what the catalogue of a
// survey consists of.
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
  std::vector<std::string> texts = {};  ///< in place of numbers: categories of a column (NumbersOf)
  bool of_values = false;               ///< `columns` are the texts of values, as they stand in a query
  std::vector<std::string> written =
      {};  ///< of_values: columns as they are written, which may be the same twice
};

/// The canonical text: columns in quotes where they need them.
[[nodiscard]] std::string ExpressionText(std::string_view statistic, const std::vector<std::string>& columns,
                                         const std::vector<Decimal>& numbers = {});

/// Reads one expression: columns first, then numbers. Column names with other characters than letters, digits and _ stand
/// in double quotes; behind the first so do those that are a number or a word of the language.
///
/// Errors: kInvalidArgument with the position of the character that does not fit, and an example.
[[nodiscard]] Result<Expression> ParseExpression(std::string_view text);

}  // namespace mpcstats
