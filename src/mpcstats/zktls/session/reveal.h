// Revealing in the middle of a program: the prover says what some bits are, both go on with that value, and the proof of
// the round says that it was true.
//
// ZkRole::Open gives its values after the check; a program that hashes or encrypts with a revealed value needs it at once.
// What is revealed travels in one message before the witness (SessionMessage::kClaims), in the order of the program.
#pragma once

#include <algorithm>
#include <cstddef>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {

/// One for each run of a program. Reveal: whole bytes of bits -> their value, which is asserted.
///
/// Security: at the verifier nothing that depends on a revealed value is true before ZkVerifier::Check.
template <class Zk>
class Revealer;

/// The prover's: collects what is to be sent.
template <>
class Revealer<ZkProver> {
 public:
  Result<Bytes> Reveal(ZkProver& zk, const ProverBits& bits);
  [[nodiscard]] const Bytes& claims() const { return claims_; }

 private:
  Bytes claims_;
};

/// The verifier's: takes the received claims apart; they must outlive it.
template <>
class Revealer<ZkVerifier> {
 public:
  explicit Revealer(ByteSpan claims) : rest_(claims) {}
  /// Errors: kProtocolViolation when the claims run out.
  Result<Bytes> Reveal(ZkVerifier& zk, const VerifierBits& bits);
  /// kProtocolViolation when claims are left over.
  [[nodiscard]] Status Finish() const;

 private:
  ByteSpan rest_;
};

/// The meter's: zeros, and how many bytes the claims have.
template <>
class Revealer<ZkMeter> {
 public:
  Result<Bytes> Reveal(ZkMeter& zk, const MeterBits& bits);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

}  // namespace mpcstats
