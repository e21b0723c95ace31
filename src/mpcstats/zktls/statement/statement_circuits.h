// The circuits of one statement: made at first use, and kept for the runs that follow.
//
//   StatementCircuits circuits(plan.source, plan.columns);
//   SizeOf(...);              // the meter's run makes them
//   RunSessionProgram(...);   // the prover's or the verifier's finds them
#pragma once

#include <bitset>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "mpcstats/zktls/statement/body_walk.h"

namespace mpcstats {

/// Inputs: bytes of a text of public length. Output: faults, one for each byte that is not in the set.
[[nodiscard]] Circuit MakeCharsetCircuit(const std::bitset<256>& set, std::size_t bytes);

/// Walks that a process keeps for later sessions, the one used longest ago going first: a notary sees one template and length many
/// times. At most 6 MB each, so some 50 MB for all.
inline constexpr std::size_t kKeptWalks = 8;
inline constexpr std::size_t kMostKeptGates = 400'000;

/// One owner, one thread. What it returns lives as long as it does.
class StatementCircuits {
 public:
  /// `source` and `columns` must outlive it.
  StatementCircuits(const Template& source, std::span<const StatementColumn> columns)
      : source_(&source), columns_(columns) {}

  [[nodiscard]] const Template& source() const { return *source_; }
  /// MakeCharsetCircuit.
  [[nodiscard]] const Circuit& OfCharset(const std::bitset<256>& set, std::size_t bytes);
  /// MakeBodyWalk of the template and the columns; made by this process before, if it was kept. Errors: as MakeBodyWalk.
  [[nodiscard]] Result<const BodyWalk*> OfBody(std::size_t body_bytes);

 private:
  const Template* source_;
  std::span<const StatementColumn> columns_;
  std::map<std::pair<std::string, std::size_t>, std::unique_ptr<const Circuit>> charsets_;
  std::size_t body_bytes_ = 0;
  std::shared_ptr<const BodyWalk> body_;
};

}  // namespace mpcstats
