// What the tests of the circuits share: seeded random bytes, and a comparison of a circuit with a reference
// function.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/crypto/aes_prg.h"

namespace mpcstats {

inline Bytes Joined(ByteSpan a, ByteSpan b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

inline std::uint64_t LoadWord(ByteSpan bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
  return word;
}

inline Bytes StoreWord(std::uint64_t word) {
  Bytes out(8);
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(word >> (8 * i));
  return out;
}

/// A circuit of whole-byte inputs against `reference` on `count` random inputs.
inline void ExpectMatches(const Circuit& circuit, std::size_t count, std::uint64_t seed,
                          const std::function<Bytes(ByteSpan)>& reference) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  SeededRng rng(seed);
  std::vector<Bytes> inputs(count, Bytes(circuit.input_bits() / 8));
  for (Bytes& input : inputs) rng.Fill(input);
  const auto outputs = EvaluateBatch(circuit, inputs);
  ASSERT_TRUE(outputs.has_value()) << outputs.error().message();
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(ToHex((*outputs)[i]), ToHex(reference(inputs[i]))) << "input " << ToHex(inputs[i]);
  }
}

/// One evaluation in hexadecimal.
inline std::string EvaluateHex(const Circuit& circuit, std::string_view input) {
  const auto output = EvaluateBytes(circuit, *FromHex(input));
  return output ? ToHex(*output) : output.error().message();
}

}  // namespace mpcstats
