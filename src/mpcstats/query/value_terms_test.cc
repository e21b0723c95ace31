#include "mpcstats/query/value_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace mpcstats {
namespace {

// All choices of `degree` of the columns, written out.
std::size_t Listed(std::size_t columns, unsigned degree) {
  std::set<std::vector<std::size_t>> all = {{}};
  for (unsigned i = 0; i < degree; ++i) {
    std::set<std::vector<std::size_t>> longer;
    for (const std::vector<std::size_t>& one : all) {
      for (std::size_t c = one.empty() ? 0 : one.back(); c < columns; ++c) {
        longer.insert(one);
        std::vector<std::size_t> more = one;
        more.push_back(c);
        longer.insert(std::move(more));
      }
    }
    std::erase_if(longer, [&](const auto& one) { return one.size() != i + 1; });
    all = std::move(longer);
  }
  return all.size();
}

TEST(TermsOf, IsAColumnEachForSumsAndAPairEachForSecondMoments) {
  EXPECT_EQ(*TermsOf(1, 1), 1u);
  EXPECT_EQ(*TermsOf(2, 1), 2u);
  EXPECT_EQ(*TermsOf(1, 2), 1u);
  EXPECT_EQ(*TermsOf(2, 2), 3u) << "a a, a b, b b";
}

TEST(TermsOf, CountsTheProductsOfSoManyColumns) {
  for (std::size_t columns = 1; columns <= 5; ++columns) {
    for (unsigned degree = 1; degree <= 5; ++degree) {
      ASSERT_TRUE(TermsOf(columns, degree).has_value());
      EXPECT_EQ(*TermsOf(columns, degree), Listed(columns, degree)) << columns << " " << degree;
    }
  }
}

TEST(TermsOf, RefusesToCountBeyondTheMost) {
  EXPECT_EQ(*TermsOf(1000, 1), 1000u);
  EXPECT_EQ(*TermsOf(4, 16), 969u);
  for (const auto& [columns, degree] : {std::pair{1001u, 1u}, {45u, 2u}, {4u, 17u}, {1000u, 1000u}}) {
    const Result<std::size_t> terms = TermsOf(columns, degree);
    ASSERT_FALSE(terms.has_value()) << columns << " " << degree;
    EXPECT_EQ(terms.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(terms.error().message(), ::testing::HasSubstr("more than 1000 terms"));
  }
}

}  // namespace
}  // namespace mpcstats
