// cross_table(x, y, r, c): how many rows have each pair of a value of x, 0 to r-1, and of y, 0 to c-1; and how many rows have
// none of them. All counts are opened: chi_squared is the test that opens none.
#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/stats/counts.h"

namespace mpcstats {
namespace {

std::vector<std::string> Names(TableShape shape) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < shape.rows; ++i) {
    for (std::size_t j = 0; j < shape.columns; ++j) {
      names.push_back(std::to_string(i) + ", " + std::to_string(j));
    }
  }
  names.push_back("other");
  return names;
}

Task<Figure> CrossTable(Ctx& ctx, std::span<const ColumnShares* const> columns,
                        std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  const TableShape shape = TableShapeOf(numbers);
  BitPlanes cells = co_await CellPlanes(ctx, x, y, shape);
  // A row is in one cell at most.
  BitPlane other = x.valid;
  for (const BitPlane& cell : cells) other = Xor(other, cell);
  cells.push_back(other);
  const std::vector<std::uint64_t> counts = co_await OpenCounts(ctx, std::move(cells), "cross table");
  co_return CountsFigure(Names(shape), counts);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const TableShape shape = TableShapeOf(numbers);
  std::vector<std::uint64_t> counts(shape.cells() + 1, 0);
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    ++counts[PlainCell(columns, types, row, shape).value_or(shape.cells())];
  }
  return CountsFigure(Names(shape), counts);
}

StatisticCost Cost(const StatisticCall& call) {
  const TableShape shape = TableShapeOf(call.numbers);
  return {call.rows *
          (shape.rows * call.types[0].bits + shape.columns * call.types[1].bits + 2 * shape.cells())};
}

void NameParts(std::span<const std::vector<std::string>> texts, std::span<const Decimal> numbers,
               Figure* figure) {
  if (texts[0].empty() && texts[1].empty()) return;
  const TableShape shape = TableShapeOf(numbers);
  const auto name = [&](std::size_t axis, std::size_t at) {
    const Decimal code(static_cast<std::int64_t>(at), 0);
    return texts[axis].empty() ? FormatDecimal(code) : CategoryName(texts[axis], code);
  };
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    figure->parts[cell].name = name(0, cell / shape.columns) + ", " + name(1, cell % shape.columns);
  }
  const bool all = shape.rows == texts[0].size() && shape.columns == texts[1].size();
  if (all) figure->parts.pop_back();  // nobody is in another
}

std::size_t OpenedNumbers(const StatisticCall& call) { return TableShapeOf(call.numbers).cells() + 1; }

std::vector<Classes> ClassesOf(const StatisticCall& call) {
  const TableShape shape = TableShapeOf(call.numbers);
  return {{0, Classes::Kind::kValues, FirstNumbers(shape.rows)},
          {1, Classes::Kind::kValues, FirstNumbers(shape.columns)}};
}

REGISTER_STATISTIC(Statistic{.name = "cross_table",
                             .summary = "counts of all pairs of two columns of categories",
                             .columns = {2, 2},
                             .numbers = {.min = 2, .max = 2, .ranges = {kTableCategories, kTableCategories}},
                             .discloses = {"n", "cross table"},
                             .has_parts = true,
                             .in_units = false,
                             .opened_numbers = OpenedNumbers,
                             .classes = ClassesOf,
                             .categories = 3,
                             .numbers_of_categories = ShapeOfCategories,
                             .name_parts = NameParts,
                             .fits_call = TableShapeFits,
                             .cost_call = Cost,
                             .compute_columns = CrossTable,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
