// JobOrder: the coordinator asks the parties for a batch or a release; they decide themselves whether it is due.
#pragma once

#include <string>
#include <vector>

#include "mpcstats/survey/promises.h"

namespace mpcstats {

enum class JobKind : std::uint8_t { kBatch = 1, kRelease = 2 };

struct JobOrder {
  JobKind kind = JobKind::kBatch;
  std::uint32_t number = 0;   ///< of the batch or the release
  UnixSeconds at = 0;         ///< closing time, or as-of
  std::vector<Bytes32> list;  ///< batches: the coordinator's order of the answers
  Signature signature{};      ///< by the survey's coordinator
};

/// "batch-3", "release-1"
[[nodiscard]] std::string JobName(const JobOrder& order);
/// "mpcstats/v1/job" | survey_hash | u8 kind | u32 number | u64 at | SHA-256(ids one after the other)
[[nodiscard]] Bytes JobOrderInput(const JobOrder& order, const Bytes32& survey_hash);
[[nodiscard]] std::string JobOrderToJson(const JobOrder& order);
/// Errors: kInvalidArgument naming the field. At most `most_ids` ids.
[[nodiscard]] Result<JobOrder> JobOrderFromJson(std::string_view json, std::size_t most_ids);

}  // namespace mpcstats
