// The prover of QuickSilver. role.h has the language of programs and one round in full.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/zk/bits.h"

namespace mpcstats {

/// The bytes of a challenge and of a proof, whatever was proved.
inline constexpr std::size_t kZkChallengeBytes = 16;
inline constexpr std::size_t kZkProofBytes = 64;
/// Correlations that the mask of each round takes.
inline constexpr std::size_t kZkMaskBits = 128;

/// One prover of one session; move-only. The operations are those of ZkRole.
///
/// Cost:     32 bytes of memory a check until the round ends, 17 a correlation.
/// Security: perfect zero knowledge towards any verifier that holds Delta of the same VOLE: the commitments are masked
///           with the VOLE's bits, the proof is masked with 128 more, and the hash of opened bits is one of values that
///           the verifier computes itself. An assertion that the prover's own values do not satisfy ends the session
///           before a proof leaves. No time or address depends on the witness.
/// Source:   Yang, Sarkar, Weng and Wang, QuickSilver, CCS 2021 (ePrint 2021/076): the Boolean protocol, figure 5, and
///           its polynomials of degree 2. Here the prover's messages of a round are one string, the challenge is the
///           verifier's own, and a session has any number of rounds.
class ZkProver {
 public:
  using Bits = ProverBits;
  using Witness = ProverWitness;

  /// `session` is the id both ends agreed on; it goes into every hash. kInvalidArgument when bits and MACs differ in
  /// number.
  [[nodiscard]] static Result<ZkProver> Create(const Bytes32& session, ProverCorrelations correlations);
  ZkProver(ZkProver&&) noexcept;
  ZkProver& operator=(ZkProver&&) noexcept;
  ~ZkProver();

  /// More correlations of the same VOLE, used after those at hand.
  Status Add(ProverCorrelations correlations);
  /// Correlations not used yet; each proof takes kZkMaskBits of them.
  [[nodiscard]] std::size_t remaining() const;

  Result<ProverBits> Commit(const ProverWitness& witness);
  [[nodiscard]] ProverBits Constant(ByteSpan bytes) const;
  [[nodiscard]] ProverBits Repeat(bool value, std::size_t count) const;
  [[nodiscard]] ProverBits Xor(const ProverBits& a, const ProverBits& b) const;
  [[nodiscard]] ProverBits XorPublic(const ProverBits& a, ByteSpan bytes) const;
  [[nodiscard]] ProverBits Not(const ProverBits& a) const;
  [[nodiscard]] ProverBits Slice(const ProverBits& a, std::size_t offset, std::size_t count) const;
  [[nodiscard]] ProverBits Concat(
      std::initializer_list<std::reference_wrapper<const ProverBits>> parts) const;
  Result<ProverBits> And(const ProverBits& a, const ProverBits& b);
  Result<ProverBits> EvaluateCircuit(const Circuit& circuit, const ProverBits& inputs);
  Result<ProverBits> AesExpandKey(const ProverBits& key);
  Result<ProverBits> AesEncrypt(const ProverBits& round_keys, const ProverBits& blocks);
  Status AssertEqual(const ProverBits& a, ByteSpan bytes);
  Status AssertZero(const ProverBits& a);
  Result<OpenId> Open(const ProverBits& a);

  /// What the verifier needs to run the program up to here: one bit for each bit of witness and each opened bit since
  /// the last call, packed into bytes. May be empty.
  [[nodiscard]] Result<Bytes> TakeCommitments();

  /// The proof of everything since the last round, and the end of the round.
  ///
  /// Shapes: kZkChallengeBytes in, kZkProofBytes out.
  /// Errors: kProtocolViolation for a challenge of another length; kInvalidArgument when commitments were not taken
  ///         yet, or after a failed operation; kResourceExhausted.
  [[nodiscard]] Result<Bytes> Prove(ByteSpan challenge);

 private:
  explicit ZkProver(std::unique_ptr<ProverState> state);
  std::unique_ptr<ProverState> state_;
};

}  // namespace mpcstats
