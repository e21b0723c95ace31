#include "mpcstats/circuit/evaluate.h"

#include <fmt/core.h>

#include <algorithm>

namespace mpcstats {
namespace {

constexpr std::size_t kLanes = 64;

Status CheckInput(const Circuit& circuit, ByteSpan input) {
  const std::size_t bits = circuit.input_bits();
  if (input.size() != (bits + 7) / 8) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a circuit of {} input bits got {} bytes", bits, input.size()));
  }
  if (bits % 8 != 0 && (input.back() >> (bits % 8)) != 0) {
    return Fail(ErrorCode::kInvalidArgument, "an unused bit of the last input byte is 1");
  }
  return {};
}

}  // namespace

Result<Buffer<std::uint64_t>> EvaluateWires(const Circuit& circuit, std::span<const std::uint64_t> inputs) {
  if (inputs.size() != circuit.input_bits()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a circuit of {} input bits got {} words", circuit.input_bits(), inputs.size()));
  }
  auto wires = Buffer<std::uint64_t>::Raw(circuit.wire_count());
  std::copy(inputs.begin(), inputs.end(), wires.data());
  for (const Gate& gate : circuit.gates()) {
    const std::uint64_t a = wires[gate.a];
    const std::uint64_t b = wires[gate.b];
    switch (gate.op) {
      case GateOp::kXor: wires[gate.out] = a ^ b; break;
      case GateOp::kAnd: wires[gate.out] = a & b; break;
      case GateOp::kNot: wires[gate.out] = ~a; break;
    }
  }
  return wires;
}

Result<Buffer<std::uint64_t>> EvaluateLanes(const Circuit& circuit, std::span<const std::uint64_t> inputs) {
  ASSIGN_OR_RETURN(const Buffer<std::uint64_t> wires, EvaluateWires(circuit, inputs));
  auto out = Buffer<std::uint64_t>::Raw(circuit.output_bits());
  std::size_t next = 0;
  for (const std::vector<WireId>& output : circuit.outputs()) {
    for (const WireId wire : output) out[next++] = wires[wire];
  }
  return out;
}

Result<Bytes> EvaluateBytes(const Circuit& circuit, ByteSpan input) {
  const Bytes copy(input.begin(), input.end());
  ASSIGN_OR_RETURN(std::vector<Bytes> out, EvaluateBatch(circuit, {&copy, 1}));
  return std::move(out[0]);
}

Result<std::vector<Bytes>> EvaluateBatch(const Circuit& circuit, std::span<const Bytes> inputs) {
  for (const Bytes& input : inputs) RETURN_IF_ERROR(CheckInput(circuit, input));
  std::vector<Bytes> outputs(inputs.size(), Bytes((circuit.output_bits() + 7) / 8, 0));
  Buffer<std::uint64_t> words(circuit.input_bits());
  for (std::size_t first = 0; first < inputs.size(); first += kLanes) {
    const std::size_t count = std::min(kLanes, inputs.size() - first);
    for (std::size_t bit = 0; bit < words.size(); ++bit) {
      std::uint64_t word = 0;
      for (std::size_t lane = 0; lane < count; ++lane) {
        word |= std::uint64_t{(inputs[first + lane][bit / 8] >> (bit % 8)) & 1u} << lane;
      }
      words[bit] = word;
    }
    ASSIGN_OR_RETURN(const Buffer<std::uint64_t> out, EvaluateLanes(circuit, words.span()));
    for (std::size_t bit = 0; bit < out.size(); ++bit) {
      for (std::size_t lane = 0; lane < count; ++lane) {
        const auto value = static_cast<std::uint8_t>((out[bit] >> lane) & 1u);
        outputs[first + lane][bit / 8] |= static_cast<std::uint8_t>(value << (bit % 8));
      }
    }
  }
  return outputs;
}

}  // namespace mpcstats
