#include "mpcstats/query/group_shuffle.h"

#include <algorithm>
#include <bit>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/query/column_sums.h"

namespace mpcstats {

namespace {

// A word of a shuffled row takes as long as so many ANDs (docs/performance.md: 0.46 s for 1 M rows of one word).
constexpr std::size_t kAndsOfAWord = 200;

unsigned ClassBits(std::size_t groups) { return static_cast<unsigned>(std::bit_width(groups)); }

std::size_t SummedBits(const QueryPlan& plan, const WantedSums& wanted) {
  std::size_t bits = 0;
  for (std::size_t c = 0; c < wanted.sum.size(); ++c) {
    if (wanted.sum[c] != 0) bits += plan.figures.columns[c].type.bits;
  }
  return bits;
}

// The group of each row counted from 1, and 0 for rows in no group or without a value: each row is in at most one mask.
Task<BitColumn> ClassesOf(Ctx& ctx, const BitPlanes& masks, std::optional<BitPlane> there) {
  BitColumn classes;
  for (unsigned b = 0; b < ClassBits(masks.size()); ++b) {
    BitPlane plane = Zero(masks[0].rows());
    for (std::size_t g = 0; g < masks.size(); ++g) {
      if (((g + 1) >> b & 1) != 0) plane = Xor(plane, masks[g]);
    }
    classes.planes.push_back(std::move(plane));
  }
  if (!there) co_return classes;
  BitPlanes present = co_await AndEach(ctx, std::move(classes.planes), *there);
  co_return BitColumn(present);
}

// For each group its rows, in shuffled order.
std::vector<std::vector<std::uint32_t>> RowsOfGroups(const PublicPlanes& classes, std::size_t rows,
                                                     std::size_t groups) {
  std::vector<std::vector<std::uint32_t>> out(groups);
  for (std::size_t r = 0; r < rows; ++r) {
    std::size_t one = 0;
    for (std::size_t b = 0; b < classes.size(); ++b) one |= (classes[b][r / 64] >> (r % 64) & 1) << b;
    // In a dry run masks overlap, and more may come out than there are groups.
    if (one >= 1 && one <= groups) out[one - 1].push_back(static_cast<std::uint32_t>(r));
  }
  return out;
}

SharedRows Selected(const SharedRows& from, const std::vector<std::uint32_t>& rows) {
  SharedRows out;
  for (const ArithColumn<Gf2_64>& word : from.words) {
    out.words.push_back(MapShares<Gf2_64>(
        rows.size(), [&](std::size_t i, bool next) { return ComponentOf(word, next)[rows[i]]; }));
  }
  return out;
}

// The sums of one group, column by column in `columns`: its rows hold their planes from plane `first` on.
Task<std::vector<BitColumn>> SumsOfRows(Ctx& ctx, const QueryPlan& plan, std::vector<std::size_t> columns,
                                        SharedRows rows, unsigned first, unsigned planes) {
  const std::size_t n = rows.rows();
  const BitColumn all = PlanesOfRows(rows, first + planes);
  rows.words.clear();
  const std::vector<BitColumn> counts = co_await CountMany(ctx, SelectPlanes(all, first, planes).planes);
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < columns.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<BitColumn>> sums;
  auto at = counts.begin();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ColumnType type = plan.figures.columns[columns[i]].type;
    std::vector<BitColumn> of_column(at, at + type.bits);
    at += type.bits;
    sums.push_back(WeightedSum(contexts[i], std::move(of_column), type.is_signed, n));
  }
  std::vector<BitColumn> out = co_await Par(std::move(sums));
  co_return out;
}

}  // namespace

bool SumsByShuffle(const QueryPlan& plan, const QueryRows& rows) {
  if (plan.rows < kShuffleRows || plan.group_count() < 2) return false;
  const WantedSums wanted = WantedSumsOf(plan);
  std::size_t columns = 0;
  bool may_be_missing = false;
  bool opens_count = false;
  for (std::size_t c = 0; c < plan.values.size(); ++c) {
    if (wanted.count[c] == 0 && wanted.sum[c] == 0) continue;
    ++columns;
    may_be_missing |= rows.MayBeMissing(plan.values[c]);
    opens_count |= wanted.count[c] != 0;
  }
  if (!opens_count || (columns > 1 && may_be_missing)) return false;
  const std::size_t bits = SummedBits(plan, wanted);
  const std::size_t words = (bits + ClassBits(plan.group_count()) + 63) / 64;
  return words * kAndsOfAWord < 2 * bits * plan.group_count();
}

Task<std::vector<GroupSums>> SumShuffledGroups(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows,
                                               const std::vector<StoredColumn>& values,
                                               const BitPlanes& masks) {
  const WantedSums wanted = WantedSumsOf(plan);
  const std::size_t groups = masks.size();
  std::vector<std::size_t> summed;
  std::optional<BitPlane> there;
  BitPlanes planes;
  for (std::size_t c = 0; c < values.size(); ++c) {
    if (wanted.count[c] == 0 && wanted.sum[c] == 0) continue;
    if (rows.MayBeMissing(plan.values[c])) there = values[c].valid;
    if (wanted.sum[c] == 0) continue;
    summed.push_back(c);
    BitPlanes units = values[c].encoded.planes;
    // Two's complement has the encoding's highest bit inverted.
    if (plan.figures.columns[c].type.is_signed) units.back() = Not(ctx.session().self(), units.back());
    planes.insert(planes.end(), units.begin(), units.end());
  }
  const auto summed_bits = static_cast<unsigned>(planes.size());
  const unsigned class_bits = ClassBits(groups);
  BitColumn row = co_await ClassesOf(ctx, masks, there);
  row.planes.insert(row.planes.end(), planes.begin(), planes.end());
  planes.clear();
  SharedRows in_order = RowsOf(row);
  row.planes.clear();
  const SharedRows shuffled = co_await Shuffle(ctx, std::move(in_order));
  BitPlanes classes = PlanesOfRows(shuffled, class_bits).planes;
  const PublicPlanes opened = co_await Open(ctx, std::move(classes), "n");
  const std::vector<std::vector<std::uint32_t>> members = RowsOfGroups(opened, plan.rows, groups);

  std::vector<Ctx> contexts;
  for (std::size_t g = 0; g < groups; ++g) contexts.push_back(ctx.Fork());
  std::vector<Task<std::vector<BitColumn>>> tasks;
  for (std::size_t g = 0; g < groups; ++g) {
    tasks.push_back(
        SumsOfRows(contexts[g], plan, summed, Selected(shuffled, members[g]), class_bits, summed_bits));
  }
  std::vector<std::vector<BitColumn>> sums = co_await Par(std::move(tasks));

  std::vector<Ctx> opening_contexts;
  for (std::size_t i = 0; i < groups * summed.size(); ++i) opening_contexts.push_back(ctx.Fork());
  std::vector<Task<std::optional<__int128>>> openings;
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t i = 0; i < summed.size(); ++i) {
      const bool is_signed = plan.figures.columns[summed[i]].type.is_signed;
      openings.push_back(OpenIf(opening_contexts[openings.size()], std::move(sums[g][i]), is_signed, "sum"));
    }
  }
  const std::vector<std::optional<__int128>> values_opened = co_await Par(std::move(openings));
  const GroupSums nothing{std::vector<std::optional<std::uint64_t>>(values.size()),
                          std::vector<std::optional<__int128>>(values.size())};
  std::vector<GroupSums> out(groups, nothing);
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (wanted.count[c] != 0) out[g].count[c] = members[g].size();
    }
    for (std::size_t i = 0; i < summed.size(); ++i)
      out[g].sum[summed[i]] = values_opened[g * summed.size() + i];
  }
  co_return out;
}

}  // namespace mpcstats
