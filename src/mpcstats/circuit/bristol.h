// The two text formats in which circuits are published: "Bristol Fashion" and the older Bristol format.
//
//   Result<Circuit> circuit = ImportBristol(text, BristolFormat::kFashion);
//   Result<std::string> text = ExportBristol(*circuit, BristolFormat::kFashion);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

enum class BristolFormat : std::uint8_t {
  kFashion,  ///< any number of inputs and outputs; XOR, AND, INV, EQ, EQW, MAND
  kOld,      ///< one or two inputs, one output; XOR, AND, INV
};

/// What a file of a stranger may cost.
struct BristolLimits {
  std::size_t max_text_bytes = std::size_t{1} << 28;
  std::size_t max_wires = std::size_t{1} << 24;
  std::size_t max_values = 1024;  ///< inputs, and outputs
};

/// Reads a circuit of outside origin. Bits keep the order of the file: wire k of an input is bit k.
///
/// Checks: the header and the exact number of gates; every number in range; each wire driven once, and before
/// it is read;
///         no wire undriven; nothing after the last gate. Blank lines may stand anywhere, and lines may end
///         in CR LF.
/// Result: the same function. Constants are folded, equal and unused gates dropped: and_count() may be below
/// the file's. Cost:   linear in the text and in the wires of the header, which limits.max_wires bounds.
/// Errors: kInvalidArgument with one sentence that names the line; kResourceExhausted above a limit.
/// Source: the format descriptions at the collection "(Bristol Fashion) MPC circuits" of Archer, Abril, Lu,
/// Maene,
///         Mertens, Sijacic and Smart, and "Circuits of basic functions suitable for MPC and FHE" of Tillich
///         and Smart.
[[nodiscard]] Result<Circuit> ImportBristol(std::string_view text, BristolFormat format,
                                            const BristolLimits& limits = {});

/// Writes a circuit. The formats want the outputs on the last wires, in order: an output that is an input, or
/// that is named twice, becomes a copy (EQW, or two INV in the old format).
///
/// Errors: kInvalidArgument when the circuit has no output, or for the old format more than two inputs or one
/// output.
[[nodiscard]] Result<std::string> ExportBristol(const Circuit& circuit, BristolFormat format);

}  // namespace mpcstats
