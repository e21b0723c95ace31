// quantile(x, q) and quantile(x, q, type): R's types 1 to 9, exact; 0 <= q <= 1 with up to six decimals. Type 7, linear
// interpolation, is the one without a number.
#include "mpcstats/stats/order.h"

namespace mpcstats {
namespace {

unsigned TypeOf(std::span<const Decimal> numbers) {
  return numbers.size() > 1 ? static_cast<unsigned>(numbers[1].units) : 7;
}

Task<Figure> Quantile(Ctx& ctx, std::span<const ColumnShares* const> columns,
                      std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const Decimal q = numbers[0];
  const unsigned type = TypeOf(numbers);
  Figure figure = co_await QuantileFigure(ctx, x, q, type, "quantile");
  co_return figure;
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  return PlainQuantile(columns[0], types[0], numbers[0], TypeOf(numbers));
}

REGISTER_STATISTIC(Statistic{
    .name = "quantile",
    .summary = "quantile q, R type 7 or that of a second number",
    .numbers = {.min = 1, .max = 2, .ranges = {{{0, 6}, {1000000, 6}, {5, 1}}, {{1, 0}, {9, 0}, {7, 0}}}},
    .discloses = {"n", "quantile"},
    .degree = 1,
    .shows_one_value = true,
    .needs_for = RankNeeds,
    .cost = RankCost,
    .compute_columns = Quantile,
    .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
