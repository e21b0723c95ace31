// GF(2^8) of AES inside GF(2^128), and inversion of up to 64 of its elements at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/field/gf2_128.h"

namespace mpcstats {

/// The images of x^0 .. x^7 of GF(2)[x]/(x^8 + x^4 + x^3 + x + 1) in GF(2^128), and their squares. An embedding of
/// fields: a byte is zero, a product or a square exactly when its image is.
struct AesLift {
  std::array<Gf2_128, 8> basis;
  std::array<Gf2_128, 8> squares;
};
[[nodiscard]] const AesLift& GetAesLift();

/// out = the inverses of the bytes in `bits`, zero for zero; one value of 0 or 1 for each bit, at most 64 bytes.
/// Security: constant time.
void InvertBytes(std::span<const std::uint8_t> bits, std::span<std::uint8_t> out);

}  // namespace mpcstats
