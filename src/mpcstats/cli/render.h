// How results are shown: a table for people, one line of JSON for programs.
#pragma once

#include <string>

#include "mpcstats/query/explain.h"
#include "mpcstats/query/query_plan.h"
#include "mpcstats/service/launcher.h"

namespace mpcstats {

/// {"rows":N,"results":[...],"cost":{...}}; docs/operations.md describes the fields.
[[nodiscard]] std::string RenderJson(const Plan& plan, const LaunchOutcome& outcome);
[[nodiscard]] std::string RenderTable(const Plan& plan, const LaunchOutcome& outcome);
/// Of a query: with groups each result has its "group", and "n" is null where it was not opened.
[[nodiscard]] std::string RenderJson(const QueryPlan& plan, const LaunchOutcome& outcome);
[[nodiscard]] std::string RenderTable(const QueryPlan& plan, const LaunchOutcome& outcome);
/// {"query":TEXT,"rows":N,"groups":[...],"outputs":[{"expr":..,"opens":[..]}],"estimate":{...}}.
[[nodiscard]] std::string RenderExplainJson(const QueryPlan& plan, const CostEstimate& cost);
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
