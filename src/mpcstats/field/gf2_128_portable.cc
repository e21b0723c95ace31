// Products in GF(2^128) from the carryless products of words of the packed kernels.
#include <cstddef>
#include <cstdint>

#include "mpcstats/field/gf2_128_kernels.h"
#include "mpcstats/field/gf2_128_products.h"
#include "mpcstats/field/packed_table.h"

namespace mpcstats {

extern const PackedKernels kPortableKernels;

namespace {

using gf2_128::Word;

struct Product {
  static constexpr std::size_t kLanes = 1;
  Word words[4] = {};

  void AddProduct(const Word* a, const Word* b) {
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) {
        Word part[2];
        kPortableKernels.carryless(a[i], b[j], part);
        words[i + j] ^= part[0];
        words[i + j + 1] ^= part[1];
      }
    }
  }
  void AddProducts(const Word* a, const Word* b) { AddProduct(a, b); }
  void AddScaled(const Word* a, const Word* s) { AddProduct(a, s); }

  void Store(Word* out) const {
    // b^128 = b^7 + b^2 + b + 1, for the highest word first: its overflow lands in the one below.
    Word w[4] = {words[0], words[1], words[2], words[3]};
    for (std::size_t i = 3; i > 1; --i) {
      const Word h = w[i];
      w[i - 2] ^= h ^ (h << 1) ^ (h << 2) ^ (h << 7);
      w[i - 1] ^= (h >> 63) ^ (h >> 62) ^ (h >> 57);
    }
    out[0] = w[0];
    out[1] = w[1];
  }
  void StoreSum(Word* out) const { Store(out); }
};

}  // namespace

extern const Gf2_128Kernels kPortableGf2_128;
const Gf2_128Kernels kPortableGf2_128 = {"portable", gf2_128::InnerProduct<Product>,
                                         gf2_128::Multiply<Product>, gf2_128::MultiplyAdd<Product>,
                                         gf2_128::Combine<Product>};

}  // namespace mpcstats
