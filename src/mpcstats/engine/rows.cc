#include "mpcstats/engine/rows.h"

#include <algorithm>
#include <array>

#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

SharedRows RowsOf(const BitColumn& column) {
  const std::size_t n = column.rows();
  SharedRows out;
  for (unsigned first = 0; first < column.bits(); first += 64) {
    const unsigned planes = std::min(64u, column.bits() - first);
    auto store = std::make_shared<SharedElements<Gf2_64>>(SharedElements<Gf2_64>::Raw(n));
    for (const bool next : {false, true}) {
      Gf2_64* words = (next ? store->next : store->own).data();
      std::array<std::uint64_t, 64> block;
      for (std::size_t w = 0; w < WordsFor(n); ++w) {
        block.fill(0);
        for (unsigned p = 0; p < planes; ++p) {
          const BitPlane& plane = column.planes[first + p];
          block[p] = (next ? plane.next() : plane.own())[w];
        }
        Kernels().transpose64(1, block.data(), block.data());
        const std::size_t count = std::min<std::size_t>(64, n - 64 * w);
        for (std::size_t i = 0; i < count; ++i) words[64 * w + i] = Gf2_64::FromU64(block[i]);
      }
    }
    out.words.emplace_back(std::move(store));
  }
  return out;
}

BitColumn PlanesOfRows(const SharedRows& rows, unsigned bits) {
  const std::size_t n = rows.rows();
  PlaneWriter writer(bits, n);
  for (unsigned first = 0; first < bits; first += 64) {
    const unsigned planes = std::min(64u, bits - first);
    const ArithColumn<Gf2_64>& words = rows.words[first / 64];
    for (const bool next : {false, true}) {
      const Gf2_64* in = next ? words.next() : words.own();
      std::array<std::uint64_t, 64> block;
      for (std::size_t w = 0; w < WordsFor(n); ++w) {
        const std::size_t count = std::min<std::size_t>(64, n - 64 * w);
        for (std::size_t i = 0; i < count; ++i) block[i] = in[64 * w + i].bits();
        std::fill(block.begin() + static_cast<std::ptrdiff_t>(count), block.end(), 0);
        Kernels().transpose64(1, block.data(), block.data());
        for (unsigned p = 0; p < planes; ++p) {
          (next ? writer.next(first + p) : writer.own(first + p))[w] = block[p];
        }
      }
    }
  }
  return BitColumn(std::move(writer).Take());
}

}  // namespace mpcstats
