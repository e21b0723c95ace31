#include "mpcstats/query/value_terms.h"

#include <algorithm>
#include <set>
#include <vector>

#include "mpcstats/base/check.h"

namespace mpcstats {

namespace {

// The columns that a term multiplies, ascending; the constant has none.
using Term = std::vector<std::string>;
using Terms = std::set<Term>;

std::unexpected<Error> TooMany() {
  return Fail(ErrorCode::kInvalidArgument,
              "has values of more than " + std::to_string(kMostTerms) + " terms");
}

Result<Terms> Product(const Terms& left, const Terms& right) {
  Terms all;
  for (const Term& a : left) {
    for (const Term& b : right) {
      Term both;
      std::ranges::merge(a, b, std::back_inserter(both));
      all.insert(std::move(both));
      if (all.size() > kMostTerms) return TooMany();
    }
  }
  return all;
}

Result<Terms> TermsOfNode(const Node& node) {
  switch (node.kind) {
    case NodeKind::kColumn: return Terms{{node.text}};
    case NodeKind::kNumber: return Terms{{}};
    case NodeKind::kNegate: return TermsOfNode(node.children[0]);
    default: break;
  }
  CHECK(node.kind == NodeKind::kAdd || node.kind == NodeKind::kSubtract || node.kind == NodeKind::kMultiply);
  ASSIGN_OR_RETURN(Terms left, TermsOfNode(node.children[0]));
  ASSIGN_OR_RETURN(Terms right, TermsOfNode(node.children[1]));
  if (node.kind == NodeKind::kMultiply) return Product(left, right);
  left.merge(right);
  if (left.size() > kMostTerms) return TooMany();
  return left;
}

}  // namespace

Result<std::size_t> TermsOf(std::span<const Node> values, unsigned degree) {
  CHECK(!values.empty() && degree >= 1);
  Terms sum;
  for (const Node& value : values) {
    ASSIGN_OR_RETURN(Terms terms, TermsOfNode(value));
    sum.merge(terms);
  }
  // The constant moves what is opened by what everybody knows.
  sum.erase(Term());
  // Choices of `degree` terms of them, each as often as one likes. They grow with i, and every division is exact.
  std::size_t choices = 1;
  for (std::size_t i = 1; i <= degree; ++i) {
    choices = choices * (sum.size() + i - 1) / i;
    if (choices > kMostTerms) return TooMany();
  }
  return choices;
}

}  // namespace mpcstats
