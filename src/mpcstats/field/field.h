// The interface every field of the engine has, so that protocol code is a template on the field.
//
//   template <ProofField K> K Evaluate(std::span<const K> coefficients, K at) {
//     K sum;
//     for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * at + coefficients[i];
//     return sum;
//   }
//
// Fields: Gf2_64 and Fp127 for real work, Gf2_16 and Fp65521 so small that tests can watch a proof fail.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace mpcstats {

/// A finite field K.
///
/// Units:    kBytes is the size on the wire (little-endian, canonical); kBits = floor(log2 |K|), the
/// soundness of one
///           random challenge; kUniformBytes is what FromUniform reads.
/// Security: + - * and Accumulator take constant time. == is for public values; Inverse and Power have a
/// public
///           exponent and take constant time too.
/// Errors:   Load returns nothing for an encoding Store would not write. Inverse takes zero to zero.
template <typename K>
concept ProofField = std::is_trivially_copyable_v<K> && std::is_standard_layout_v<K> &&
                     std::default_initializable<K> && std::equality_comparable<K> &&
                     requires(K a, K b, std::uint64_t n, std::uint8_t* out, const std::uint8_t* in,
                              typename K::Accumulator sum) {
                       { K::kBytes } -> std::convertible_to<std::size_t>;
                       { K::kUniformBytes } -> std::convertible_to<std::size_t>;
                       { K::kBits } -> std::convertible_to<unsigned>;
                       { K::Zero() } -> std::same_as<K>;
                       { K::One() } -> std::same_as<K>;
                       { K::FromU64(n) } -> std::same_as<K>;
                       { K::FromUniform(in) } -> std::same_as<K>;
                       { K::Load(in) } -> std::same_as<std::optional<K>>;
                       { a + b } -> std::same_as<K>;
                       { a - b } -> std::same_as<K>;
                       { a* b } -> std::same_as<K>;
                       { -a } -> std::same_as<K>;
                       { a += b } -> std::same_as<K&>;
                       { a -= b } -> std::same_as<K&>;
                       { a *= b } -> std::same_as<K&>;
                       { a.Inverse() } -> std::same_as<K>;
                       { a.Store(out) } -> std::same_as<void>;
                       { sum.AddProduct(a, b) } -> std::same_as<void>;
                       { sum.Add(a) } -> std::same_as<void>;
                       { sum.Reduce() } -> std::same_as<K>;
                     };

/// base^exponent; the exponent is public. 0^0 = 1.
template <typename K>
[[nodiscard]] constexpr K Power(K base, unsigned __int128 exponent) {
  K result = K::One();
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

/// Little-endian bytes of the low `kCount` bytes of `value`.
template <std::size_t kCount>
constexpr void StoreLittleEndian(unsigned __int128 value, std::uint8_t* out) {
  for (std::size_t i = 0; i < kCount; ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <std::size_t kCount>
[[nodiscard]] constexpr unsigned __int128 LoadLittleEndian(const std::uint8_t* in) {
  unsigned __int128 value = 0;
  for (std::size_t i = 0; i < kCount; ++i) value |= static_cast<unsigned __int128>(in[i]) << (8 * i);
  return value;
}

}  // namespace mpcstats
