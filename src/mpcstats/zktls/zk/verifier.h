// The verifier of QuickSilver. role.h has the language of programs and one round in full.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/zk/bits.h"

namespace mpcstats {

/// The values opened in a round, after its check.
class ZkOpened {
 public:
  /// Bit k of byte i is bit 8*i + k of what was opened; unused bits of the last byte are 0. CHECK: an id of this round.
  [[nodiscard]] ByteSpan operator[](OpenId id) const;
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  friend struct VerifierState;
  std::vector<Bytes> values_;
};

/// One verifier of one session; move-only. The operations are those of ZkRole.
///
/// Cost:     16 bytes of memory a check until the round ends, 16 a correlation.
/// Security: a prover whose witness does not satisfy the program passes Check with probability at most
///           (checks + 3) / 2^128 a round, plus what it gained by guessing in the VOLE (vole_sender.h). Nothing that the
///           program computed is to be used before Check returned; opened values are out of reach until then. One
///           failed operation or check ends the session: every later call fails.
/// Source:   as in prover.h.
class ZkVerifier {
 public:
  using Bits = VerifierBits;
  using Witness = PublicWitness;

  /// kInvalidArgument when Delta is zero, which would let every proof pass.
  [[nodiscard]] static Result<ZkVerifier> Create(const Bytes32& session, VerifierCorrelations correlations);
  ZkVerifier(ZkVerifier&&) noexcept;
  ZkVerifier& operator=(ZkVerifier&&) noexcept;
  ~ZkVerifier();

  /// More correlations of the same VOLE. kInvalidArgument when they have another Delta.
  Status Add(VerifierCorrelations correlations);
  [[nodiscard]] std::size_t remaining() const;

  /// What the prover's TakeCommitments returned at the same place of the program. kProtocolViolation when an earlier
  /// string was not used up by then, or has a bit set behind its end.
  Status Receive(ByteSpan commitments);

  Result<VerifierBits> Commit(const PublicWitness& witness);
  [[nodiscard]] VerifierBits Constant(ByteSpan bytes) const;
  [[nodiscard]] VerifierBits Repeat(bool value, std::size_t count) const;
  [[nodiscard]] VerifierBits Xor(const VerifierBits& a, const VerifierBits& b) const;
  [[nodiscard]] VerifierBits XorPublic(const VerifierBits& a, ByteSpan bytes) const;
  [[nodiscard]] VerifierBits Not(const VerifierBits& a) const;
  [[nodiscard]] VerifierBits Slice(const VerifierBits& a, std::size_t offset, std::size_t count) const;
  [[nodiscard]] VerifierBits Concat(
      std::initializer_list<std::reference_wrapper<const VerifierBits>> parts) const;
  Result<VerifierBits> And(const VerifierBits& a, const VerifierBits& b);
  Result<VerifierBits> EvaluateCircuit(const Circuit& circuit, const VerifierBits& inputs);
  Result<VerifierBits> AesExpandKey(const VerifierBits& key);
  Result<VerifierBits> AesEncrypt(const VerifierBits& round_keys, const VerifierBits& blocks);
  Status AssertEqual(const VerifierBits& a, ByteSpan bytes);
  Status AssertZero(const VerifierBits& a);
  Result<OpenId> Open(const VerifierBits& a);

  /// The challenge of this round, drawn now. From here on the round takes nothing more from the prover but the proof.
  /// kProtocolViolation when bytes of the prover are left over.
  [[nodiscard]] Result<Bytes> Challenge(Rng& rng);

  /// The verdict on the round, and what was opened in it. A new round begins.
  ///
  /// Errors: kProtocolViolation for a proof of another length; kCheatingDetected when it does not hold;
  ///         kInvalidArgument before Challenge; kResourceExhausted.
  [[nodiscard]] Result<ZkOpened> Check(ByteSpan proof);

 private:
  explicit ZkVerifier(std::unique_ptr<VerifierState> state);
  std::unique_ptr<VerifierState> state_;
};

}  // namespace mpcstats
