// For tests: a plan or an operator of the benchmark through three simulated parties, and tables to run it on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/engine/simulate.h"
#include "mpcstats/query/plan.h"
#include "mpcstats/table/column.h"

namespace mpcstats {

/// What came out, for each party.
struct PlanRun {
  SimulationResult result;
  std::array<std::vector<Figure>, 3> figures;
  std::array<std::vector<std::uint64_t>, 3> counts;  ///< n behind each figure
  std::array<Cost, 3> preparation;
  std::array<Cost, 3> cost;  ///< behind the preparation
  Bytes32 digest{};          ///< of an operator's answer, at party 0

  /// The first error, or nothing.
  [[nodiscard]] std::string ErrorText() const;
};

/// Deals `table`, prepares it and runs the plan.
[[nodiscard]] PlanRun RunPlan(const Plan& plan, const std::vector<NumericColumn>& table,
                              const SimulationOptions& options = {});

/// The same for one operator on the two columns x and y, with its answer opened after the costs are taken.
[[nodiscard]] PlanRun RunOperator(std::string_view operation, const std::vector<NumericColumn>& table,
                                  const SimulationOptions& options = {});

/// The plan of `expressions` on the columns of `table`, which must fit.
[[nodiscard]] Result<Plan> PlanFor(const std::vector<std::string>& expressions,
                                   const std::vector<NumericColumn>& table);

/// The item's figure in the clear, from the rows of `table` in which none of its columns is missing.
[[nodiscard]] Figure PlainFigure(const PlanItem& item, const std::vector<NumericColumn>& table);

/// `rows` uniform unsigned values of `bits` bits, none missing, from a seed.
[[nodiscard]] NumericColumn UniformColumn(const std::string& name, std::size_t rows, unsigned bits,
                                          std::uint64_t seed);

}  // namespace mpcstats
