// frequency(x, value, ...): how often each of the public values occurs, and how many values are none of them.
#include <algorithm>

#include "mpcstats/stats/counts.h"

namespace mpcstats {
namespace {

constexpr Statistic::Number kValue{{-(kDecimalUnitsEnd - 1), 6}, {kDecimalUnitsEnd - 1, 6}, {1, 0}};
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
  std::vector<Ctx> contexts;
  for (std::size_t v = 0; v < values.size(); ++v) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t v = 0; v < values.size(); ++v) tasks.push_back(EqualTo(contexts[v], x, values[v]));
  BitPlanes classes = co_await Par(std::move(tasks));
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
  return {call.numbers.size() * call.rows * (call.types[0].bits + 1) + call.rows, 0};
}

REGISTER_STATISTIC(Statistic{.name = "frequency",
                             .summary = "how often each of some public values occurs",
                             .numbers = {.min = 1, .max = kMostValues, .ranges = {kValue}},
                             .discloses = {"n", "frequency table"},
                             .has_parts = true,
                             .fits_call = Fits,
                             .cost_call = Cost,
                             .compute_columns = Frequency,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
