// AES-128 in counter mode as a pseudorandom function of (stream, position), through OpenSSL.
#pragma once

#include <cstdint>
#include <memory>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/rng.h"

namespace mpcstats {

/// A 96-bit stream number: the first 12 bytes of the counter block. One stream is read once.
struct StreamId {
  std::uint64_t high;
  std::uint32_t low;
};

class AesPrg {
 public:
  static constexpr std::size_t kKeyBytes = 16;

  explicit AesPrg(std::span<const std::uint8_t, kKeyBytes> key);
  AesPrg(AesPrg&&) noexcept;
  AesPrg& operator=(AesPrg&&) noexcept;
  ~AesPrg();

  /// Writes the first out.size() bytes (at most 2^36) of the key stream of `stream`.
  void Generate(StreamId stream, MutableByteSpan out) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A deterministic random source for tests and for expanding public seeds: AES-128-CTR under SHA-256(seed).
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed);
  explicit SeededRng(ByteSpan seed);
  void Fill(MutableByteSpan out) override;

 private:
  AesPrg prg_;
  std::uint64_t calls_ = 0;
};

}  // namespace mpcstats
