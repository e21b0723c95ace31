// chi_squared(x, y, r, c): Pearson's test of independence of x, which takes the whole numbers 0 to r-1, and y, 0 to c-1, with
// degrees of freedom and p-value. Rows with other values are left out. No continuity correction.
//
// X^2 = n (sum over the cells of N_ij^2 / (R_i C_j) - 1). The cells and their margins stay secret; n, the rows in the table,
// is opened, and whether a row or column of it is empty.
#include <algorithm>
#include <bit>
#include <cmath>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/mux.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/boolean/scalar.h"
#include "mpcstats/stats/counts.h"
#include "mpcstats/stats/groups.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {
namespace {

constexpr char kEmpty[] = "a value of x or y does not occur";
Figure FigureOf(Figure statistic, TableShape shape) {
  const auto freedom = (shape.rows - 1) * (shape.columns - 1);
  Figure p = ChiSquaredP(statistic, static_cast<double>(freedom));
  std::vector<Figure> parts;
  parts.push_back(std::move(statistic).Named("chi squared"));
  parts.push_back(Figure::Exact(freedom).Named("degrees of freedom"));
  parts.push_back(std::move(p).Named("p value"));
  return Figure::Of(std::move(parts));
}

// The counts of the cells, row after row, as rows of one column.
Task<BitColumn> CountCells(Ctx& ctx, const ColumnShares& x, const ColumnShares& y, TableShape shape) {
  BitPlanes cells = co_await CellPlanes(ctx, x, y, shape);
  const std::vector<BitColumn> counts = co_await CountMany(ctx, std::move(cells));
  std::vector<BitColumn> stacked;
  for (const BitColumn& count : counts) stacked.push_back(AsSigned(count));
  co_return StackSigned(stacked);
}

// Sums of `groups` groups of `size` cells each; cell k of group g is cell first(g, k).
template <typename F>
std::vector<std::vector<BitColumn>> Grouped(const BitColumn& cells, std::size_t groups, std::size_t size,
                                            F&& cell) {
  std::vector<std::vector<BitColumn>> out(groups);
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t k = 0; k < size; ++k) out[g].push_back(RowOf(cells, cell(g, k)));
  }
  return out;
}

Task<std::vector<BitColumn>> SumEach(Ctx& ctx, std::vector<std::vector<BitColumn>> groups, unsigned bits) {
  std::vector<Ctx> contexts;
  for (std::size_t g = 0; g < groups.size(); ++g) contexts.push_back(ctx.Fork());
  std::vector<Task<BitColumn>> tasks;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    tasks.push_back(AddMany(contexts[g], std::move(groups[g]), bits));
  }
  std::vector<BitColumn> sums = co_await Par(std::move(tasks));
  co_return sums;
}

Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> columns,
                     std::span<const Decimal> numbers) {
  const ColumnShares& x = *columns[0];
  const ColumnShares& y = *columns[1];
  const TableShape shape = TableShapeOf(numbers);
  const BitColumn cells = co_await CountCells(ctx, x, y, shape);
  const unsigned bits = cells.bits();
  Ctx r_ctx = ctx.Fork();
  Ctx c_ctx = ctx.Fork();
  auto of_rows = Grouped(cells, shape.rows, shape.columns,
                         [&](std::size_t i, std::size_t j) { return i * shape.columns + j; });
  auto of_columns = Grouped(cells, shape.columns, shape.rows,
                            [&](std::size_t j, std::size_t i) { return i * shape.columns + j; });
  const auto [r_sums, c_sums] =
      co_await Par(SumEach(r_ctx, std::move(of_rows), bits), SumEach(c_ctx, std::move(of_columns), bits));
  BitColumn total = co_await AddMany(ctx, r_sums, bits);
  std::vector<BitPlanes> size(1, total.planes);
  const std::vector<unsigned __int128> opened_size =
      co_await OpenNumbers(ctx, std::move(size), "n in the table");
  const auto n = static_cast<std::uint64_t>(opened_size[0]);
  if (n == 0) co_return Figure::Undefined(kEmpty);
  std::vector<BitColumn> r_stack, c_stack, margins;
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    r_stack.push_back(r_sums[cell / shape.columns]);
    c_stack.push_back(c_sums[cell % shape.columns]);
  }
  margins = r_sums;
  margins.insert(margins.end(), c_sums.begin(), c_sums.end());
  Ctx square_ctx = ctx.Fork();
  Ctx below_ctx = ctx.Fork();
  Ctx zero_ctx = ctx.Fork();
  const auto [squares, below, zeros] =
      co_await Par(Square(square_ctx, cells), Multiply(below_ctx, StackSigned(r_stack), StackSigned(c_stack)),
                   IsZero(zero_ctx, StackSigned(margins)));
  // Each quotient is at most 1 and cut off behind `places` digits, so that n times their sum is short of X^2 + n by less
  // than n cells 2^-places <= 2^-21.
  const unsigned places =
      kFractionBits + 1 + static_cast<unsigned>(std::bit_width(n) + std::bit_width(shape.cells()));
  Ctx divide_ctx = ctx.Fork();
  Ctx any_ctx = ctx.Fork();
  const auto [quotients, empty] =
      co_await Par(DivideToFixed(divide_ctx, squares, below, 1, places), AnyRow(any_ctx, zeros));
  std::vector<BitColumn> terms;
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) terms.push_back(RowOf(quotients, cell));
  const unsigned sum_bits = places + 1 + static_cast<unsigned>(std::bit_width(shape.cells()));
  BitColumn sum = co_await AddMany(ctx, std::move(terms), sum_bits);
  const unsigned product_bits = sum_bits + static_cast<unsigned>(std::bit_width(n));
  BitColumn product = co_await MultiplyPublic(ctx, std::move(sum), n, product_bits);
  BitColumn rounded = co_await RoundOff(ctx, std::move(product), places - kFractionBits);
  // Where something is empty, the quotients by zero must not add to what the other cells say.
  const BitPlane full = Not(ctx.session().self(), empty);
  BitColumn kept = co_await ZeroUnless(ctx, full, std::move(rounded));
  std::vector<BitPlanes> opening;
  opening.push_back(std::move(kept.planes));
  opening.push_back(BitPlanes(1, empty));
  const std::vector<unsigned __int128> opened = co_await OpenNumbers(ctx, std::move(opening), "chi squared");
  if (opened[1] != 0) co_return Figure::Undefined(kEmpty);
  Figure statistic =
      FixedFigure(Rational(opened[0]) - Rational(n) * Rational(std::uint64_t{1} << kFractionBits));
  statistic.value = std::max(0.0, statistic.value);
  statistic.error_bound *= 2;
  co_return FigureOf(std::move(statistic), shape);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> numbers) {
  const TableShape shape = TableShapeOf(numbers);
  std::vector<std::uint64_t> cells(shape.cells()), r(shape.rows), c(shape.columns);
  std::uint64_t n = 0;
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    const std::optional<std::size_t> cell = PlainCell(columns, types, row, shape);
    if (!cell) continue;
    ++cells[*cell], ++r[*cell / shape.columns], ++c[*cell % shape.columns], ++n;
  }
  if (std::ranges::count(r, 0u) + std::ranges::count(c, 0u) > 0) return Figure::Undefined(kEmpty);
  Rational sum(-1);
  for (std::size_t i = 0; i < shape.rows; ++i) {
    for (std::size_t j = 0; j < shape.columns; ++j) {
      const Rational cell(cells[i * shape.columns + j]);
      sum = sum + cell * cell / (Rational(r[i]) * Rational(c[j]));
    }
  }
  return FigureOf(Nearest(Rational(n) * sum), shape);
}

StatisticCost Cost(const StatisticCall& call) {
  const TableShape shape = TableShapeOf(call.numbers);
  return {call.rows *
              (shape.rows * call.types[0].bits + shape.columns * call.types[1].bits + 2 * shape.cells()) +
          20'000 * shape.cells()};
}

// "chi squared" and "n in the table".
std::size_t OpenedNumbers(const StatisticCall&) { return 2; }

// Those in the table, however they lie in it.
std::vector<Classes> ClassesOf(const StatisticCall& call) {
  const TableShape shape = TableShapeOf(call.numbers);
  return {{0, Classes::Kind::kTogether, FirstNumbers(shape.rows)},
          {1, Classes::Kind::kTogether, FirstNumbers(shape.columns)}};
}

REGISTER_STATISTIC(Statistic{.name = "chi_squared",
                             .summary = "test of independence of two columns of categories, with its p-value",
                             .columns = {2, 2},
                             .numbers = {.min = 2, .max = 2, .ranges = {kTableCategories, kTableCategories}},
                             .discloses = {"n", "n in the table", "chi squared"},
                             .has_parts = true,
                             .in_units = false,
                             .opened_numbers = OpenedNumbers,
                             .classes = ClassesOf,
                             .categories = 3,
                             .numbers_of_categories = ShapeOfCategories,
                             .fits_call = TableShapeFits,
                             .cost_call = Cost,
                             .compute_columns = Compute,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
