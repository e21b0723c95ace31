// The loops of the kernels over GF(2^128), written once over a type P of unreduced products, which lives in an
// anonymous namespace of the including file, so that each instantiation stays inside its own file.
//
// P offers: kLanes products side by side; default construction to zero; AddProducts(a, b) of kLanes consecutive
// elements each; AddProduct(a, b) of one element into the first lane; AddScaled(a, s), kLanes elements by one; Store(out),
// the lanes reduced one by one; StoreSum(out), reduced together.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mpcstats::gf2_128 {

using Word = std::uint64_t;

template <class P>
void InnerProduct(const Word* a, const Word* b, std::size_t n, Word* out) {
  P sum;
  std::size_t i = 0;
  for (; i + P::kLanes <= n; i += P::kLanes) sum.AddProducts(a + 2 * i, b + 2 * i);
  for (; i < n; ++i) sum.AddProduct(a + 2 * i, b + 2 * i);
  sum.StoreSum(out);
}

template <class P>
void Multiply(const Word* a, const Word* b, std::size_t n, Word* out) {
  std::size_t i = 0;
  for (; i + P::kLanes <= n; i += P::kLanes) {
    P product;
    product.AddProducts(a + 2 * i, b + 2 * i);
    product.Store(out + 2 * i);
  }
  for (; i < n; ++i) {
    P product;
    product.AddProduct(a + 2 * i, b + 2 * i);
    product.StoreSum(out + 2 * i);
  }
}

template <class P>
void MultiplyAdd(const Word* a, const Word* b, const Word* c, const Word* s, std::size_t n, Word* out) {
  std::size_t i = 0;
  for (; i + P::kLanes <= n; i += P::kLanes) {
    P product;
    product.AddProducts(a + 2 * i, b + 2 * i);
    product.AddScaled(c + 2 * i, s);
    product.Store(out + 2 * i);
  }
  for (; i < n; ++i) {
    P product;
    product.AddProduct(a + 2 * i, b + 2 * i);
    product.AddProduct(c + 2 * i, s);
    product.StoreSum(out + 2 * i);
  }
}

template <class P>
void Combine(const Word* x, const Word* weights, std::size_t w, std::size_t n, Word* out) {
  for (std::size_t k = 0; k < n; ++k) InnerProduct<P>(x + 2 * w * k, weights, w, out + 2 * k);
}

}  // namespace mpcstats::gf2_128
