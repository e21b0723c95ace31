#include "mpcstats/service/survey_program_gate.h"

#include <set>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/stats/counts.h"

namespace mpcstats {

namespace {

// Each plane with each mask.
Task<BitPlanes> Cross(Ctx& ctx, BitPlanes planes, BitPlanes masks) {
  BitPlanes left, right;
  for (const BitPlane& mask : masks) {
    left.insert(left.end(), planes.size(), mask);
    right.insert(right.end(), planes.begin(), planes.end());
  }
  BitPlanes both = co_await And(ctx, std::move(left), std::move(right));
  co_return both;
}

// The newcomers of each class, and the rest of them.
Task<BitPlanes> ClassMasks(Ctx& ctx, ColumnType type, const SurveyClasses& classes, const Version& version) {
  const PartyIndex self = ctx.session().self();
  const BatchColumn& all = version.columns[classes.column];
  ColumnShares column;
  column.type = type;
  column.rows = version.rows - version.first_new_row;
  for (const BitPlane& bit : all.encoded.planes) {
    column.bits.planes.push_back(bit.Slice(version.first_new_row, column.rows));
  }
  column.valid = all.valid.Slice(version.first_new_row, column.rows);
  BitPlanes planes = co_await ClassPlanes(ctx, column, classes.classes);
  BitPlane rest = Constant(self, true, column.rows);
  for (const BitPlane& plane : planes) rest = Xor(rest, plane);
  planes.push_back(rest);
  co_return planes;
}

}  // namespace

Atoms AtomsOf(const SurveyPlan& plan) {
  Atoms atoms;
  std::set<std::size_t> columns;
  for (const CellPlan& part : plan.plans) {
    for (const PlanSource& source : part.sources)
      columns.insert(source.columns.begin(), source.columns.end());
    atoms.by_cell = atoms.by_cell || (part.cell && !part.grouping);
  }
  atoms.columns.assign(columns.begin(), columns.end());
  return atoms;
}

Task<BitPlanes> Newcomers(Ctx& ctx, const Survey& survey, const SurveyPlan& plan, const Atoms& atoms,
                          const Version& version, const Masks& masks) {
  const std::size_t first = version.first_new_row;
  const std::size_t count = version.rows - first;
  const auto newcomers_of = [&](const BitPlanes& planes) {
    BitPlanes slices;
    for (const BitPlane& plane : planes) slices.push_back(plane.Slice(first, count));
    return slices;
  };
  BitPlanes planes;
  for (const std::size_t c : atoms.columns) planes.push_back(version.columns[c].valid.Slice(first, count));
  if (atoms.by_cell) {
    BitPlanes cut = co_await Cross(ctx, std::move(planes), newcomers_of(masks.cells));
    planes = std::move(cut);
  }
  for (const BitPlanes& groups : masks.groupings) {
    BitPlanes cut = co_await Cross(ctx, std::move(planes), newcomers_of(groups));
    planes = std::move(cut);
  }
  for (const SurveyClasses& classes : plan.classes) {
    const ColumnType type = survey.columns.at(classes.column).Type();
    BitPlanes masks_of = co_await ClassMasks(ctx, type, classes, version);
    BitPlanes cut = co_await Cross(ctx, std::move(planes), std::move(masks_of));
    planes = std::move(cut);
  }
  for (const BitPlane& filter : masks.filters) {
    BitPlanes inside = co_await AndEach(ctx, planes, filter.Slice(first, count));
    // What is not inside is outside.
    for (std::size_t p = 0; p < inside.size(); ++p) planes[p] = Xor(planes[p], inside[p]);
    planes.insert(planes.end(), inside.begin(), inside.end());
  }
  co_return planes;
}

Task<bool> OpenGate(Ctx& ctx, BitPlanes planes, unsigned minimum) {
  const PartyIndex self = ctx.session().self();
  const std::vector<BitColumn> counts = co_await CountMany(ctx, std::move(planes));
  // The counts as one column, a row for each atom: compared side by side.
  BitColumn column;
  for (unsigned b = 0; b < counts[0].bits(); ++b) {
    BitPlanes digits;
    for (const BitColumn& count : counts) digits.push_back(count.planes[b]);
    column.planes.push_back(GatherScalars(digits));
  }
  Ctx zero_ctx = ctx.Fork();
  Ctx enough_ctx = ctx.Fork();
  auto [zero, enough] =
      co_await Par(IsZero(zero_ctx, column), GreaterOrEqualPublic(enough_ctx, column, minimum));
  // A count is not both, so that the exclusive or is the or.
  const BitPlane bad = Not(self, Xor(zero, enough));
  const BitPlane any_bad = co_await AnyRow(ctx, bad);
  BitColumn gate(BitPlanes(1, Not(self, any_bad)));
  const unsigned __int128 opened = co_await OpenNumber(ctx, std::move(gate), "gate");
  co_return opened != 0;
}

}  // namespace mpcstats
