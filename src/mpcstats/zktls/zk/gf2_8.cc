#include "mpcstats/zktls/zk/gf2_8.h"

#include "mpcstats/base/check.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {
namespace {

/// Bit i of lane k is coefficient i of byte k.
using Planes = std::array<std::uint64_t, 8>;

/// Coefficients of x^0 .. x^14 modulo x^8 + x^4 + x^3 + x + 1.
Planes ReducePlanes(std::array<std::uint64_t, 15> wide) {
  for (std::size_t i = 14; i >= 8; --i) {
    for (const std::size_t tap : {0, 1, 3, 4}) wide[i - 8 + tap] ^= wide[i];
  }
  Planes out;
  for (std::size_t i = 0; i < 8; ++i) out[i] = wide[i];
  return out;
}

Planes Multiply(const Planes& a, const Planes& b) {
  std::array<std::uint64_t, 15> wide{};
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 8; ++j) wide[i + j] ^= a[i] & b[j];
  }
  return ReducePlanes(wide);
}

Planes Square(const Planes& a) {
  std::array<std::uint64_t, 15> wide{};
  for (std::size_t i = 0; i < 8; ++i) wide[2 * i] = a[i];
  return ReducePlanes(wide);
}

/// x^254 with four products.
Planes Invert(const Planes& x) {
  const Planes x2 = Square(x);
  const Planes x3 = Multiply(x2, x);
  const Planes x12 = Square(Square(x3));
  const Planes x15 = Multiply(x12, x3);
  const Planes x240 = Square(Square(Square(Square(x15))));
  return Multiply(Multiply(x240, x12), x2);
}

AesLift MakeLift() {
  // Of the eight roots of the AES polynomial the smallest as an integer, as FAEST has it. Both ends need the same one.
  constexpr Gf2_128 root(0xa13fe8ac5560ce0d, 0x053d8555a9979a1c);
  AesLift lift;
  Gf2_128 power = Gf2_128::One();
  for (std::size_t i = 0; i < 8; ++i, power *= root) {
    lift.basis[i] = power;
    lift.squares[i] = power.Square();
  }
  return lift;
}

}  // namespace

const AesLift& GetAesLift() {
  static const AesLift lift = MakeLift();
  return lift;
}

void InvertBytes(std::span<const std::uint8_t> bits, std::span<std::uint8_t> out) {
  const std::size_t lanes = bits.size() / 8;
  CHECK(bits.size() == out.size() && bits.size() % 8 == 0 && lanes <= 64);
  Planes planes{};
  for (std::size_t k = 0; k < lanes; ++k) {
    for (std::size_t i = 0; i < 8; ++i) planes[i] |= std::uint64_t{bits[8 * k + i]} << k;
  }
  planes = Invert(planes);
  for (std::size_t k = 0; k < lanes; ++k) {
    for (std::size_t i = 0; i < 8; ++i) out[8 * k + i] = static_cast<std::uint8_t>((planes[i] >> k) & 1u);
  }
  SecureWipe(planes.data(), sizeof(planes));
}

}  // namespace mpcstats
