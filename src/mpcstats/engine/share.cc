#include "mpcstats/engine/share.h"

#include <algorithm>

#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

Buffer<std::uint64_t> PlanesOf(std::span<const std::uint64_t> values, unsigned bits) {
  CHECK(bits <= 64);
  const std::size_t words = WordsFor(values.size());
  Buffer<std::uint64_t> planes(bits * words);
  std::uint64_t block[64];
  for (std::size_t w = 0; w < words; ++w) {
    const std::size_t count = std::min<std::size_t>(64, values.size() - 64 * w);
    std::copy_n(values.data() + 64 * w, count, block);
    std::fill(block + count, block + 64, 0);
    Kernels().transpose64(1, block, block);
    for (unsigned p = 0; p < bits; ++p) planes[p * words + w] = block[p];
  }
  SecureWipe(block, sizeof(block));
  return planes;
}

std::vector<std::uint64_t> ValuesOf(const std::vector<std::vector<std::uint64_t>>& planes, std::size_t rows) {
  std::vector<std::uint64_t> values(rows, 0);
  for (std::size_t p = 0; p < planes.size(); ++p) {
    for (std::size_t i = 0; i < rows; ++i) values[i] |= (planes[p][i / 64] >> (i % 64) & 1) << p;
  }
  return values;
}

std::array<BitColumn, 3> ShareBits(std::span<const std::uint64_t> values, unsigned bits, Rng& rng) {
  const std::size_t words = WordsFor(values.size());
  const std::size_t total = bits * words;
  std::array<Buffer<std::uint64_t>, 3> component;
  component[2] = PlanesOf(values, bits);
  const std::uint64_t tail = TailMask(values.size());
  for (unsigned j = 0; j < 2; ++j) {
    component[j] = Buffer<std::uint64_t>::Raw(total);
    rng.Fill({reinterpret_cast<std::uint8_t*>(component[j].data()), total * sizeof(std::uint64_t)});
    for (unsigned p = 0; p < bits && words > 0; ++p) component[j][p * words + words - 1] &= tail;
    for (std::size_t w = 0; w < total; ++w) component[2][w] ^= component[j][w];
  }
  std::array<BitColumn, 3> shares;
  for (unsigned i = 0; i < 3; ++i) {
    PlaneWriter writer(bits, values.size());
    for (unsigned p = 0; p < bits; ++p) {
      std::copy_n(component[i].data() + p * words, words, writer.own(p));
      std::copy_n(component[(i + 1) % 3].data() + p * words, words, writer.next(p));
    }
    shares[i].planes = std::move(writer).Take();
  }
  return shares;
}

std::array<ArithColumn<Fp127>, 3> ShareElements(std::span<const Fp127> values, Rng& rng) {
  const std::size_t n = values.size();
  std::array<Buffer<Fp127>, 3> component;
  for (auto& c : component) c = Buffer<Fp127>(n);
  Bytes random(2 * n * Fp127::kUniformBytes);
  rng.Fill(random);
  for (std::size_t i = 0; i < n; ++i) {
    component[0][i] = Fp127::FromUniform(&random[2 * i * Fp127::kUniformBytes]);
    component[1][i] = Fp127::FromUniform(&random[(2 * i + 1) * Fp127::kUniformBytes]);
    component[2][i] = values[i] - component[0][i] - component[1][i];
  }
  SecureWipe(random.data(), random.size());
  std::array<ArithColumn<Fp127>, 3> shares;
  for (unsigned i = 0; i < 3; ++i) {
    auto store = std::make_shared<SharedElements<Fp127>>(n);
    std::copy_n(component[i].data(), n, store->own.data());
    std::copy_n(component[(i + 1) % 3].data(), n, store->next.data());
    shares[i] = ArithColumn<Fp127>(std::move(store));
  }
  return shares;
}

}  // namespace mpcstats
