#include "mpcstats/query/value_terms.h"

#include <string>

#include "mpcstats/base/check.h"

namespace mpcstats {

Result<std::size_t> TermsOf(std::size_t columns, unsigned degree) {
  CHECK(columns >= 1 && degree >= 1);
  // The binomial coefficient grows with i, and every division is exact.
  std::size_t terms = 1;
  for (std::size_t i = 1; i <= degree; ++i) {
    terms = terms * (columns + i - 1) / i;
    if (terms > kMostTerms) {
      return Fail(ErrorCode::kInvalidArgument,
                  "has values of more than " + std::to_string(kMostTerms) + " terms");
    }
  }
  return terms;
}

}  // namespace mpcstats
