// Inputs and slow references of this folder's tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace mpcstats::field_test {

using Word = std::uint64_t;

/// a * b modulo b^64+b^4+b^3+b+1, one bit at a time.
inline Word SlowProduct(Word a, Word b) {
  Word result = 0;
  for (int i = 63; i >= 0; --i) {
    const bool carry = (result >> 63) != 0;
    result <<= 1;
    if (carry) result ^= 0x1b;
    if (((b >> i) & 1) != 0) result ^= a;
  }
  return result;
}

enum class Fill { kRandom, kOnes, kZeros, kTopBit };

inline std::vector<Word> MakeWords(std::size_t n, Fill fill, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Word> words(n);
  for (Word& word : words) {
    switch (fill) {
      case Fill::kRandom: word = random(); break;
      case Fill::kOnes: word = ~Word{0}; break;
      case Fill::kZeros: word = 0; break;
      case Fill::kTopBit: word = Word{1} << 63; break;
    }
  }
  return words;
}

inline constexpr std::array<Fill, 4> kFills = {Fill::kRandom, Fill::kOnes, Fill::kZeros, Fill::kTopBit};

}  // namespace mpcstats::field_test
