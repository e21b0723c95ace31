#include "mpcstats/stats/counts.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/stats/opening.h"

namespace mpcstats {

namespace {

__int128 TenTo(unsigned exponent) {
  __int128 power = 1;
  for (unsigned i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

__int128 UnitsAtLeast(Decimal value, const ColumnType& type) {
  // Both scales are at most 18, and |units| < 10^18.
  if (type.scale >= value.scale) return value.units * TenTo(type.scale - value.scale);
  const __int128 divisor = TenTo(value.scale - type.scale);
  return value.units / divisor + (value.units % divisor > 0 ? 1 : 0);
}

std::optional<std::int64_t> UnitsOf(Decimal value, const ColumnType& type) {
  const __int128 units = UnitsAtLeast(value, type);
  const __int128 end = static_cast<__int128>(1) << type.MagnitudeBits();
  if (units >= end || units <= -end || (units < 0 && !type.is_signed)) return std::nullopt;
  if (type.scale < value.scale && value.units % TenTo(value.scale - type.scale) != 0) return std::nullopt;
  return static_cast<std::int64_t>(units);
}

Task<BitPlane> AtLeast(Ctx& ctx, const ColumnShares& column, __int128 units) {
  const PartyIndex self = ctx.session().self();
  const __int128 encoded = units + static_cast<__int128>(column.type.Offset());
  if (encoded <= 0) co_return Constant(self, true, column.rows);
  if (encoded >> column.type.bits != 0) co_return Zero(column.rows);
  BitPlane at_least =
      co_await GreaterOrEqualPublic(ctx, column.bits, static_cast<unsigned __int128>(encoded));
  co_return at_least;
}

Task<BitPlane> EqualTo(Ctx& ctx, const ColumnShares& column, Decimal value) {
  const std::optional<std::int64_t> units = UnitsOf(value, column.type);
  if (!units) co_return Zero(column.rows);
  const BitPlane equal = co_await EqualPublic(ctx, column.bits, column.type.Encode(*units));
  BitPlane present = co_await And(ctx, equal, column.valid);
  co_return present;
}

namespace {

Task<BitPlanes> ValuePlanes(Ctx& ctx, const ColumnShares& column, std::span<const Decimal> values) {
  std::vector<Ctx> contexts;
  for (std::size_t v = 0; v < values.size(); ++v) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t v = 0; v < values.size(); ++v) tasks.push_back(EqualTo(contexts[v], column, values[v]));
  BitPlanes planes = co_await Par(std::move(tasks));
  co_return planes;
}

Task<BitPlanes> EdgePlanes(Ctx& ctx, const ColumnShares& column, std::span<const Decimal> edges) {
  std::vector<Ctx> contexts;
  for (std::size_t e = 0; e < edges.size(); ++e) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    tasks.push_back(AtLeast(contexts[e], column, UnitsAtLeast(edges[e], column.type)));
  }
  BitPlanes above = co_await Par(std::move(tasks));
  BitPlanes present = co_await AndEach(ctx, std::move(above), column.valid);
  // Whoever is above an edge is above all before it, so that a class is an exclusive or.
  BitPlanes planes(1, Xor(column.valid, present[0]));
  for (std::size_t e = 1; e < present.size(); ++e) planes.push_back(Xor(present[e - 1], present[e]));
  planes.push_back(present.back());
  co_return planes;
}

}  // namespace

Task<BitPlanes> ClassPlanes(Ctx& ctx, const ColumnShares& column, const Classes& classes) {
  if (classes.kind == Classes::Kind::kEdges) {
    BitPlanes planes = co_await EdgePlanes(ctx, column, classes.at);
    co_return planes;
  }
  BitPlanes planes = co_await ValuePlanes(ctx, column, classes.at);
  if (classes.kind == Classes::Kind::kValues) co_return planes;
  // The values differ, so that a row has one of them at most.
  BitPlane together = planes[0];
  for (std::size_t v = 1; v < planes.size(); ++v) together = Xor(together, planes[v]);
  co_return BitPlanes(1, together);
}

Task<std::vector<std::uint64_t>> OpenCounts(Ctx& ctx, BitPlanes planes, std::string_view label) {
  const std::vector<BitColumn> counts = co_await CountMany(ctx, std::move(planes));
  std::vector<BitPlanes> numbers;
  for (const BitColumn& count : counts) numbers.push_back(count.planes);
  const std::vector<unsigned __int128> opened = co_await OpenNumbers(ctx, std::move(numbers), label);
  co_return std::vector<std::uint64_t>(opened.begin(), opened.end());
}

Figure CountsFigure(const std::vector<std::string>& names, const std::vector<std::uint64_t>& counts) {
  CHECK(names.size() == counts.size());
  std::vector<Figure> parts;
  for (std::size_t i = 0; i < names.size(); ++i) parts.push_back(Figure::Exact(counts[i]).Named(names[i]));
  return Figure::Of(std::move(parts));
}

TableShape TableShapeOf(std::span<const Decimal> numbers) {
  return {static_cast<std::size_t>(numbers[0].units), static_cast<std::size_t>(numbers[1].units)};
}

Status TableShapeFits(const StatisticCall& call) {
  constexpr std::size_t kMostCells = 256;
  if (TableShapeOf(call.numbers).cells() <= kMostCells) return {};
  return Fail(ErrorCode::kInvalidArgument, "takes tables of at most 256 cells; join categories");
}

std::vector<Decimal> ShapeOfCategories(std::span<const std::size_t> texts) {
  if (texts[0] == 0 || texts[1] == 0) return {};
  return {Decimal(static_cast<std::int64_t>(texts[0]), 0), Decimal(static_cast<std::int64_t>(texts[1]), 0)};
}

std::vector<Decimal> FirstNumbers(std::size_t count) {
  std::vector<Decimal> numbers;
  for (std::size_t v = 0; v < count; ++v) numbers.emplace_back(static_cast<std::int64_t>(v), 0);
  return numbers;
}

std::string CategoryName(const std::vector<std::string>& texts, Decimal place) {
  for (std::size_t v = 0; v < texts.size(); ++v) {
    if (Rational::FromDecimal(place) == Rational(v)) return texts[v];
  }
  return ShortDecimal(place);
}

Task<BitPlanes> CellPlanes(Ctx& ctx, const ColumnShares& x, const ColumnShares& y, TableShape shape) {
  const std::vector<Decimal> row_values = FirstNumbers(shape.rows);
  const std::vector<Decimal> column_values = FirstNumbers(shape.columns);
  Ctx x_ctx = ctx.Fork();
  Ctx y_ctx = ctx.Fork();
  const auto [rows, columns] =
      co_await Par(ValuePlanes(x_ctx, x, row_values), ValuePlanes(y_ctx, y, column_values));
  BitPlanes left, right;
  for (std::size_t i = 0; i < shape.rows; ++i) {
    for (std::size_t j = 0; j < shape.columns; ++j) {
      left.push_back(rows[i]);
      right.push_back(columns[j]);
    }
  }
  BitPlanes cells = co_await And(ctx, std::move(left), std::move(right));
  co_return cells;
}

std::optional<std::size_t> PlainCell(std::span<const std::vector<std::int64_t>> columns,
                                     std::span<const ColumnType> types, std::size_t row, TableShape shape) {
  const auto code = [&](std::size_t column, std::size_t count) -> std::optional<std::size_t> {
    const Rational value = Unscale(Rational(columns[column][row]), types[column]);
    for (std::size_t v = 0; v < count; ++v) {
      if (value == Rational(v)) return v;
    }
    return std::nullopt;
  };
  const auto i = code(0, shape.rows);
  const auto j = code(1, shape.columns);
  if (!i || !j) return std::nullopt;
  return *i * shape.columns + *j;
}

std::string ShortDecimal(Decimal value) {
  while (value.scale > 0 && value.units % 10 == 0) value = {value.units / 10, value.scale - 1};
  return FormatDecimal(value);
}

}  // namespace mpcstats
