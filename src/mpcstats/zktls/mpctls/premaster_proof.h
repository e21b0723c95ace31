// The premaster secret of MPC mode in zero knowledge: the prover's committed share and the notary's opened one, added.
#pragma once

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {

/// s_P + s_N modulo the prime of P-256, 32 bytes, big-endian: what RunTlsProgram starts from.
///
/// Shapes:   `prover_share` is what the prover committed to before anything was evaluated, 256 bits of 32 bytes, big-endian.
/// Cost:     767 AND.
/// Security: it is the sum that was garbled, for every value of the committed bits. A share that is p or more gives some number
///           that is the same in both; it is no premaster secret of the server's.
/// Errors:   as ZkRole.
template <class Zk>
[[nodiscard]] Result<typename Zk::Bits> PremasterOfShares(Zk& zk, const typename Zk::Bits& prover_share,
                                                          const Bytes32& notary_share);

extern template Result<ProverBits> PremasterOfShares(ZkProver&, const ProverBits&, const Bytes32&);
extern template Result<VerifierBits> PremasterOfShares(ZkVerifier&, const VerifierBits&, const Bytes32&);
extern template Result<MeterBits> PremasterOfShares(ZkMeter&, const MeterBits&, const Bytes32&);

}  // namespace mpcstats
