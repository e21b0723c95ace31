// frequency(x, value, ...): how often each of the public values occurs, and how many values are none of them.
#include <algorithm>

#include "mpcstats/stats/counts.h"

namespace mpcstats {
namespace {

constexpr auto kValue = Statistic::Number::OfColumn({1, 0});
constexpr std::size_t kMostValues = 256;

std::vector<std::string> Names(std::span<const Decimal> values) {
  std::vector<std::string> names;
  for (const Decimal& value : values) names.push_back(ShortDecimal(value));
  names.push_back("other");
  return names;
}

Task<Figure> Frequency(Ctx& ctx, std::span<const ColumnShares* const> columns,
                       std::span<const Decimal> values) {
  const ColumnShares& x = *columns[0];
  const Classes all{0, Classes::Kind::kValues, {values.begin(), values.end()}};
  BitPlanes classes = co_await ClassPlanes(ctx, x, all);
  // The values differ, so that a row is in one class at most.
  BitPlane other = x.valid;
  for (const BitPlane& plane : classes) other = Xor(other, plane);
  classes.push_back(other);
  const std::vector<std::uint64_t> counts = co_await OpenCounts(ctx, std::move(classes), "frequency table");
  co_return CountsFigure(Names(values), counts);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> values) {
  std::vector<std::uint64_t> counts(values.size() + 1, 0);
  for (const std::int64_t x : columns[0]) {
    const Rational value = Unscale(Rational(x), types[0]);
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](Decimal one) { return Rational::FromDecimal(one) == value; });
    ++counts[static_cast<std::size_t>(found - values.begin())];
  }
  return CountsFigure(Names(values), counts);
}

Status Fits(const StatisticCall& call) {
  for (std::size_t i = 0; i < call.numbers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (Rational::FromDecimal(call.numbers[i]) != Rational::FromDecimal(call.numbers[j])) continue;
      return Fail(
          ErrorCode::kInvalidArgument,
          "takes values that differ, and " + ShortDecimal(call.numbers[i]) + " stands twice; name it once");
    }
  }
  return {};
}

StatisticCost Cost(const StatisticCall& call) {
  return {call.numbers.size() * call.rows * (call.types[0].bits + 1) + call.rows};
}

// Of a column of categories: all of them.
std::vector<Decimal> AllCategories(std::span<const std::size_t> texts) { return FirstNumbers(texts[0]); }

void NameParts(std::span<const std::vector<std::string>> texts, std::span<const Decimal> values,
               Figure* figure) {
  if (texts[0].empty()) return;
  for (std::size_t i = 0; i < values.size(); ++i) figure->parts[i].name = CategoryName(texts[0], values[i]);
  if (values.size() == texts[0].size()) figure->parts.pop_back();  // nobody is in another
}

std::size_t OpenedNumbers(const StatisticCall& call) { return call.numbers.size() + 1; }

std::vector<Classes> ClassesOf(const StatisticCall& call) {
  return {{0, Classes::Kind::kValues, {call.numbers.begin(), call.numbers.end()}}};
}

REGISTER_STATISTIC(Statistic{.name = "frequency",
                             .summary = "how often each of some public values occurs",
                             .numbers = {.min = 1, .max = kMostValues, .ranges = {kValue}},
                             .discloses = {"n", "frequency table"},
                             .has_parts = true,
                             .in_units = false,
                             .opened_numbers = OpenedNumbers,
                             .classes = ClassesOf,
                             .categories = 1,
                             .numbers_of_categories = AllCategories,
                             .name_parts = NameParts,
                             .fits_call = Fits,
                             .cost_call = Cost,
                             .compute_columns = Frequency,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
