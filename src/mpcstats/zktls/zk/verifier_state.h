// What the operations of a ZkVerifier work on. linear.h says what its functions are for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/zktls/vole/correlations.h"
#include "mpcstats/zktls/zk/bit_stream.h"
#include "mpcstats/zktls/zk/bits.h"
#include "mpcstats/zktls/zk/element_list.h"
#include "mpcstats/zktls/zk/transcript.h"
#include "mpcstats/zktls/zk/verifier.h"

namespace mpcstats {

struct VerifierState {
  VerifierState(const Bytes32& session, VerifierCorrelations correlations);
  ~VerifierState() { SecureWipe(&delta, sizeof(delta)); }
  VerifierState(const VerifierState&) = delete;
  VerifierState& operator=(const VerifierState&) = delete;

  [[nodiscard]] VerifierBits Make(std::size_t size) const { return VerifierBits(size); }
  template <class F, class... B>
  void Apply(F&& f, B&... bits) {
    f(delta, bits.keys_.data()...);
  }
  VerifierBits& Wires(std::size_t count);

  [[nodiscard]] std::size_t remaining() const { return keys.size() - next; }
  /// Whether the session goes on and the round takes more of the program.
  Status Ready();
  Status Need(std::size_t count);
  void Commit(std::span<Gf2_128> out);
  VerifierBits Witness(std::size_t count);
  void AndGates(std::span<const Gate> gates, VerifierBits& wires);
  void MultiplyBits(const VerifierBits& a, const VerifierBits& b, VerifierBits& out);
  Status Invert(const VerifierBits& x, VerifierBits& y);

  void Assert(const VerifierBits& a, ByteSpan bytes);
  Status Open(const VerifierBits& a);
  Result<ZkOpened> Check(ByteSpan proof);
  std::unexpected<Error> Break(ErrorCode code, const char* what);

  Bytes32 session;
  Gf2_128 delta;
  Buffer<Gf2_128> keys;
  std::size_t next = 0;
  std::uint64_t round = 0;
  bool failed = false;
  BitReader commitments;
  ElementList checks;  ///< B of each check: K_a * K_b + K_c * Delta
  RoundHash hash;
  std::optional<Gf2_128> challenge;
  ZkOpened opened;

 private:
  /// Adds K_a * K_b + K_c * Delta.
  void AddChecks(const Gf2_128* a, const Gf2_128* b, const Gf2_128* c, std::size_t count);
  /// The hash gets the MACs that the bits have if they are `bytes`.
  void AddToHash(const VerifierBits& a, ByteSpan bytes);

  VerifierBits wires_;
  VerifierBits left_;
  VerifierBits right_;
  VerifierBits product_;
};

}  // namespace mpcstats
