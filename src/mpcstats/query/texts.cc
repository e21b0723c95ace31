// Texts where a statistic takes numbers: places in the list of a column's categories.
#include <algorithm>

#include "mpcstats/query/bind.h"
#include "mpcstats/stats/statistic.h"

namespace mpcstats {

namespace {

// The one column whose texts a call can name; nothing where there are two, or none.
const std::vector<std::string>* NamedColumn(std::span<const std::vector<std::string>> categories) {
  const std::vector<std::string>* found = nullptr;
  for (const std::vector<std::string>& one : categories) {
    if (one.empty()) continue;
    if (found != nullptr) return nullptr;
    found = &one;
  }
  return found;
}

std::unexpected<Error> LeavesOpen(const Statistic& statistic) {
  return Fail(ErrorCode::kInvalidArgument, std::string(statistic.name) +
                                               " of these columns leaves open which categories; name " +
                                               std::to_string(statistic.numbers.min) + " in single quotes");
}

}  // namespace

Result<std::vector<Decimal>> NumbersOf(std::string_view statistic,
                                       std::span<const std::vector<std::string>> categories,
                                       std::vector<Decimal> numbers, std::span<const std::string> texts) {
  const Statistic* known = FindStatistic(statistic);
  const bool fits =
      known != nullptr && known->numbers_of_categories != nullptr && categories.size() >= known->columns.min;
  if (!texts.empty()) {
    const std::vector<std::string>* column = fits ? NamedColumn(categories) : nullptr;
    // A level may stand behind them, and has a range of its own.
    const bool behind =
        fits && known->numbers.ranges.size() > known->numbers.min && texts.size() == known->numbers.min;
    if (column == nullptr || (!numbers.empty() && !behind)) {
      return Fail(
          ErrorCode::kInvalidArgument,
          LiteralText(texts[0]) + " is a text where a number should be; compare texts with a column alone");
    }
    std::vector<Decimal> places;
    for (const std::string& text : texts) {
      const auto at = std::ranges::find(*column, text);
      if (at == column->end()) {
        return Fail(ErrorCode::kInvalidArgument, LiteralText(text) +
                                                     " is no category of the column; write one such as " +
                                                     LiteralText(column->front()));
      }
      places.emplace_back(static_cast<std::int64_t>(at - column->begin()), 0);
    }
    if (places.size() < known->numbers.min) return LeavesOpen(*known);
    places.insert(places.end(), numbers.begin(), numbers.end());
    return places;
  }
  const bool any = std::ranges::any_of(categories, [](const auto& one) { return !one.empty(); });
  if (!fits || !any || !numbers.empty()) return numbers;
  std::vector<std::size_t> counts;
  for (const std::vector<std::string>& one : categories) counts.push_back(one.size());
  numbers = known->numbers_of_categories(counts);
  if (numbers.empty() && known->numbers.min > 0) return LeavesOpen(*known);
  return numbers;
}

}  // namespace mpcstats
