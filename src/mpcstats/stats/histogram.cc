// histogram(x, edge, ...): how many values lie below the first edge, from each edge to below the next, and from the last on.
// The edges are public; the counts are opened.
#include <algorithm>

#include "mpcstats/engine/and.h"
#include "mpcstats/stats/counts.h"

namespace mpcstats {
namespace {

constexpr Statistic::Number kEdge{{-(kDecimalUnitsEnd - 1), 6}, {kDecimalUnitsEnd - 1, 6}, {8, 0}};
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
  std::vector<Ctx> contexts;
  for (std::size_t e = 0; e < edges.size(); ++e) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    tasks.push_back(AtLeast(contexts[e], x, UnitsAtLeast(edges[e], x.type)));
  }
  BitPlanes above = co_await Par(std::move(tasks));
  BitPlanes present = co_await AndEach(ctx, std::move(above), x.valid);
  // Whoever is above an edge is above all before it, so that a class is an exclusive or.
  BitPlanes classes(1, Xor(x.valid, present[0]));
  for (std::size_t e = 1; e < present.size(); ++e) classes.push_back(Xor(present[e - 1], present[e]));
  classes.push_back(present.back());
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
  return {call.numbers.size() * call.rows * (call.types[0].bits + 1) + call.rows, 0};
}

REGISTER_STATISTIC(Statistic{.name = "histogram",
                             .summary = "number of values between public edges",
                             .numbers = {.min = 1, .max = kMostEdges, .ranges = {kEdge}},
                             .discloses = {"n", "histogram"},
                             .has_parts = true,
                             .fits_call = Fits,
                             .cost_call = Cost,
                             .compute_columns = Histogram,
                             .plain_columns = Plain});

}  // namespace
}  // namespace mpcstats
