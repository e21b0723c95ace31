// How many numbers one exact number about values formed from columns can hold.
#pragma once

#include <cstddef>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// Beyond it nothing is counted: no figure may hold so many.
inline constexpr std::size_t kMostTerms = 1000;

/// Numbers that one exact number can hold which is a polynomial of `degree` in sums of values that add up `columns` columns, each times a
/// factor: a person who chooses the factors, such as those of 1000000 a + b, reads them off its digits. They are the products of
/// `degree` columns, in no order: C(columns + degree - 1, degree).
///
/// Shapes: columns and degree at least 1.
/// Errors: kInvalidArgument when there are more than kMostTerms.
[[nodiscard]] Result<std::size_t> TermsOf(std::size_t columns, unsigned degree);

}  // namespace mpcstats
