#include "mpcstats/query/group_shuffle.h"

#include "mpcstats/base/check.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/query/column_sums.h"

namespace mpcstats {

namespace {

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

// What a row carries beside its class: column by column its validity, if that is its own, and its units.
BitPlanes CarriedPlanes(PartyIndex self, const QueryPlan& plan, const ShufflePart& part,
                        const std::vector<StoredColumn>& values) {
  BitPlanes planes;
  for (const ShuffledColumn& one : part.columns) {
    if (one.own_valid) planes.push_back(values[one.column].valid);
    if (!one.summed) continue;
    BitPlanes units = values[one.column].encoded.planes;
    // Two's complement has the encoding's highest bit inverted.
    if (plan.figures.columns[one.column].type.is_signed) units.back() = Not(self, units.back());
    planes.insert(planes.end(), units.begin(), units.end());
  }
  return planes;
}

// For each group its rows, in shuffled order.
std::vector<std::vector<std::uint32_t>> RowsOfGroups(const PublicPlanes& classes, std::size_t rows,
                                                     std::size_t groups) {
  std::vector<std::vector<std::uint32_t>> out(groups);
  for (std::size_t r = 0; r < rows; ++r) {
    std::size_t one = 0;
    for (std::size_t b = 0; b < classes.size(); ++b) one |= (classes[b][r / 64] >> (r % 64) & 1) << b;
    CHECK(one <= groups);
    if (one >= 1) out[one - 1].push_back(static_cast<std::uint32_t>(r));
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

// One column in one group, still shared: numbers of one row. Without planes what is not wanted, or is the group's size.
struct SumsInGroup {
  BitColumn count;
  BitColumn sum;
};

// Of one group, by column of the part. `carried` is CarriedPlanes of its rows.
Task<std::vector<SumsInGroup>> SumsOfRows(Ctx& ctx, const QueryPlan& plan, const ShufflePart& part,
                                          BitPlanes carried, std::size_t n) {
  // Units where the column is there; those of columns that always are need no mask.
  BitPlanes units;
  BitPlanes there;
  BitPlanes counted;
  auto at = carried.begin();
  for (const ShuffledColumn& one : part.columns) {
    const BitPlane* valid = one.own_valid ? &*at++ : nullptr;
    const unsigned bits = one.summed ? plan.figures.columns[one.column].type.bits : 0;
    if (valid != nullptr) {
      if (one.counted) counted.push_back(*valid);
      units.insert(units.end(), at, at + bits);
      there.insert(there.end(), bits, *valid);
    } else {
      counted.insert(counted.end(), at, at + bits);
    }
    at += bits;
  }
  carried.clear();
  const std::size_t unmasked = counted.size();
  if (!units.empty()) {
    const BitPlanes masked = co_await And(ctx, std::move(units), std::move(there));
    counted.insert(counted.end(), masked.begin(), masked.end());
  }
  const std::vector<BitColumn> counts = co_await CountMany(ctx, std::move(counted));

  std::vector<SumsInGroup> out(part.columns.size());
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < out.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<BitColumn>> sums;
  auto next_unmasked = counts.begin();
  auto next_masked = counts.begin() + static_cast<std::ptrdiff_t>(unmasked);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const ShuffledColumn& one = part.columns[i];
    if (one.own_valid && one.counted) out[i].count = *next_unmasked++;
    if (!one.summed) continue;
    const ColumnType type = plan.figures.columns[one.column].type;
    auto& next = one.own_valid ? next_masked : next_unmasked;
    std::vector<BitColumn> of_column(next, next + type.bits);
    next += type.bits;
    sums.push_back(WeightedSum(contexts[i], std::move(of_column), type.is_signed, n));
  }
  std::vector<BitColumn> summed = co_await Par(std::move(sums));
  auto next_sum = summed.begin();
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (part.columns[i].summed) out[i].sum = std::move(*next_sum++);
  }
  co_return out;
}

// Group by group, in each by column of the part.
Task<std::vector<GroupSums>> OpenSums(Ctx& ctx, const QueryPlan& plan, const ShufflePart& part,
                                      std::vector<std::vector<SumsInGroup>> shared,
                                      const std::vector<std::vector<std::uint32_t>>& members) {
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < 2 * shared.size() * part.columns.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<std::optional<__int128>>> openings;
  for (std::vector<SumsInGroup>& group : shared) {
    for (std::size_t i = 0; i < part.columns.size(); ++i) {
      const bool is_signed = plan.figures.columns[part.columns[i].column].type.is_signed;
      openings.push_back(OpenIf(contexts[openings.size()], std::move(group[i].count), false, "n"));
      openings.push_back(OpenIf(contexts[openings.size()], std::move(group[i].sum), is_signed, "sum"));
    }
  }
  const std::vector<std::optional<__int128>> opened = co_await Par(std::move(openings));
  const GroupSums nothing{std::vector<std::optional<std::uint64_t>>(plan.values.size()),
                          std::vector<std::optional<__int128>>(plan.values.size())};
  std::vector<GroupSums> out(shared.size(), nothing);
  auto next = opened.begin();
  for (std::size_t g = 0; g < out.size(); ++g) {
    for (const ShuffledColumn& one : part.columns) {
      const std::optional<__int128> count = *next++;
      if (one.counted)
        out[g].count[one.column] = count ? static_cast<std::uint64_t>(*count) : members[g].size();
      out[g].sum[one.column] = *next++;
    }
  }
  co_return out;
}

}  // namespace

Task<std::vector<GroupSums>> SumShuffledGroups(Ctx& ctx, const QueryPlan& plan, const QueryRows& rows,
                                               const ShufflePart& part,
                                               const std::vector<StoredColumn>& values,
                                               const BitPlanes& masks) {
  const std::size_t groups = masks.size();
  std::optional<BitPlane> there;
  if (rows.MayBeMissing(plan.values[part.base])) there = values[part.base].valid;
  BitColumn row = co_await ClassesOf(ctx, masks, there);
  const unsigned class_bits = row.bits();
  BitPlanes carried = CarriedPlanes(ctx.session().self(), plan, part, values);
  const auto carried_bits = static_cast<unsigned>(carried.size());
  row.planes.insert(row.planes.end(), carried.begin(), carried.end());
  carried.clear();
  SharedRows in_order = RowsOf(row);
  row.planes.clear();
  SharedRows shuffled = co_await Shuffle(ctx, std::move(in_order));
  BitPlanes classes = PlanesOfRows(shuffled, class_bits).planes;
  const PublicPlanes opened = co_await Open(ctx, std::move(classes), "n");
  const std::vector<std::vector<std::uint32_t>> members = RowsOfGroups(opened, plan.rows, groups);

  std::vector<Ctx> contexts;
  for (std::size_t g = 0; g < groups; ++g) contexts.push_back(ctx.Fork());
  std::vector<Task<std::vector<SumsInGroup>>> tasks;
  for (std::size_t g = 0; g < groups; ++g) {
    const BitColumn all = PlanesOfRows(Selected(shuffled, members[g]), class_bits + carried_bits);
    tasks.push_back(SumsOfRows(contexts[g], plan, part, SelectPlanes(all, class_bits, carried_bits).planes,
                               members[g].size()));
  }
  shuffled.words.clear();
  std::vector<std::vector<SumsInGroup>> sums = co_await Par(std::move(tasks));
  std::vector<GroupSums> out = co_await OpenSums(ctx, plan, part, std::move(sums), members);
  co_return out;
}

}  // namespace mpcstats
