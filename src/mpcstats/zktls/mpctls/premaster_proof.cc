#include "mpcstats/zktls/mpctls/premaster_proof.h"

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/add_mod.h"

namespace mpcstats {
namespace {

// From 32 bytes, highest first, to an integer, lowest bit first; and back.
Wires Turned(WireSpan wires) {
  Wires out;
  out.reserve(wires.size());
  for (std::size_t byte = wires.size() / 8; byte-- > 0;) {
    for (std::size_t k = 0; k < 8; ++k) out.push_back(wires[8 * byte + k]);
  }
  return out;
}

const Circuit& SumModuloP() {
  static const Circuit kCircuit = [] {
    CircuitBuilder builder;
    const Wires a = builder.AddInput(256);
    const Wires b = builder.AddInput(256);
    builder.AddOutput(Turned(AddMod(builder, Turned(a), Turned(b), P256Prime())));
    return std::move(builder).Finish();
  }();
  return kCircuit;
}

}  // namespace

template <class Zk>
Result<typename Zk::Bits> PremasterOfShares(Zk& zk, const typename Zk::Bits& prover_share,
                                            const Bytes32& notary_share) {
  CHECK(prover_share.size() == 256);
  const typename Zk::Bits opened = zk.Constant(notary_share);
  return zk.EvaluateCircuit(SumModuloP(), zk.Concat({prover_share, opened}));
}

template Result<ProverBits> PremasterOfShares(ZkProver&, const ProverBits&, const Bytes32&);
template Result<VerifierBits> PremasterOfShares(ZkVerifier&, const VerifierBits&, const Bytes32&);
template Result<MeterBits> PremasterOfShares(ZkMeter&, const MeterBits&, const Bytes32&);

}  // namespace mpcstats
