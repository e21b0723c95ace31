// Columns of texts: categories, whose values are the texts' places in the order of their bytes.
//
//   CategoryBuilder builder({.file = "people.csv", .number = 2, .name = "region"}, false);
//   RETURN_IF_ERROR(builder.Add("South", 2));
//   std::vector<std::string> categories;
//   NumericColumn column = std::move(builder).Finish(&categories);
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mpcstats/table/column.h"

namespace mpcstats {

/// How the cells of a column are read.
enum class ColumnContent : std::uint8_t {
  kNumber,
  kCategory,  ///< texts: a value is the text's index among all different ones, in the order of their bytes
  kPresence,  ///< anything: only whether a cell is missing counts, and every value is 0
};

/// What a column was read as.
struct ColumnReading {
  ColumnContent content = ColumnContent::kNumber;
  std::vector<std::string> categories = {};  ///< of kCategory: each once, ascending by bytes
};

/// Most different texts of a category column, and the longest, in bytes.
inline constexpr std::size_t kMaxCategories = 4096;
inline constexpr std::size_t kLongestCategory = 1000;

/// Takes the cells of a category column in order; of kPresence with `presence_only`.
///
/// Units:  type is unsigned, as wide as the largest index; without any text 1 bit.
/// Cost:   9 bytes a row, and each different text once.
/// Errors: kInvalidArgument, one sentence with file, line, column and fix, for more than kMaxCategories texts, one that is
///         longer than kLongestCategory, not UTF-8 or with control characters.
class CategoryBuilder {
 public:
  CategoryBuilder(ColumnPlace place, bool presence_only)
      : place_(std::move(place)), presence_only_(presence_only) {}

  void Reserve(std::size_t rows);
  /// The cell of line `line`; only spaces means missing, and spaces around a text do not count.
  [[nodiscard]] Status Add(std::string_view cell, std::uint64_t line);
  /// Appends the texts to `categories`.
  [[nodiscard]] NumericColumn Finish(std::vector<std::string>* categories) &&;

 private:
  ColumnPlace place_;
  bool presence_only_;
  std::vector<std::int64_t> units_;  // by first appearance, until Finish
  std::vector<std::uint8_t> valid_;
  std::map<std::string, std::int64_t, std::less<>> index_;
};

}  // namespace mpcstats
