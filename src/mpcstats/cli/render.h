// How results are shown: a table for people, one line of JSON for programs.
#pragma once

#include <string>

#include "mpcstats/query/plan.h"
#include "mpcstats/service/launcher.h"

namespace mpcstats {

/// {"rows":N,"results":[...],"cost":{...}}; docs/operations.md describes the fields.
[[nodiscard]] std::string RenderJson(const Plan& plan, const LaunchOutcome& outcome);
[[nodiscard]] std::string RenderTable(const Plan& plan, const LaunchOutcome& outcome);
/// {"operation":OP,"rows":N,"bits":B,"correct":true,"cost":{...}}.
[[nodiscard]] std::string RenderBenchJson(const std::string& operation, const Plan& plan,
                                          const LaunchOutcome& outcome);
[[nodiscard]] std::string RenderBenchText(const std::string& operation, const Plan& plan,
                                          const LaunchOutcome& outcome);

/// A progress bar on standard error, when that is a terminal; nothing otherwise.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void Show(std::uint64_t done, std::uint64_t expected);

 private:
  bool terminal_;
  bool shown_ = false;
};

}  // namespace mpcstats
