// A fixed circuit on shared bits, many instances side by side.
//
//   std::vector<BitPlanes> digest = co_await EvaluateCircuit(ctx, sha256, std::move(inputs));
#pragma once

#include <vector>

#include "mpcstats/circuit/circuit.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// Evaluates `circuit` in every row.
///
/// Shapes:   one element of `inputs` for each input of the circuit (at least one wire in all), one plane for
///           each of its wires, one row for each instance, equal for all; the same for the outputs. No rows
///           send nothing. `circuit` must live until the task is done.
/// Cost:     circuit.and_count() ANDs a row, circuit.and_depth() rounds. Planes live until their last use.
/// Security: as And: not verified until something is opened. The circuit is public.
[[nodiscard]] Task<std::vector<BitPlanes>> EvaluateCircuit(Ctx& ctx, const Circuit& circuit,
                                                           std::vector<BitPlanes> inputs);

}  // namespace mpcstats
