#include "mpcstats/circuit/gf2_128_values.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/gf2_128.h"
#include "mpcstats/field/gf2_128.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBits = 128;
constexpr std::size_t kByte = 8;
constexpr std::size_t kDegree = kBits / kByte;  // of GF(2^128) over GF(2^8)
constexpr std::size_t kFinitePoints = kGf2_128Points - 1;

// A linear map over GF(2): row r has bit b of byte g set when output r has input 8 g + b.
using Rows = std::vector<Bytes>;

bool BitOf(Gf2_128 element, std::size_t i) {
  return ((i < 64 ? element.low() >> i : element.high() >> (i - 64)) & 1) != 0;
}

Gf2_128 Monomial(std::size_t i) {
  return i < 64 ? Gf2_128(std::uint64_t{1} << i, 0) : Gf2_128(0, std::uint64_t{1} << (i - 64));
}

Gf2_128 Power(Gf2_128 base, unsigned exponent) {
  Gf2_128 power = Gf2_128::One();
  for (; exponent != 0; exponent >>= 1, base = base.Square()) {
    if ((exponent & 1) != 0) power *= base;
  }
  return power;
}

// An element of GF(2^8) that is in no smaller field: the norm of x + c, for the first c that gives one.
Gf2_128 SubfieldGenerator() {
  for (std::uint64_t c = 0;; ++c) {
    Gf2_128 conjugate(2 + c, 0);
    Gf2_128 norm = Gf2_128::One();
    for (std::size_t i = 0; i < kDegree; ++i) {
      norm *= conjugate;
      for (std::size_t k = 0; k < kByte; ++k) conjugate = conjugate.Square();
    }
    if (!(Power(norm, 16) == norm)) return norm;
  }
}

// GF(2^128) over GF(2^8): coordinates in beta^i x^j, number 8 j + i.
class Tower {
 public:
  Tower() : beta_(SubfieldGenerator()) {
    for (std::size_t j = 0; j < kDegree; ++j) {
      for (std::size_t i = 0; i < kByte; ++i)
        Insert(Power(beta_, static_cast<unsigned>(i)) * Monomial(j), kByte * j + i);
    }
  }

  [[nodiscard]] Gf2_128 beta(std::size_t power) const { return Power(beta_, static_cast<unsigned>(power)); }

  // As a bit string: bit k is coordinate k.
  [[nodiscard]] Gf2_128 Coordinates(Gf2_128 element) const {
    Gf2_128 coordinates;
    for (std::size_t i = kBits; i-- > 0;) {
      if (!BitOf(element, i)) continue;
      CHECK(pivots_[i].has_value());
      element += pivots_[i]->first;
      coordinates += pivots_[i]->second;
    }
    return coordinates;
  }
  // Of an element of the subfield: 8 bits.
  [[nodiscard]] std::uint8_t Byte(Gf2_128 element) const {
    const Gf2_128 coordinates = Coordinates(element);
    CHECK(coordinates.high() == 0 && coordinates.low() < 256);
    return static_cast<std::uint8_t>(coordinates.low());
  }
  [[nodiscard]] Gf2_128 OfByte(std::uint64_t byte) const {
    Gf2_128 sum;
    for (std::size_t i = 0; i < kByte; ++i) sum += beta(i).Times(byte >> i);
    return sum;
  }

 private:
  // Gaussian elimination, one vector after the other.
  void Insert(Gf2_128 vector, std::size_t number) {
    Gf2_128 combination = Monomial(number);
    for (std::size_t i = kBits; i-- > 0;) {
      if (!BitOf(vector, i)) continue;
      if (!pivots_[i]) {
        pivots_[i].emplace(vector, combination);
        return;
      }
      vector += pivots_[i]->first;
      combination += pivots_[i]->second;
    }
    CHECK(false);  // x generates the field over the subfield, so they are independent
  }

  Gf2_128 beta_;
  std::array<std::optional<std::pair<Gf2_128, Gf2_128>>, kBits> pivots_;
};

struct Maps {
  Rows values;                                      // 248 rows of 16 bytes
  Rows product;                                     // 128 rows of 31 bytes, from the values of the product
  std::array<std::uint8_t, kByte - 1> high_powers;  // beta^8 to beta^14 in the basis of the subfield
};

Maps MakeMaps() {
  const Tower tower;
  std::array<Gf2_128, kFinitePoints> points;
  for (std::size_t t = 0; t < points.size(); ++t) points[t] = tower.OfByte(t);

  Maps maps{Rows(kGf2_128ValueBits, Bytes(kBits / 8)), Rows(kBits, Bytes(kGf2_128Points)), {}};
  for (std::size_t k = 0; k < kBits; ++k) {
    const Gf2_128 coordinates = tower.Coordinates(Monomial(k));
    std::array<Gf2_128, kDegree> digits;
    for (std::size_t i = 0; i < kBits; ++i)
      digits[i / kByte] += tower.beta(i % kByte).Times(BitOf(coordinates, i) ? 1 : 0);
    for (std::size_t t = 0; t < kGf2_128Points; ++t) {
      Gf2_128 value = digits.back();  // at infinity
      if (t < kFinitePoints) {
        for (std::size_t j = kDegree - 1; j-- > 0;) value = value * points[t] + digits[j];
      }
      const std::uint8_t bits = tower.Byte(value);
      for (std::size_t i = 0; i < kByte; ++i) {
        if ((bits >> i & 1) == 0) continue;
        std::uint8_t& place = maps.values[kByte * t + i][k / 8];
        place = static_cast<std::uint8_t>(place | 1u << (k % 8));
      }
    }
  }
  // p(x) = sum_t p(t) prod_{s != t} (x - s) / (t - s) + p_30 prod_s (x - s)
  for (std::size_t t = 0; t < kGf2_128Points; ++t) {
    Gf2_128 weight = Gf2_128::One();
    Gf2_128 divisor = Gf2_128::One();
    for (std::size_t s = 0; s < kFinitePoints; ++s) {
      if (s == t) continue;
      weight *= Monomial(1) + points[s];
      if (t < kFinitePoints) divisor *= points[t] + points[s];
    }
    weight *= Power(divisor, 254);  // the inverse in GF(2^8)
    for (std::size_t i = 0; i < kByte; ++i) {
      const Gf2_128 column = tower.beta(i) * weight;
      for (std::size_t r = 0; r < kBits; ++r) {
        if (BitOf(column, r)) maps.product[r][t] = static_cast<std::uint8_t>(maps.product[r][t] | 1u << i);
      }
    }
  }
  for (std::size_t i = 0; i < maps.high_powers.size(); ++i)
    maps.high_powers[i] = tower.Byte(tower.beta(kByte + i));
  return maps;
}

const Maps& TheMaps() {
  static const Maps kMaps = MakeMaps();
  return kMaps;
}

// The method of four Russians: sums of eight neighbours that several rows need are made once.
Wires Apply(CircuitBuilder& builder, const Rows& rows, WireSpan in) {
  Wires out(rows.size());
  for (std::size_t group = 0; group < rows[0].size(); ++group) {
    const WireSpan inputs = in.subspan(8 * group, 8);
    std::array<std::optional<Wire>, 256> sums;
    sums[0] = CircuitBuilder::Constant(false);
    const auto sum = [&](std::size_t which) {
      // Bits from the lowest on, so that sums with the same low part share it.
      std::size_t low = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        if ((which >> i & 1) == 0) continue;
        const std::size_t next = low | std::size_t{1} << i;
        if (!sums[next]) sums[next] = builder.Xor(*sums[low], inputs[i]);
        low = next;
      }
      return *sums[which];
    };
    for (std::size_t r = 0; r < rows.size(); ++r) out[r] = builder.Xor(out[r], sum(rows[r][group]));
  }
  return out;
}

}  // namespace

Wires Gf2_128Values(CircuitBuilder& builder, WireSpan element) {
  CHECK(element.size() == kBits);
  return Apply(builder, TheMaps().values, element);
}

Wires MultiplyGf2_128Values(CircuitBuilder& builder, WireSpan a, WireSpan b) {
  CHECK(a.size() == kGf2_128ValueBits && b.size() == kGf2_128ValueBits);
  const Maps& maps = TheMaps();
  Wires values;
  for (std::size_t t = 0; t < kGf2_128Points; ++t) {
    const Wires product =
        MultiplyPolynomials(builder, a.subspan(kByte * t, kByte), b.subspan(kByte * t, kByte));
    for (std::size_t i = 0; i < kByte; ++i) {
      Wire bit = product[i];
      for (std::size_t k = kByte; k < product.size(); ++k) {
        if ((maps.high_powers[k - kByte] >> i & 1) != 0) bit = builder.Xor(bit, product[k]);
      }
      values.push_back(bit);
    }
  }
  return Apply(builder, maps.product, values);
}

}  // namespace mpcstats
