#include "mpcstats/circuit/builder.h"

#include <algorithm>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxNodes = std::size_t{1} << 30;

}  // namespace

CircuitBuilder::CircuitBuilder() : table_(1024, 0) {
  nodes_.push_back({NodeKind::kConstant, 0, Wire(), Wire()});
}

Wires CircuitBuilder::AddInput(std::size_t width) {
  CHECK(width >= 1 && width <= kMaxNodes - nodes_.size());
  Wires wires;
  wires.reserve(width);
  for (std::size_t i = 0; i < width; ++i) {
    const auto node = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({NodeKind::kInput, 0, Wire(), Wire()});
    input_nodes_.push_back(node);
    wires.push_back(Wire(2 * node));
  }
  input_widths_.push_back(width);
  return wires;
}

void CircuitBuilder::AddOutput(WireSpan wires) {
  CHECK(!wires.empty());
  for (const Wire wire : wires) CHECK(wire.node() < nodes_.size());
  outputs_.emplace_back(wires.begin(), wires.end());
}

Wires CircuitBuilder::Constant(std::uint64_t value, std::size_t width) {
  CHECK(width <= 64);
  Wires wires(width);
  for (std::size_t k = 0; k < width; ++k) wires[k] = Constant(((value >> k) & 1) != 0);
  return wires;
}

Wires CircuitBuilder::Constant(ByteSpan bytes) {
  Wires wires;
  wires.reserve(8 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    for (unsigned k = 0; k < 8; ++k) wires.push_back(Constant(((byte >> k) & 1) != 0));
  }
  return wires;
}

Wire CircuitBuilder::Xor(Wire a, Wire b) {
  CHECK(a.node() < nodes_.size() && b.node() < nodes_.size());
  // x ^ ~y = ~(x ^ y): complements move to the result, so that a XOR node never has a complemented operand.
  const std::uint32_t sign = (a.literal_ ^ b.literal_) & 1u;
  a.literal_ &= ~1u;
  b.literal_ &= ~1u;
  if (a == b) return Wire(sign);
  if (a.is_constant()) return Wire(b.literal_ ^ sign);
  if (b.is_constant()) return Wire(a.literal_ ^ sign);
  for (const auto& [sum, term] : {std::pair(a, b), std::pair(b, a)}) {
    const Node& node = nodes_[sum.node()];
    if (node.kind != NodeKind::kXor) continue;
    if (node.a == term) return Wire(node.b.literal_ ^ sign);
    if (node.b == term) return Wire(node.a.literal_ ^ sign);
  }
  if (b.literal_ < a.literal_) std::swap(a, b);
  const Wire wire = Shared(NodeKind::kXor, a, b, std::max(Depth(a), Depth(b)));
  return Wire(wire.literal_ ^ sign);
}

Wire CircuitBuilder::And(Wire a, Wire b) {
  CHECK(a.node() < nodes_.size() && b.node() < nodes_.size());
  if (b.literal_ < a.literal_) std::swap(a, b);
  if (a.is_constant()) return a.constant_value() ? b : a;
  if (a == b) return a;
  if (a.node() == b.node()) return Constant(false);
  return Shared(NodeKind::kAnd, a, b, std::max(Depth(a), Depth(b)) + 1);
}

Wires CircuitBuilder::Not(WireSpan a) {
  Wires out(a.begin(), a.end());
  for (Wire& wire : out) wire = Not(wire);
  return out;
}

Wires CircuitBuilder::Xor(WireSpan a, WireSpan b) {
  CHECK(a.size() == b.size());
  Wires out(a.size());
  for (std::size_t k = 0; k < a.size(); ++k) out[k] = Xor(a[k], b[k]);
  return out;
}

Wires CircuitBuilder::And(WireSpan a, WireSpan b) {
  CHECK(a.size() == b.size());
  Wires out(a.size());
  for (std::size_t k = 0; k < a.size(); ++k) out[k] = And(a[k], b[k]);
  return out;
}

Wire CircuitBuilder::Shared(NodeKind kind, Wire a, Wire b, std::uint32_t depth) {
  if (2 * (shared_nodes_ + 1) > table_.size()) GrowTable();
  std::size_t place = HashOf(kind, a, b) & (table_.size() - 1);
  while (table_[place] != 0) {
    const Node& node = nodes_[table_[place]];
    if (node.kind == kind && node.a == a && node.b == b) return Wire(2 * table_[place]);
    place = (place + 1) & (table_.size() - 1);
  }
  CHECK(nodes_.size() < kMaxNodes);
  const auto node = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({kind, depth, a, b});
  table_[place] = node;
  ++shared_nodes_;
  return Wire(2 * node);
}

void CircuitBuilder::GrowTable() {
  table_.assign(2 * table_.size(), 0);
  for (std::uint32_t index = 0; index < nodes_.size(); ++index) {
    const Node& node = nodes_[index];
    if (node.kind != NodeKind::kXor && node.kind != NodeKind::kAnd) continue;
    std::size_t place = HashOf(node.kind, node.a, node.b) & (table_.size() - 1);
    while (table_[place] != 0) place = (place + 1) & (table_.size() - 1);
    table_[place] = index;
  }
}

std::size_t CircuitBuilder::HashOf(NodeKind kind, Wire a, Wire b) {
  // The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) on the pair of operands.
  std::uint64_t x = (std::uint64_t{a.literal_} << 32) | b.literal_;
  x += kind == NodeKind::kAnd ? 0x9e3779b97f4a7c15u : 0;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::vector<std::uint32_t> CircuitBuilder::NeededLiterals() const {
  std::vector<char> needed(2 * nodes_.size(), 0);
  const auto need = [&needed](Wire wire) {
    needed[wire.literal_] = 1;
    needed[wire.literal_ & ~1u] = 1;
  };
  for (const Wires& output : outputs_) {
    for (const Wire wire : output) need(wire);
  }
  for (std::size_t i = nodes_.size(); i-- > 1;) {
    const Node& node = nodes_[i];
    if (needed[2 * i] == 0 || node.kind == NodeKind::kInput) continue;
    need(node.a);
    need(node.b);
  }
  std::vector<std::uint32_t> literals;
  for (std::uint32_t literal = 0; literal < needed.size(); ++literal) {
    const bool is_input = (literal & 1) == 0 && nodes_[literal >> 1].kind == NodeKind::kInput;
    if (needed[literal] != 0 && !is_input) literals.push_back(literal);
  }
  return literals;
}

std::size_t CircuitBuilder::GroupOf(std::uint32_t literal) const {
  const Node& node = nodes_[literal >> 1];
  const bool is_and = node.kind == NodeKind::kAnd && (literal & 1) == 0;
  return std::size_t{2} * node.depth - (is_and ? 1 : 0);
}

std::vector<std::uint32_t> CircuitBuilder::SortIntoLayers(std::vector<std::uint32_t> literals,
                                                          Circuit& circuit) const {
  std::size_t groups = 1;
  for (const std::uint32_t literal : literals) groups = std::max(groups, GroupOf(literal) + 1);
  groups |= 1;  // ends with a group of free gates
  std::vector<std::size_t> next(groups + 1, 0);
  for (const std::uint32_t literal : literals) ++next[GroupOf(literal) + 1];
  for (std::size_t g = 1; g <= groups; ++g) next[g] += next[g - 1];
  for (std::size_t g = 0; g < groups; g += 2) {
    const std::size_t and_end = g + 1 == groups ? next[groups] : next[g + 2];
    circuit.layer_ends_.push_back({next[g + 1], and_end});
    circuit.and_count_ += and_end - next[g + 1];
  }
  std::vector<std::uint32_t> sorted(literals.size());
  for (const std::uint32_t literal : literals) sorted[next[GroupOf(literal)]++] = literal;
  return sorted;
}

Circuit CircuitBuilder::Finish() && {
  Circuit circuit;
  circuit.input_widths_ = input_widths_;
  circuit.input_bits_ = input_nodes_.size();
  const std::vector<std::uint32_t> literals = SortIntoLayers(NeededLiterals(), circuit);
  CHECK(circuit.input_bits_ + literals.size() < kMaxNodes);

  std::vector<WireId> ids(2 * nodes_.size(), 0);  // by literal
  WireId next_id = 0;
  for (const std::uint32_t node : input_nodes_) ids[std::size_t{2} * node] = next_id++;
  circuit.gates_.reserve(literals.size());
  for (const std::uint32_t literal : literals) {
    const Node& node = nodes_[literal >> 1];
    const WireId out = ids[literal] = next_id++;
    if ((literal & 1) != 0) {
      const WireId plain = ids[literal & ~1u];
      circuit.gates_.push_back({GateOp::kNot, plain, plain, out});
    } else if (node.kind == NodeKind::kConstant) {
      CHECK(circuit.input_bits_ > 0);
      circuit.gates_.push_back({GateOp::kXor, 0, 0, out});
    } else {
      const GateOp op = node.kind == NodeKind::kAnd ? GateOp::kAnd : GateOp::kXor;
      circuit.gates_.push_back({op, ids[node.a.literal_], ids[node.b.literal_], out});
    }
  }
  for (const Wires& output : outputs_) {
    std::vector<WireId>& wires = circuit.outputs_.emplace_back();
    for (const Wire wire : output) wires.push_back(ids[wire.literal_]);
    circuit.output_bits_ += wires.size();
  }
  return circuit;
}

}  // namespace mpcstats
