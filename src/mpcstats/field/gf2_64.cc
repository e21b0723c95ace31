#include "mpcstats/field/gf2_64.h"

#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {
namespace {

// The function itself, so that a product costs one indirect call.
auto CarrylessFunction() {
  static const auto function = Kernels().carryless;
  return function;
}

/// low + high * b^64 modulo the field polynomial.
std::uint64_t ReduceWide(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t h = high ^ (high >> 63) ^ (high >> 61) ^ (high >> 60);
  return low ^ h ^ (h << 1) ^ (h << 3) ^ (h << 4);
}

}  // namespace

Gf2_64 operator*(Gf2_64 a, Gf2_64 b) {
  std::uint64_t product[2];
  CarrylessFunction()(a.bits_, b.bits_, product);
  return Gf2_64(ReduceWide(product[0], product[1]));
}

// a^(2^64 - 2)
Gf2_64 Gf2_64::Inverse() const { return Power(*this, ~std::uint64_t{0} - 1); }

void Gf2_64::Accumulator::AddProduct(Gf2_64 a, Gf2_64 b) {
  std::uint64_t product[2];
  CarrylessFunction()(a.bits_, b.bits_, product);
  low_ ^= product[0];
  high_ ^= product[1];
}

Gf2_64 Gf2_64::Accumulator::Reduce() const { return Gf2_64(ReduceWide(low_, high_)); }

}  // namespace mpcstats
