#include "mpcstats/query/join_rows.h"

#include <algorithm>
#include <string>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/scan.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/sort.h"

namespace mpcstats {

namespace {

void Append(const BitPlanes& from, BitPlanes* to) { to->insert(to->end(), from.begin(), from.end()); }

// Planes of the columns [first, last) of `infos`: values, and where they are if one may be missing.
std::size_t PlanesOfColumns(const std::vector<ColumnInfo>& infos, std::size_t first, std::size_t last) {
  std::size_t planes = 0;
  for (std::size_t c = first; c < last; ++c) planes += infos[c].type.bits + (infos[c].may_be_missing ? 1 : 0);
  return planes;
}

// The columns whose planes stand one after the other in `planes`.
std::vector<StoredColumn> ColumnsOfPlanes(PartyIndex self, const std::vector<ColumnInfo>& infos,
                                          const BitPlanes& planes) {
  std::vector<StoredColumn> columns;
  auto at = planes.begin();
  for (std::size_t c = 0; c + 2 < infos.size(); ++c) {
    StoredColumn column;
    column.encoded.planes.assign(at, at + infos[c].type.bits);
    at += infos[c].type.bits;
    column.valid = infos[c].may_be_missing ? *at++ : Constant(self, true, planes[0].rows());
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string RepeatsMessage(std::string_view key_text) {
  return "several rows have the same " + std::string(key_text) +
         ", and a row can be joined with one only; keep one row of each key, or put the tables in the other "
         "order if the other key is unique";
}

// Of equal keys the right table's row comes first, so that a second one does not start a run.
Task<Done> RefuseRepeats(Ctx& ctx, BitPlane right, BitPlane starts, std::string_view key_text,
                         bool repeats_allowed) {
  BitPlane second = co_await And(ctx, std::move(right), Not(ctx.session().self(), starts));
  BitPlane any = co_await AnyRow(ctx, std::move(second));
  const unsigned __int128 repeats = co_await OpenNumber(ctx, BitColumn(BitPlanes(1, any)), "keys repeat");
  if (repeats != 0 && !repeats_allowed) {
    co_await ctx.session().Halt(Error(ErrorCode::kInvalidArgument, RepeatsMessage(key_text)));
  }
  co_return Done();
}

}  // namespace

Task<JoinedRows> JoinStacked(Ctx& ctx, const std::vector<ColumnInfo>& infos, const JoinPlan& join,
                             std::vector<StoredColumn> stored, bool repeats_allowed) {
  const PartyIndex self = ctx.session().self();
  const std::size_t columns = infos.size() - 2;
  const BitPlane is_left = stored.back().encoded.planes[0];
  const StoredColumn keys = stored[columns];
  const BitPlane key_there =
      infos[columns].may_be_missing ? keys.valid : Constant(self, true, is_left.rows());

  // Sorted by (key, is left). With a row travel its columns, where they are there, and that it is of the right table.
  BitColumn sort_key(BitPlanes(1, is_left));
  Append(keys.encoded.planes, &sort_key.planes);
  BitColumn payload(BitPlanes(1, Not(self, is_left)));
  for (std::size_t c = 0; c < columns; ++c) {
    Append(stored[c].encoded.planes, &payload.planes);
    if (infos[c].may_be_missing) payload.planes.push_back(stored[c].valid);
  }
  stored.clear();
  const SortedTable sorted = co_await SortWith(ctx, std::move(sort_key), key_there, std::move(payload));
  const BitPlane left = sorted.values.planes[0];
  const BitPlane right = sorted.payload.planes[0];
  const BitPlane starts = co_await RunStarts(ctx, SelectPlanes(sorted.values, 1, sorted.values.bits() - 1));
  co_await RefuseRepeats(ctx, right, starts, join.right_key, repeats_allowed);

  // What stands in the first row of each run, in all its rows: it is the right table's row if the key has one.
  const std::size_t of_left = PlanesOfColumns(infos, 0, join.left_columns);
  BitPlanes planes(sorted.payload.planes.begin() + 1,
                   sorted.payload.planes.begin() + 1 + static_cast<std::ptrdiff_t>(of_left));
  BitColumn copied(BitPlanes(1, right));
  const std::size_t of_right = PlanesOfColumns(infos, join.left_columns, columns);
  Append(SelectPlanes(sorted.payload, 1 + of_left, of_right).planes, &copied.planes);
  const BitColumn first = co_await LastMarkedValue(ctx, starts, std::move(copied));
  JoinedRows out;
  const BitPlane has_partner = first.planes[0];
  BitPlane matched = co_await And(ctx, left, has_partner);
  out.matched = matched;
  planes.insert(planes.end(), first.planes.begin() + 1, first.planes.end());
  planes.push_back(std::move(matched));  // never empty
  out.columns = ColumnsOfPlanes(self, infos, planes);
  co_return out;
}

}  // namespace mpcstats
