// How many numbers one exact sum of a value can hold: the terms of the polynomial that the value is.
#pragma once

#include <span>

#include "mpcstats/language/syntax.h"

namespace mpcstats {

/// Beyond it terms are not counted: no figure may hold so many.
inline constexpr std::size_t kMostTerms = 1000;

/// Terms, other than the constant, of the sum of `values` to the power of `degree`, whatever their coefficients: a person who chooses
/// those, such as 1000000 a + b, reads the sum of each off the digits of one exact sum. Of several values that includes the products
/// of each with each.
///
/// Shapes: at least one value with a column in it; degree at least 1.
/// Errors: kInvalidArgument when there are more than kMostTerms.
[[nodiscard]] Result<std::size_t> TermsOf(std::span<const Node> values, unsigned degree);

}  // namespace mpcstats
