// histogram(x, edge, ...): how many values lie below the first edge, from each edge to below the next, and from the last on.
// The edges are public; the counts are opened.
#include <algorithm>

#include "mpcstats/stats/counts.h"

namespace mpcstats {
namespace {

constexpr auto kEdge = Statistic::Number::OfColumn({8, 0});
constexpr std::size_t kMostEdges = 64;

std::vector<std::string> Names(std::span<const Decimal> edges) {
  std::vector<std::string> names;
  names.push_back("below " + ShortDecimal(edges[0]));
  for (std::size_t e = 1; e < edges.size(); ++e) {
    names.push_back(ShortDecimal(edges[e - 1]) + " to below " + ShortDecimal(edges[e]));
  }
  names.push_back(ShortDecimal(edges.back()) + " or more");
  return names;
}

Task<Figure> Histogram(Ctx& ctx, std::span<const ColumnShares* const> columns,
                       std::span<const Decimal> edges) {
  const ColumnShares& x = *columns[0];
  const Classes all{0, Classes::Kind::kEdges, {edges.begin(), edges.end()}};
  BitPlanes classes = co_await ClassPlanes(ctx, x, all);
  const std::vector<std::uint64_t> counts = co_await OpenCounts(ctx, std::move(classes), "histogram");
  co_return CountsFigure(Names(edges), counts);
}

Figure Plain(std::span<const std::vector<std::int64_t>> columns, std::span<const ColumnType> types,
             std::span<const Decimal> edges) {
  std::vector<std::uint64_t> counts(edges.size() + 1, 0);
  for (const std::int64_t x : columns[0]) {
    const Rational value = Unscale(Rational(x), types[0]);
    const auto above = std::count_if(edges.begin(), edges.end(),
                                     [&](Decimal edge) { return Rational::FromDecimal(edge) <= value; });
    ++counts[static_cast<std::size_t>(above)];
  }
  return CountsFigure(Names(edges), counts);
}

Status Fits(const StatisticCall& call) {
  for (std::size_t e = 1; e < call.numbers.size(); ++e) {
    if (Rational::FromDecimal(call.numbers[e - 1]) < Rational::FromDecimal(call.numbers[e])) continue;
    return Fail(ErrorCode::kInvalidArgument, "takes edges in ascending order, and " +
                                                 ShortDecimal(call.numbers[e]) + " stands behind " +
                                                 ShortDecimal(call.numbers[e - 1]) + "; sort the edges");
  }
  return {};
}

StatisticCost Cost(const StatisticCall& call) {
  return {call.numbers.size() * call.rows * (call.types[0].bits + 1) + call.rows};
}

std::size_t OpenedNumbers(const StatisticCall& call) { return call.numbers.size() + 1; }

std::vector<Classes> ClassesOf(const StatisticCall& call) {
  return {{0, Classes::Kind::kEdges, {call.numbers.begin(), call.numbers.end()}}};
}

REGISTER_STATISTIC(Statistic{.name = "histogram",
                             .summary = "number of values between public edges",
                             .numbers = {.min = 1, .max = kMostEdges, .ranges = {kEdge}},
                             .discloses = {"n", "histogram"},
                             .has_parts = true,
                             .in_units = false,
                             .opened_numbers = OpenedNumbers,
                             .classes = ClassesOf,
                             .fits_call = Fits,
                             .cost_call = Cost,
                             .compute_columns = Histogram,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
