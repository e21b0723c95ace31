#include "mpcstats/zktls/tls/ghash.h"

#include <algorithm>

namespace mpcstats {
namespace {

std::uint64_t BigEndian(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

PublicGhash::PublicGhash(const GcmBlock& key) {
  // GCM numbers bits from the left: times x is a shift to the right, and x^128 = 1 + x + x^2 + x^7 comes in at the top.
  Element power{BigEndian(key.data()), BigEndian(key.data() + 8)};
  for (auto& row : table_) {
    std::array<Element, 4> bits;  // power * x^0 .. x^3; the most significant bit of the nibble is x^0
    for (Element& bit : bits) {
      bit = power;
      const std::uint64_t carry = power.low & 1;
      power.low = power.low >> 1 | power.high << 63;
      power.high = power.high >> 1 ^ (carry != 0 ? 0xe100000000000000 : 0);
    }
    for (unsigned n = 0; n < 16; ++n) {
      for (unsigned bit = 0; bit < 4; ++bit) {
        if ((n >> (3 - bit) & 1) == 0) continue;
        row[n].high ^= bits[bit].high;
        row[n].low ^= bits[bit].low;
      }
    }
  }
}

PublicGhash::Element PublicGhash::Times(const Element& x) const {
  Element out;
  for (unsigned i = 0; i < 32; ++i) {
    const std::uint64_t word = i < 16 ? x.high : x.low;
    const Element& part = table_[i][word >> (60 - 4 * (i % 16)) & 15];
    out.high ^= part.high;
    out.low ^= part.low;
  }
  return out;
}

void PublicGhash::Absorb(Element& sum, ByteSpan bytes) const {
  while (!bytes.empty()) {
    GcmBlock block{};
    const std::size_t size = std::min(bytes.size(), block.size());
    std::ranges::copy(bytes.first(size), block.begin());
    sum.high ^= BigEndian(block.data());
    sum.low ^= BigEndian(block.data() + 8);
    sum = Times(sum);
    bytes = bytes.subspan(size);
  }
}

GcmBlock PublicGhash::Hash(ByteSpan aad, ByteSpan ciphertext) const {
  Element sum;
  Absorb(sum, aad);
  Absorb(sum, ciphertext);
  sum.high ^= static_cast<std::uint64_t>(aad.size()) * 8;
  sum.low ^= static_cast<std::uint64_t>(ciphertext.size()) * 8;
  sum = Times(sum);
  GcmBlock out;
  for (int i = 0; i < 8; ++i) {
    out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sum.high >> (56 - 8 * i));
    out[static_cast<std::size_t>(i + 8)] = static_cast<std::uint8_t>(sum.low >> (56 - 8 * i));
  }
  return out;
}

}  // namespace mpcstats
