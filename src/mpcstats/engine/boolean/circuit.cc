#include "mpcstats/engine/boolean/circuit.h"

#include <cstdint>

#include "mpcstats/engine/and.h"

namespace mpcstats {

namespace {

// The planes of all wires; each is given up when the last gate that reads it took it.
class WirePlanes {
 public:
  WirePlanes(const Circuit& circuit, std::vector<BitPlanes> inputs)
      : planes_(circuit.wire_count()), uses_(circuit.wire_count(), 0) {
    for (const Gate& gate : circuit.gates()) {
      ++uses_[gate.a];
      if (gate.op != GateOp::kNot) ++uses_[gate.b];
    }
    for (const std::vector<WireId>& output : circuit.outputs()) {
      for (const WireId wire : output) ++uses_[wire];
    }
    std::size_t wire = 0;
    for (BitPlanes& input : inputs) {
      for (BitPlane& plane : input) Put(wire++, std::move(plane));
    }
  }

  void Put(std::size_t wire, BitPlane plane) {
    if (uses_[wire] > 0) planes_[wire] = std::move(plane);
  }
  BitPlane Take(std::size_t wire) {
    CHECK(uses_[wire] > 0);
    return --uses_[wire] == 0 ? std::move(planes_[wire]) : planes_[wire];
  }

 private:
  std::vector<BitPlane> planes_;
  std::vector<std::uint32_t> uses_;
};

void CheckInputs(const Circuit& circuit, const std::vector<BitPlanes>& inputs) {
  CHECK(circuit.input_bits() > 0);
  CHECK(inputs.size() == circuit.input_widths().size());
  const BitPlane* first = nullptr;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK(inputs[i].size() == circuit.input_widths()[i]);
    for (const BitPlane& plane : inputs[i]) {
      if (first == nullptr) first = &plane;
      CHECK(plane.rows() == first->rows());
    }
  }
}

}  // namespace

Task<std::vector<BitPlanes>> EvaluateCircuit(Ctx& ctx, const Circuit& circuit,
                                             std::vector<BitPlanes> inputs) {
  CheckInputs(circuit, inputs);
  const PartyIndex self = ctx.session().self();
  WirePlanes wires(circuit, std::move(inputs));
  const std::vector<Circuit::Layer> layers = circuit.Layers();
  for (const Circuit::Layer& layer : layers) {
    for (const Gate& gate : layer.free_gates) {
      const BitPlane a = wires.Take(gate.a);
      wires.Put(gate.out, gate.op == GateOp::kNot ? Not(self, a) : Xor(a, wires.Take(gate.b)));
    }
    if (layer.and_gates.empty()) continue;
    BitPlanes left, right;
    for (const Gate& gate : layer.and_gates) {
      left.push_back(wires.Take(gate.a));
      right.push_back(wires.Take(gate.b));
    }
    BitPlanes products = co_await And(ctx, std::move(left), std::move(right));
    for (std::size_t g = 0; g < products.size(); ++g)
      wires.Put(layer.and_gates[g].out, std::move(products[g]));
  }
  std::vector<BitPlanes> outputs;
  for (const std::vector<WireId>& output : circuit.outputs()) {
    BitPlanes planes;
    for (const WireId wire : output) planes.push_back(wires.Take(wire));
    outputs.push_back(std::move(planes));
  }
  co_return outputs;
}

}  // namespace mpcstats
