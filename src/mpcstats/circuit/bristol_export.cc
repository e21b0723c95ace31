#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/circuit/bristol.h"

namespace mpcstats {
namespace {

constexpr WireId kUnset = ~WireId{0};

/// Numbers of the wires in the file: inputs, inner wires, then the outputs in order.
struct Numbering {
  std::vector<WireId> of_wire;  // kUnset for a wire that is not placed yet
  std::vector<std::pair<WireId, WireId>>
      copies;            // from a wire of the circuit to an output number of the file
  WireId inner_end = 0;  // the first number behind the renamed inner wires
};

Numbering NumberWires(const Circuit& circuit, WireId inner_per_copy, std::size_t& file_wires) {
  Numbering numbering;
  numbering.of_wire.assign(circuit.wire_count(), kUnset);
  std::vector<bool> placed(circuit.wire_count(), false);
  std::vector<std::pair<WireId, std::size_t>> renamed;  // wire, index of the output bit
  std::vector<std::pair<WireId, std::size_t>> copied;
  std::size_t index = 0;
  for (const std::vector<WireId>& output : circuit.outputs()) {
    for (const WireId wire : output) {
      const bool copy = wire < circuit.input_bits() || placed[wire];
      (copy ? copied : renamed).emplace_back(wire, index++);
      placed[wire] = true;
    }
  }
  file_wires = circuit.wire_count() + copied.size() * (std::size_t{1} + inner_per_copy);
  const auto first_output = static_cast<WireId>(file_wires - circuit.output_bits());
  for (const auto& [wire, bit] : renamed) {
    numbering.of_wire[wire] = static_cast<WireId>(first_output + bit);
  }
  for (WireId& number : numbering.of_wire) {
    if (number == kUnset) number = numbering.inner_end++;
  }
  for (const auto& [wire, bit] : copied) {
    numbering.copies.emplace_back(wire, static_cast<WireId>(first_output + bit));
  }
  return numbering;
}

}  // namespace

Result<std::string> ExportBristol(const Circuit& circuit, BristolFormat format) {
  const std::vector<std::size_t>& widths = circuit.input_widths();
  const bool old = format == BristolFormat::kOld;
  if (widths.empty() || circuit.outputs().empty()) {
    return Fail(ErrorCode::kInvalidArgument, "a Bristol circuit needs an input and an output");
  }
  if (old && (widths.size() > 2 || circuit.outputs().size() > 1)) {
    return Fail(ErrorCode::kInvalidArgument, "the old Bristol format has two inputs and one output at most");
  }
  std::size_t file_wires = 0;
  Numbering numbering = NumberWires(circuit, old ? 1 : 0, file_wires);
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{} {}\n", file_wires - circuit.input_bits(), file_wires);
  if (old) {
    fmt::format_to(out, "{} {} {}\n\n", widths[0], widths.size() == 2 ? widths[1] : 0, circuit.output_bits());
  } else {
    fmt::format_to(out, "{} {}\n{}", widths.size(), fmt::join(widths, " "), circuit.outputs().size());
    for (const std::vector<WireId>& output : circuit.outputs()) fmt::format_to(out, " {}", output.size());
    fmt::format_to(out, "\n\n");
  }
  const std::vector<WireId>& number = numbering.of_wire;
  for (const Gate& gate : circuit.gates()) {
    if (gate.op == GateOp::kNot) {
      fmt::format_to(out, "1 1 {} {} INV\n", number[gate.a], number[gate.out]);
    } else {
      fmt::format_to(out, "2 1 {} {} {} {}\n", number[gate.a], number[gate.b], number[gate.out],
                     gate.op == GateOp::kAnd ? "AND" : "XOR");
    }
  }
  for (const auto& [from, to] : numbering.copies) {
    if (old) {
      fmt::format_to(out, "1 1 {} {} INV\n1 1 {} {} INV\n", number[from], numbering.inner_end,
                     numbering.inner_end, to);
      ++numbering.inner_end;
    } else {
      fmt::format_to(out, "1 1 {} {} EQW\n", number[from], to);
    }
  }
  return text;
}

}  // namespace mpcstats
