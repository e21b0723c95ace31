// How many numbers one exact number about a value can hold: from the terms of the polynomial that the value is.
#pragma once

#include <span>

#include "mpcstats/language/syntax.h"

namespace mpcstats {

/// Beyond it nothing is counted: no figure may hold so many.
inline constexpr std::size_t kMostTerms = 1000;

/// Numbers that one exact number can hold which is a polynomial of `degree` in sums of `values`: a person who chooses the factors of the
/// values' terms, such as 1000000 a + b, reads them off its digits. They are the products of `degree` terms other than the constant,
/// of all values together and in no order. Products that multiply the same columns count each: n sum(xy) - sum(x) sum(y) holds
/// another number for a a^3 than for a^2 a^2.
///
/// Shapes: at least one value with a column in it; degree at least 1.
/// Errors: kInvalidArgument when there are more than kMostTerms.
[[nodiscard]] Result<std::size_t> TermsOf(std::span<const Node> values, unsigned degree);

}  // namespace mpcstats
