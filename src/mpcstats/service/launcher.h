// Launcher: starts the three parties as processes of their own on this machine, deals them the owner's table, and
// collects what they agree on.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "mpcstats/query/query_plan.h"
#include "mpcstats/service/messages.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

struct LaunchOptions {
  /// How long a party waits for a peer that says nothing.
  std::chrono::milliseconds io_deadline{60'000};
  unsigned threads = 1;  ///< of each party
  /// Called with ANDs done and expected (0 when unknown) while the work runs.
  std::function<void(std::uint64_t done, std::uint64_t expected)> progress;
};

struct LaunchOutcome {
  Report agreed;  ///< identical figures at all three; costs of party 0
  std::array<std::uint64_t, 3> bytes_sent{};
  std::array<std::uint64_t, 3> peak_rss_bytes{};
  double wall_seconds = 0;     ///< from all prepared to all finished
  double sharing_seconds = 0;  ///< dealing, transfer and conversion
};

/// Runs `plan` (expressions) or, with `bench_operation`, one operator on the columns of `table`, in the order of
/// `plan.columns`.
///
/// Security: keys are made by each process and never leave it; the launcher, which owns the table, sees no share of
///           another and no party sees the table. Children die with the launcher.
/// Errors:   what a party reported, naming it: kUnavailable or kDeadlineExceeded when one is gone, kCheatingDetected or
///           kProtocolViolation when one cheated. There is no partial outcome.
[[nodiscard]] Result<LaunchOutcome> Launch(const Plan& plan, const std::string& bench_operation,
                                           const std::vector<NumericColumn>& table,
                                           const LaunchOptions& options);

/// Runs a query on the columns of `table`, in the order of `plan.columns`. Security and errors: as above.
[[nodiscard]] Result<LaunchOutcome> Launch(const QueryPlan& plan, const std::vector<NumericColumn>& table,
                                           const LaunchOptions& options);

}  // namespace mpcstats
