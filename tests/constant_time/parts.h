// What the parts of the constant-time tests share: how secrets are marked, and how they stop.
#pragma once

#include <valgrind/memcheck.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {

/// The end whose secrets are marked.
enum class End : std::uint8_t { kProver, kNotary };

template <class T>
T Need(Result<T> result, const char* what) {
  if (!result) {
    std::fprintf(stderr, "%s: %s\n", what, result.error().message().c_str());
    std::exit(1);
  }
  return std::move(*result);
}
inline void Need(const Status& status, const char* what) {
  if (status) return;
  std::fprintf(stderr, "%s: %s\n", what, status.error().message().c_str());
  std::exit(1);
}

inline void MarkSecret(MutableByteSpan bytes) { VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size()); }

// What an end sends is public once it has left.
inline Bytes Sent(Bytes message) {
  VALGRIND_MAKE_MEM_DEFINED(message.data(), message.size());
  return message;
}

// Draws secrets, for the end that is looked at.
class SecretRng final : public Rng {
 public:
  SecretRng(std::uint64_t seed, bool secret) : rng_(seed), secret_(secret) {}
  void Fill(MutableByteSpan out) override {
    rng_.Fill(out);
    if (secret_) MarkSecret(out);
  }

 private:
  SeededRng rng_;
  bool secret_;
};

/// Stops unless the marks have come so far: else a run under memcheck would say nothing.
inline void MustBeSecret(ByteSpan bytes, const char* what) {
  if (RUNNING_ON_VALGRIND == 0) return;
  Bytes undefined(bytes.size());
  static_cast<void>(VALGRIND_GET_VBITS(bytes.data(), undefined.data(), undefined.size()));
  for (const std::uint8_t byte : undefined) {
    if (byte != 0) return;
  }
  std::fprintf(stderr, "%s: no bit of it comes from a secret\n", what);
  std::exit(1);
}

/// key_exchange.cc: from oblivious products to the opened key; shares of tags.
void ExchangeKeys(End secret);
void ShareTag();

}  // namespace mpcstats
