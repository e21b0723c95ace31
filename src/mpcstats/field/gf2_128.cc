#include "mpcstats/field/gf2_128.h"

#include <cstring>

#include "mpcstats/base/check.h"
#include "mpcstats/field/gf2_128_kernels.h"

namespace mpcstats {

extern const Gf2_128Kernels kPortableGf2_128;
extern const Gf2_128Kernels kAvx2Gf2_128;

namespace {

using Word = Gf2_128Kernels::Word;

const Gf2_128Kernels& Kernels128() {
  static const Gf2_128Kernels& best = [] -> const Gf2_128Kernels& {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                      __builtin_cpu_supports("vpclmulqdq");
    return avx2 ? kAvx2Gf2_128 : kPortableGf2_128;
  }();
  return best;
}

const Word* In(std::span<const Gf2_128> x) { return reinterpret_cast<const Word*>(x.data()); }
Word* Out(std::span<Gf2_128> x) { return reinterpret_cast<Word*>(x.data()); }

}  // namespace

Gf2_128 Gf2_128::Load(const std::uint8_t* in) {
  Gf2_128 out;
  std::memcpy(&out, in, kBytes);
  return out;
}

void Gf2_128::Store(std::uint8_t* out) const { std::memcpy(out, this, kBytes); }

Gf2_128 operator*(Gf2_128 a, Gf2_128 b) {
  Gf2_128 out;
  Kernels128().multiply(In({&a, 1}), In({&b, 1}), 1, Out({&out, 1}));
  return out;
}

Gf2_128 InnerProduct(std::span<const Gf2_128> a, std::span<const Gf2_128> b) {
  CHECK(a.size() == b.size());
  Gf2_128 out;
  Kernels128().inner_product(In(a), In(b), a.size(), Out({&out, 1}));
  return out;
}

void Multiply(std::span<const Gf2_128> a, std::span<const Gf2_128> b, std::span<Gf2_128> out) {
  CHECK(a.size() == b.size() && a.size() == out.size());
  Kernels128().multiply(In(a), In(b), a.size(), Out(out));
}

void MultiplyAdd(std::span<const Gf2_128> a, std::span<const Gf2_128> b, std::span<const Gf2_128> c,
                 Gf2_128 s, std::span<Gf2_128> out) {
  CHECK(a.size() == b.size() && a.size() == c.size() && a.size() == out.size());
  Kernels128().multiply_add(In(a), In(b), In(c), In({&s, 1}), a.size(), Out(out));
}

void Combine(std::span<const Gf2_128> x, std::span<const Gf2_128> weights, std::span<Gf2_128> out) {
  CHECK(x.size() == weights.size() * out.size());
  Kernels128().combine(In(x), In(weights), weights.size(), out.size(), Out(out));
}

}  // namespace mpcstats
