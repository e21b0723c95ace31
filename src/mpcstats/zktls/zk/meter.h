// Counts what a program takes, without keys or witness: both ends run it first to agree on the size of the VOLE.
//
//   ZkMeter meter;
//   RETURN_IF_ERROR(Program(meter, PublicWitness{16}, ...));
//   vole.Extend(meter.cost().Correlations());
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/zktls/zk/bits.h"
#include "mpcstats/zktls/zk/prover.h"

namespace mpcstats {

struct ZkCost {
  std::size_t witness_bits = 0;
  std::size_t checks = 0;  ///< degree-2 relations: one an AND gate, two an S-box
  std::size_t opened_bits = 0;

  /// What the VOLE has to give for `rounds` rounds.
  [[nodiscard]] std::size_t Correlations(std::size_t rounds = 1) const {
    return witness_bits + rounds * kZkMaskBits;
  }
  /// The prover's commitments, taken once.
  [[nodiscard]] std::size_t CommitmentBytes() const { return (witness_bits + opened_bits + 7) / 8; }
};

class ZkMeter {
 public:
  using Bits = MeterBits;
  using Witness = PublicWitness;

  [[nodiscard]] const ZkCost& cost() const { return cost_; }

  Result<MeterBits> Commit(const PublicWitness& witness);
  [[nodiscard]] MeterBits Constant(ByteSpan bytes) const;
  [[nodiscard]] MeterBits Repeat(bool value, std::size_t count) const;
  [[nodiscard]] MeterBits Xor(const MeterBits& a, const MeterBits& b) const;
  [[nodiscard]] MeterBits XorPublic(const MeterBits& a, ByteSpan bytes) const;
  [[nodiscard]] MeterBits Not(const MeterBits& a) const;
  [[nodiscard]] MeterBits Slice(const MeterBits& a, std::size_t offset, std::size_t count) const;
  [[nodiscard]] MeterBits Concat(std::initializer_list<std::reference_wrapper<const MeterBits>> parts) const;
  Result<MeterBits> And(const MeterBits& a, const MeterBits& b);
  Result<MeterBits> EvaluateCircuit(const Circuit& circuit, const MeterBits& inputs);
  Result<MeterBits> AesExpandKey(const MeterBits& key);
  Result<MeterBits> AesEncrypt(const MeterBits& round_keys, const MeterBits& blocks);
  Status AssertEqual(const MeterBits& a, ByteSpan bytes);
  Status AssertZero(const MeterBits& a);
  Result<OpenId> Open(const MeterBits& a);

 private:
  ZkCost cost_;
  std::size_t opened_ = 0;
};

}  // namespace mpcstats
