// What both roles do alike: linear operations, the free gates of a circuit, the walk through AES. Written once over the
// state S of a role, which offers
//
//   Bits Make(n)                     n bits with undefined content
//   Apply(f, bits...)                f(one, pointers...) for each array of the role: `one` is what a public 1 adds there:
//                                    1 to the values, nothing to the MACs, Delta to the keys
//   Status Need(n)                   n correlations and n bits of message are there
//   AndGates(gates, wires)           an AND layer
//   Status Invert(x, y)              y = the inverses of the bytes x in GF(2^8), committed and checked
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/check.h"
#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/field/gf2_128.h"

namespace mpcstats::zk {

inline std::uint8_t Add(std::uint8_t a, std::uint8_t b) { return a ^ b; }
inline Gf2_128 Add(Gf2_128 a, Gf2_128 b) { return a + b; }
inline std::uint8_t Times(std::uint8_t a, unsigned bit) { return a & static_cast<std::uint8_t>(bit); }
inline Gf2_128 Times(Gf2_128 a, unsigned bit) { return a.Times(bit); }

/// Bit i of a byte string.
inline unsigned BitAt(ByteSpan bytes, std::size_t i) { return (bytes[i / 8] >> (i % 8)) & 1u; }

/// Public bytes for `size` bits: their number, and zeros behind the end.
inline void CheckPublic(ByteSpan bytes, std::size_t size) {
  CHECK(bytes.size() == (size + 7) / 8);
  CHECK(size % 8 == 0 || (bytes.back() >> (size % 8)) == 0);
}

template <class S>
auto Constant(S& s, ByteSpan bytes) {
  auto out = s.Make(8 * bytes.size());
  s.Apply(
      [&](auto one, auto* o) {
        for (std::size_t i = 0; i < 8 * bytes.size(); ++i) o[i] = Times(one, BitAt(bytes, i));
      },
      out);
  return out;
}

template <class S>
auto Repeat(S& s, bool value, std::size_t count) {
  auto out = s.Make(count);
  s.Apply([&](auto one, auto* o) { std::fill_n(o, count, Times(one, value ? 1 : 0)); }, out);
  return out;
}

template <class S, class Bits>
Bits Xor(S& s, const Bits& a, const Bits& b) {
  CHECK(a.size() == b.size());
  Bits out = s.Make(a.size());
  s.Apply(
      [n = a.size()](auto, auto* o, const auto* x, const auto* y) {
        for (std::size_t i = 0; i < n; ++i) o[i] = Add(x[i], y[i]);
      },
      out, a, b);
  return out;
}

template <class S, class Bits>
Bits XorPublic(S& s, const Bits& a, ByteSpan bytes) {
  CheckPublic(bytes, a.size());
  Bits out = s.Make(a.size());
  s.Apply(
      [&, n = a.size()](auto one, auto* o, const auto* x) {
        for (std::size_t i = 0; i < n; ++i) o[i] = Add(x[i], Times(one, BitAt(bytes, i)));
      },
      out, a);
  return out;
}

template <class S, class Bits>
Bits Not(S& s, const Bits& a) {
  Bits out = s.Make(a.size());
  s.Apply(
      [n = a.size()](auto one, auto* o, const auto* x) {
        for (std::size_t i = 0; i < n; ++i) o[i] = Add(x[i], one);
      },
      out, a);
  return out;
}

template <class S, class Bits>
Bits Slice(S& s, const Bits& a, std::size_t offset, std::size_t count) {
  CHECK(offset <= a.size() && count <= a.size() - offset);
  Bits out = s.Make(count);
  s.Apply([&](auto, auto* o, const auto* x) { std::copy_n(x + offset, count, o); }, out, a);
  return out;
}

template <class S, class Bits>
Bits Concat(S& s, std::initializer_list<std::reference_wrapper<const Bits>> parts) {
  std::size_t size = 0;
  for (const Bits& part : parts) size += part.size();
  Bits out = s.Make(size);
  std::size_t at = 0;
  for (const Bits& part : parts) {
    s.Apply([&](auto, auto* o, const auto* x) { std::copy_n(x, part.size(), o + at); }, out, part);
    at += part.size();
  }
  return out;
}

template <class S, class Bits>
Result<Bits> EvaluateCircuit(S& s, const Circuit& circuit, const Bits& inputs) {
  CHECK(inputs.size() == circuit.input_bits());
  RETURN_IF_ERROR(s.Need(circuit.and_count()));
  Bits& wires = s.Wires(circuit.wire_count());
  s.Apply([n = inputs.size()](auto, auto* w, const auto* in) { std::copy_n(in, n, w); }, wires, inputs);
  for (const Circuit::Layer& layer : circuit.Layers()) {
    s.Apply(
        [&](auto one, auto* w) {
          for (const Gate& gate : layer.free_gates) {
            w[gate.out] = gate.op == GateOp::kNot ? Add(w[gate.a], one) : Add(w[gate.a], w[gate.b]);
          }
        },
        wires);
    s.AndGates(layer.and_gates, wires);
  }
  Bits out = s.Make(circuit.output_bits());
  s.Apply(
      [&](auto, auto* o, const auto* w) {
        for (const auto& output : circuit.outputs()) {
          for (const WireId wire : output) *o++ = w[wire];
        }
      },
      out, wires);
  return out;
}

}  // namespace mpcstats::zk
