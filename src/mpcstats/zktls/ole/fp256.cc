#include "mpcstats/zktls/ole/fp256.h"

#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {
namespace {

using Words = std::array<std::uint64_t, 4>;
using Wide = unsigned __int128;

constexpr Words kPrime{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001};
// 2^256, 2^512 and 2^768 modulo p.
constexpr Words kRadix{0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe};
constexpr Words kRadix2{0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd};
constexpr Words kRadix3{0xfffffffd0000000a, 0xffffffedfffffff7, 0x00000005fffffffc, 0x0000001800000001};
constexpr Words kUnit{1, 0, 0, 0};

std::uint64_t Low(Wide value) { return static_cast<std::uint64_t>(value); }
std::uint64_t High(Wide value) { return static_cast<std::uint64_t>(value >> 64); }

// out = a - b; 1 when it borrows.
std::uint64_t Subtract(const Words& a, const Words& b, Words& out) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide difference = Wide{a[i]} - b[i] - borrow;
    out[i] = Low(difference);
    borrow = High(difference) & 1;
  }
  return borrow;
}

std::uint64_t Add(const Words& a, const Words& b, Words& out) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide sum = Wide{a[i]} + b[i] + carry;
    out[i] = Low(sum);
    carry = High(sum);
  }
  return carry;
}

Words LoadWords(const std::uint8_t* in) {
  Words words{};
  for (std::size_t i = 0; i < 32; ++i) words[3 - i / 8] = (words[3 - i / 8] << 8) | in[i];
  return words;
}

}  // namespace

// From below 2p to below p.
Words Fp256::Reduce(const Words& words, std::uint64_t carry) {
  Words reduced{};
  const std::uint64_t borrow = Subtract(words, kPrime, reduced);
  // The value is below p exactly when the difference borrows more than the carry holds.
  const std::uint64_t keep = borrow & (carry ^ 1);
  Words out{};
  for (std::size_t i = 0; i < 4; ++i) out[i] = ct::Select(keep, words[i], reduced[i]);
  return out;
}

// a * b / 2^256 mod p, for a * b < 2^256 * p. As p is -1 modulo 2^64, the multiple of p that clears the low word is that
// word itself. Source: P. Montgomery, Modular Multiplication Without Trial Division, 1985.
Words Fp256::Montgomery(const Words& a, const Words& b) {
  std::array<std::uint64_t, 6> t{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const Wide sum = Wide{a[j]} * b[i] + t[j] + carry;
      t[j] = Low(sum);
      carry = High(sum);
    }
    Wide top = Wide{t[4]} + carry;
    t[4] = Low(top);
    t[5] = High(top);

    const std::uint64_t m = t[0];
    carry = High(Wide{m} * kPrime[0] + t[0]);
    for (std::size_t j = 1; j < 4; ++j) {
      const Wide sum = Wide{m} * kPrime[j] + t[j] + carry;
      t[j - 1] = Low(sum);
      carry = High(sum);
    }
    top = Wide{t[4]} + carry;
    t[3] = Low(top);
    t[4] = t[5] + High(top);
  }
  return Reduce({t[0], t[1], t[2], t[3]}, t[4]);
}

Fp256 Fp256::One() { return Fp256(kRadix); }
Fp256 Fp256::FromU64(std::uint64_t n) { return Fp256(Montgomery({n, 0, 0, 0}, kRadix2)); }

Fp256 Fp256::FromUniform(const std::uint8_t* in) {
  // high * 2^256 + low, in Montgomery form: (high * 2^768 + low * 2^512) / 2^256
  return Fp256(Montgomery(LoadWords(in), kRadix3)) + Fp256(Montgomery(LoadWords(in + 32), kRadix2));
}

Fp256 Fp256::Random(Rng& rng) {
  std::array<std::uint8_t, kUniformBytes> bytes;
  rng.Fill(bytes);
  const Fp256 out = FromUniform(bytes.data());
  SecureWipe(bytes.data(), bytes.size());
  return out;
}

std::optional<Fp256> Fp256::Load(const std::uint8_t* in) {
  const Words words = LoadWords(in);
  Words unused{};
  if (ct::Declassify(Subtract(words, kPrime, unused),
                     "whether it is below p, as all numbers of an honest end are") == 0) {
    return std::nullopt;
  }
  return Fp256(Montgomery(words, kRadix2));
}

void Fp256::Store(std::uint8_t* out) const {
  const Words words = Montgomery(words_, kUnit);
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = static_cast<std::uint8_t>(words[3 - i / 8] >> (56 - 8 * (i % 8)));
  }
}

std::uint64_t Fp256::IsZero() const {
  const std::uint64_t any = words_[0] | words_[1] | words_[2] | words_[3];
  return ((any | (0 - any)) >> 63) ^ 1;
}

Fp256 Fp256::Inverse() const {
  // Fermat: x^(p-2), bit by bit from the top.
  Words exponent{};
  Subtract(kPrime, {2, 0, 0, 0}, exponent);
  Fp256 result = One();
  for (std::size_t i = 256; i-- > 0;) {
    result *= result;
    if (((exponent[i / 64] >> (i % 64)) & 1) != 0) result *= *this;
  }
  return result;
}

Fp256 Fp256::Times(std::uint64_t bit) const {
  const std::uint64_t mask = ct::Mask(bit);
  return Fp256(Words{words_[0] & mask, words_[1] & mask, words_[2] & mask, words_[3] & mask});
}

Fp256 operator+(const Fp256& a, const Fp256& b) {
  Words sum{};
  const std::uint64_t carry = Add(a.words_, b.words_, sum);
  return Fp256(Fp256::Reduce(sum, carry));
}

Fp256 operator-(const Fp256& a, const Fp256& b) {
  Words difference{};
  const std::uint64_t mask = ct::Mask(Subtract(a.words_, b.words_, difference));
  Words wrapped{};
  Add(difference, {kPrime[0] & mask, kPrime[1] & mask, kPrime[2] & mask, kPrime[3] & mask}, wrapped);
  return Fp256(wrapped);
}

Fp256 operator*(const Fp256& a, const Fp256& b) { return Fp256(Fp256::Montgomery(a.words_, b.words_)); }

}  // namespace mpcstats
