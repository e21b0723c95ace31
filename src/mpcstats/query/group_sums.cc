#include "mpcstats/query/group_sums.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/query/column_sums.h"
#include "mpcstats/query/group_shuffle.h"
#include "mpcstats/query/shuffle_parts.h"

namespace mpcstats {

namespace {

// Masked bits in work at once.
constexpr std::size_t kBitsInWork = std::size_t{1} << 25;

// Rows that can be in a group other than that of the missing values.
Task<BitPlane> BaseMask(Ctx& ctx, BitPlane present, std::optional<BitPlane> where, bool has_missing) {
  if (!where) co_return present;
  if (!has_missing) co_return *where;
  BitPlane base = co_await And(ctx, std::move(present), *where);
  co_return base;
}

Task<BitPlanes> CategoryMasks(Ctx& ctx, const QueryRows& rows, const Value& value, std::size_t count,
                              std::optional<BitPlane> base) {
  const PartyIndex self = ctx.session().self();
  const BitColumn code = co_await rows.Number(ctx, value);
  std::vector<Ctx> contexts;
  for (std::size_t g = 0; g < count; ++g) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t g = 0; g < count; ++g) {
    BitPlanes all;
    if (base) all.push_back(*base);
    for (unsigned b = 0; b < code.bits(); ++b)
      all.push_back((g >> b & 1) != 0 ? code.planes[b] : Not(self, code.planes[b]));
    tasks.push_back(AllOf(contexts[g], std::move(all)));
  }
  BitPlanes masks = co_await Par(std::move(tasks));
  co_return masks;
}

// Below an edge and not below the one before: as edges ascend, the exclusive or of the two.
Task<BitPlanes> BucketMasks(Ctx& ctx, const QueryRows& rows, const Groups& groups,
                            std::optional<BitPlane> base) {
  const BitColumn number = co_await rows.Number(ctx, groups.value);
  std::vector<Ctx> contexts;
  for (std::size_t e = 0; e < groups.thresholds.size(); ++e) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t e = 0; e < groups.thresholds.size(); ++e)
    tasks.push_back(rows.NumberBelow(contexts[e], number, groups.value, groups.thresholds[e]));
  BitPlanes below = co_await Par(std::move(tasks));
  if (base) {
    BitPlanes among = co_await AndEach(ctx, std::move(below), *base);
    below = std::move(among);
  }
  below.push_back(base ? *base : Constant(ctx.session().self(), true, rows.rows()));
  BitPlanes masks(1, below[0]);
  for (std::size_t e = 1; e < below.size(); ++e) masks.push_back(Xor(below[e], below[e - 1]));
  co_return masks;
}

// One column in one group, still shared: numbers of one row.
struct SharedSums {
  BitColumn count;
  BitColumn sum;
};

Task<SharedSums> SumColumn(Ctx& ctx, const StoredColumn& value, ColumnType type, bool may_be_missing,
                           BitPlane mask, bool wants_count, bool wants_sum) {
  BitPlane there = mask;
  if (may_be_missing) {
    BitPlane both = co_await And(ctx, value.valid, mask);
    there = both;
  }
  SharedSums out;
  BitPlanes planes;
  if (wants_sum) {
    BitPlanes units = value.encoded.planes;
    if (type.is_signed) units.back() = Not(ctx.session().self(), units.back());
    BitPlanes masked = co_await AndEach(ctx, std::move(units), there);
    planes = std::move(masked);
  }
  const std::size_t rows = there.rows();
  if (wants_count) planes.push_back(std::move(there));
  std::vector<BitColumn> counts = co_await CountMany(ctx, std::move(planes));
  if (wants_count) {
    out.count = std::move(counts.back());
    counts.pop_back();
  }
  if (wants_sum) {
    BitColumn sum = co_await WeightedSum(ctx, std::move(counts), type.is_signed, rows);
    out.sum = std::move(sum);
  }
  co_return out;
}

struct Work {
  std::size_t group;
  std::size_t column;
};

// With a mask for each group.
Task<std::vector<GroupSums>> SumMaskedGroups(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows,
                                             const std::vector<StoredColumn>& values, const BitPlanes& masks,
                                             WantedSums wanted) {
  std::vector<Work> work;
  for (std::size_t g = 0; g < masks.size(); ++g) {
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (wanted.count[c] != 0 || wanted.sum[c] != 0) work.push_back({g, c});
    }
  }
  std::vector<SharedSums> shared;
  for (std::size_t first = 0; first < work.size();) {
    std::vector<Ctx> contexts;
    std::size_t last = first;
    for (std::size_t bits = 0; last < work.size() && (last == first || bits < kBitsInWork); ++last) {
      bits += plan.rows * values[work[last].column].encoded.bits();
      contexts.push_back(ctx.Fork());
    }
    std::vector<Task<SharedSums>> tasks;
    for (std::size_t i = first; i < last; ++i) {
      const auto [g, c] = work[i];
      tasks.push_back(SumColumn(contexts[i - first], values[c], plan.figures.columns[c].type,
                                rows.MayBeMissing(plan.values[c]), masks[g], wanted.count[c] != 0,
                                wanted.sum[c] != 0));
    }
    std::vector<SharedSums> part = co_await Par(std::move(tasks));
    for (SharedSums& one : part) shared.push_back(std::move(one));
    first = last;
  }

  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < 2 * work.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<std::optional<__int128>>> openings;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const bool is_signed = plan.figures.columns[work[i].column].type.is_signed;
    openings.push_back(OpenIf(contexts[2 * i], std::move(shared[i].count), false, "n"));
    openings.push_back(OpenIf(contexts[2 * i + 1], std::move(shared[i].sum), is_signed, "sum"));
  }
  const std::vector<std::optional<__int128>> opened = co_await Par(std::move(openings));
  GroupSums nothing{std::vector<std::optional<std::uint64_t>>(values.size()),
                    std::vector<std::optional<__int128>>(values.size())};
  std::vector<GroupSums> sums(masks.size(), nothing);
  for (std::size_t i = 0; i < work.size(); ++i) {
    const auto [g, c] = work[i];
    if (opened[2 * i]) sums[g].count[c] = static_cast<std::uint64_t>(*opened[2 * i]);
    sums[g].sum[c] = opened[2 * i + 1];
  }
  co_return sums;
}

}  // namespace

WantedSums WantedSumsOf(const QueryPlan& plan) {
  WantedSums wanted{std::vector<std::uint8_t>(plan.values.size()),
                    std::vector<std::uint8_t>(plan.values.size())};
  for (std::size_t i = 0; i < plan.figures.items.size(); ++i) {
    if (plan.counted[i] == 0) continue;
    const PlanItem& item = plan.figures.items[i];
    if (item.statistic->name != "sum") wanted.count[item.columns[0]] = 1;
    if (item.statistic->name != "count") wanted.sum[item.columns[0]] = 1;
  }
  return wanted;
}

Task<BitPlanes> GroupMasks(Ctx& ctx, const Groups& groups, const QueryRows& rows,
                           std::optional<BitPlane> where) {
  BitPlane present = co_await rows.PresentFor(ctx, groups.value);
  std::optional<BitPlane> base;
  if (where || groups.has_missing) {
    BitPlane both = co_await BaseMask(ctx, present, where, groups.has_missing);
    base = both;
  }
  BitPlanes masks;
  if (groups.by_bucket) {
    BitPlanes made = co_await BucketMasks(ctx, rows, groups, base);
    masks = std::move(made);
  } else {
    const std::size_t categories = groups.labels.size() - (groups.has_missing ? 1 : 0);
    BitPlanes made = co_await CategoryMasks(ctx, rows, groups.value, categories, base);
    masks = std::move(made);
  }
  // The rows of WHERE that are in no other group: base is where & present.
  if (groups.has_missing) {
    const PartyIndex self = ctx.session().self();
    masks.push_back(where ? Xor(*where, *base) : Not(self, present));
  }
  co_return masks;
}

Task<std::vector<GroupSums>> SumGroups(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows,
                                       const std::vector<StoredColumn>& values, const BitPlanes& masks) {
  const std::vector<ShufflePart> parts = ShuffleParts(plan);
  WantedSums masked = WantedSumsOf(plan);
  for (const ShufflePart& part : parts) {
    for (const ShuffledColumn& one : part.columns) masked.count[one.column] = masked.sum[one.column] = 0;
  }
  std::vector<GroupSums> sums = co_await SumMaskedGroups(ctx, plan, rows, values, masks, std::move(masked));
  for (const ShufflePart& part : parts) {
    std::vector<GroupSums> shuffled = co_await SumShuffledGroups(ctx, plan, rows, part, values, masks);
    for (std::size_t g = 0; g < sums.size(); ++g) {
      for (const ShuffledColumn& one : part.columns) {
        sums[g].count[one.column] = shuffled[g].count[one.column];
        sums[g].sum[one.column] = shuffled[g].sum[one.column];
      }
    }
  }
  co_return sums;
}

Figure FigureOf(const PlanItem& item, const std::vector<ColumnInfo>& columns, const GroupSums& sums) {
  const std::size_t c = item.columns[0];
  const std::string_view name = item.statistic->name;
  if (name == "count") return Figure::Exact(Rational(*sums.count[c]));
  const Rational units(*sums.sum[c]);
  if (name == "sum") return Figure::Exact(Unscale(units, columns[c].type));
  CHECK(name == "mean");
  if (*sums.count[c] == 0) return Figure::Undefined("no values");
  return Figure::Exact(Unscale(units / Rational(*sums.count[c]), columns[c].type));
}

}  // namespace mpcstats
