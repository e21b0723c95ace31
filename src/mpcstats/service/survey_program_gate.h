// The gate of a release: whether every cell that figures tell apart gained nobody, or enough people.
#pragma once

#include <vector>

#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/batch_shares.h"

namespace mpcstats {

/// All batches of a version, one below the other.
struct Version {
  std::vector<BatchColumn> columns;  // by survey column; those that the catalogue does not use are empty
  std::size_t rows = 0;
  std::size_t first_new_row = 0;
};

/// What of the catalogue decides the atoms.
struct Atoms {
  std::vector<std::size_t> columns;  // of the survey
  bool by_cell = false;              // of the partition
};

/// What columns are combined to, of all rows of a version: where each cell, group and filter is, and the values that are formed. Rows
/// that are valid in no column hold anything.
struct Masks {
  BitPlanes cells;                   // by category of the partition
  std::vector<BitPlanes> groupings;  // by grouping of the plan, and group
  BitPlanes filters;                 // by filter of the plan
  std::vector<BitColumn> values;     // encoded, by value of the plan
};

[[nodiscard]] Atoms AtomsOf(const SurveyPlan& plan);

/// Each atom's rows among the newcomers: every column, cut by the partition, by every grouping and every table's classes, and by
/// every filter and its complement. Whatever set of people two numbers of the catalogue differ by is a union of atoms.
///
/// Cost:     ClassPlanes of the newcomers, and about an AND a new row and atom. Everything it is given must live until then.
[[nodiscard]] Task<BitPlanes> Newcomers(Ctx& ctx, const Survey& survey, const SurveyPlan& plan,
                                        const Atoms& atoms, const Version& version, const Masks& masks);

/// The bit [every plane has no one or at least `minimum` ones], opened as "gate".
[[nodiscard]] Task<bool> OpenGate(Ctx& ctx, BitPlanes planes, unsigned minimum);

}  // namespace mpcstats
