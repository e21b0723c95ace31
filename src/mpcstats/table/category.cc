#include "mpcstats/table/category.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/decimal.h"
#include "mpcstats/table/csv.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

void CategoryBuilder::Reserve(std::size_t rows) {
  units_.reserve(rows);
  valid_.reserve(rows);
}

Status CategoryBuilder::Add(std::string_view cell, std::uint64_t line) {
  const std::string_view text = TrimSpaces(cell);
  valid_.push_back(text.empty() ? 0 : 1);
  units_.push_back(0);
  if (text.empty() || presence_only_) return {};
  const auto refuse = [&](std::string_view what) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} {}", CsvPlace(place_.file, line, place_.number, place_.name),
                            QuoteForMessage(text), what));
  };
  auto found = index_.find(text);
  if (found == index_.end()) {
    if (text.size() > kLongestCategory)
      return refuse("is longer than 1000 bytes; shorten it to use it as a category");
    const bool control = std::ranges::any_of(text, [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
    });
    if (control || !IsUtf8(text))
      return refuse("is no plain UTF-8 text; save the file as UTF-8 without control characters");
    if (index_.size() == kMaxCategories) {
      return refuse("is the 4097th different text of the column; group by fewer, or use a column of numbers");
    }
    found = index_.emplace(text, static_cast<std::int64_t>(index_.size())).first;
  }
  units_.back() = found->second;
  return {};
}

NumericColumn CategoryBuilder::Finish(std::vector<std::string>* categories) && {
  NumericColumn column;
  column.name = std::move(place_.name);
  std::vector<std::int64_t> rank(index_.size());
  for (const auto& [text, first] : index_) {
    rank[static_cast<std::size_t>(first)] = static_cast<std::int64_t>(categories->size());
    categories->push_back(text);
  }
  for (std::size_t row = 0; row < units_.size(); ++row) {
    if (valid_[row] != 0 && !presence_only_) units_[row] = rank[static_cast<std::size_t>(units_[row])];
  }
  column.type = ColumnType::For(rank.empty() ? 0 : rank.size() - 1, false, 0);
  column.units = std::move(units_);
  column.valid = std::move(valid_);
  return column;
}

}  // namespace mpcstats
