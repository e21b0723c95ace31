// What the parts of CoordinatorStore share. Internal to store/coordinator_*.cc; the mutex guards all of it.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "mpcstats/store/coordinator_store.h"
#include "mpcstats/store/database.h"
#include "mpcstats/store/query.h"
#include "mpcstats/store/survey_table.h"

namespace mpcstats {

struct CoordinatorStore::State {
  explicit State(Database db) : database(std::move(db)) {}

  std::mutex mutex;
  Database database;
};

/// Errors: kInvalidArgument unless `party` is 0, 1 or 2.
[[nodiscard]] Status CheckParty(unsigned party);

/// `sql` with each '#' replaced by the number of the party: its own columns.
[[nodiscard]] std::string OfParty(std::string_view sql, unsigned party);

/// The rows that may be proposed: two verdicts are well-formed (0), the third too, or it is a complaint (4,
/// kBoxDoesNotOpen) or still missing. The numbers of Refusal are fixed, as they are on the wire.
inline constexpr std::string_view kCandidates =
    "WHERE survey = ?1 AND batch IS NULL AND ifnull(v0, 4) IN (0, 4) AND ifnull(v1, 4) IN (0, 4) "
    "AND ifnull(v2, 4) IN (0, 4) AND (v0 IS 0) + (v1 IS 0) + (v2 IS 0) >= 2";
static_assert(static_cast<int>(Refusal::kNone) == 0 && static_cast<int>(Refusal::kBoxDoesNotOpen) == 4);

}  // namespace mpcstats
