// What the operations of a ZkProver work on. linear.h says what its functions are for.
#pragma once

#include <cstdint>
#include <span>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/field/gf2_128.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/zk/bit_stream.h"
#include "mpcstats/zktls/zk/bits.h"
#include "mpcstats/zktls/zk/element_list.h"
#include "mpcstats/zktls/zk/transcript.h"

namespace mpcstats {

struct ProverState {
  ProverState(const Bytes32& session, ProverCorrelations correlations);

  [[nodiscard]] ProverBits Make(std::size_t size) const { return ProverBits(size); }
  template <class F, class... B>
  void Apply(F&& f, B&... bits) {
    f(std::uint8_t{1}, bits.values_.data()...);
    f(Gf2_128(), bits.macs_.data()...);
  }
  /// Scratch for the wires of a circuit, kept from one to the next.
  ProverBits& Wires(std::size_t count);

  [[nodiscard]] std::size_t remaining() const { return correlations.size() - next; }
  Status Need(std::size_t count);
  /// Commits to `values`: the message gets value + u, the MAC is the one of u. Need() came before.
  void Commit(std::span<const std::uint8_t> values, std::span<Gf2_128> macs);
  ProverBits Witness(ByteSpan bytes);
  void AndGates(std::span<const Gate> gates, ProverBits& wires);
  void MultiplyBits(const ProverBits& a, const ProverBits& b, ProverBits& out);
  Status Invert(const ProverBits& x, ProverBits& y);

  /// Whether the values are the public ones, in constant time; then the MACs go into the hash.
  Status Assert(const ProverBits& a, ByteSpan bytes, const char* what);
  void Open(const ProverBits& a);
  Result<Bytes> Prove(Gf2_128 chi);
  [[nodiscard]] ByteSpan MacBytes(const ProverBits& a) const;

  Bytes32 session;
  ProverCorrelations correlations;
  std::size_t next = 0;
  std::uint64_t round = 0;
  bool failed = false;
  BitWriter commitments;
  ElementList constant;  ///< A0 of each check: M_a * M_b
  ElementList linear;    ///< A1: x_a * M_b + x_b * M_a + M_c
  RoundHash hash;
  std::size_t opened = 0;

 private:
  /// One batch of products: the checks of c = a * b for committed c.
  struct Product {
    const Gf2_128* a;
    const Gf2_128* b;
    const std::uint8_t* x;
    const std::uint8_t* y;
    const Gf2_128* c;
  };
  void AddChecks(const Product& product, std::size_t count);

  ProverBits wires_;
  ProverBits left_;
  ProverBits right_;
  ProverBits product_;
};

}  // namespace mpcstats
