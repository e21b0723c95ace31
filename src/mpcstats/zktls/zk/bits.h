// Authenticated bits: the handles of a program in zero knowledge. Only a ZkProver or ZkVerifier makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/field/gf2_128.h"

namespace mpcstats {

struct ProverState;
struct VerifierState;

/// Bits x_i at the prover, each with its MAC M_i = K_i + x_i * Delta. Move-only, wiped; Slice copies.
class ProverBits {
 public:
  ProverBits() = default;
  [[nodiscard]] std::size_t size() const { return macs_.size(); }

  /// The prover's own values, 0 or 1. Secret: for computing further witnesses, never for branching.
  [[nodiscard]] std::span<const std::uint8_t> values() const { return values_.span(); }

 private:
  friend struct ProverState;
  explicit ProverBits(std::size_t size)
      : values_(Buffer<std::uint8_t>::Raw(size)), macs_(Buffer<Gf2_128>::Raw(size)) {}

  Buffer<std::uint8_t> values_;
  Buffer<Gf2_128> macs_;
};

/// The same bits at the verifier, who holds K_i alone.
class VerifierBits {
 public:
  VerifierBits() = default;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  friend struct VerifierState;
  explicit VerifierBits(std::size_t size) : keys_(Buffer<Gf2_128>::Raw(size)) {}

  Buffer<Gf2_128> keys_;
};

/// The same bits in a ZkMeter, which only counts.
class MeterBits {
 public:
  MeterBits() = default;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend class ZkMeter;
  explicit MeterBits(std::size_t size) : size_(size) {}

  std::size_t size_ = 0;
};

/// What the prover commits to: a view of whole bytes, bit k of byte i at place 8*i + k, as on the wires of a Circuit.
/// The bytes must live until Commit returns.
struct ProverWitness {
  ByteSpan bytes;
  [[nodiscard]] std::size_t bits() const { return 8 * bytes.size(); }
};

/// The same at the verifier and in the meter: only how much.
struct PublicWitness {
  std::size_t byte_count = 0;
  [[nodiscard]] std::size_t bits() const { return 8 * byte_count; }
};

/// A value that the prover opens to the verifier: which one, in the order of the calls of one round.
struct OpenId {
  std::size_t index = 0;
};

}  // namespace mpcstats
