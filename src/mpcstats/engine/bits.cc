#include "mpcstats/engine/bits.h"

#include <algorithm>
#include <cstring>

namespace mpcstats {

PlaneWriter::PlaneWriter(std::size_t planes, std::size_t rows)
    : planes_(planes),
      rows_(rows),
      words_(WordsFor(rows)),
      store_(std::make_shared<Buffer<std::uint64_t>>(Buffer<std::uint64_t>::Raw(2 * planes * words_))) {}

BitPlanes PlaneWriter::Take() && {
  const std::shared_ptr<const Buffer<std::uint64_t>> store = std::move(store_);
  BitPlanes planes;
  planes.reserve(planes_);
  for (std::size_t p = 0; p < planes_; ++p)
    planes.emplace_back(store, p * words_, (planes_ + p) * words_, rows_);
  return planes;
}

namespace {

template <typename F>
BitPlane Make(std::size_t rows, F&& fill) {
  PlaneWriter writer(1, rows);
  fill(writer.own(0), false);
  fill(writer.next(0), true);
  return std::move(writer).Take()[0];
}

const std::uint64_t* Component(const BitPlane& x, bool next) { return next ? x.next() : x.own(); }

// A public value is the sharing (value, 0, 0): party 0 has component 0 as its own, party 2 as its next.
bool HoldsPublic(PartyIndex self, bool next) { return self.value() == (next ? 2u : 0u); }

}  // namespace

BitPlane BitPlane::Slice(std::size_t first, std::size_t rows) const {
  CHECK(first + rows <= rows_);
  if (first % 64 == 0 && (first + rows == rows_ || rows % 64 == 0)) {
    return BitPlane(store_, own_ + first / 64, next_ + first / 64, rows);
  }
  return Make(rows, [&](std::uint64_t* out, bool is_next) {
    const std::uint64_t* in = Component(*this, is_next) + first / 64;
    const unsigned shift = first % 64;
    const std::size_t available = words() - first / 64;
    for (std::size_t w = 0; w < WordsFor(rows); ++w) {
      out[w] = in[w] >> shift;
      if (shift != 0 && w + 1 < available) out[w] |= in[w + 1] << (64 - shift);
    }
    if (rows > 0) out[WordsFor(rows) - 1] &= TailMask(rows);
  });
}

BitPlane Xor(const BitPlane& x, const BitPlane& y) {
  CHECK(x.rows() == y.rows());
  return Make(x.rows(), [&](std::uint64_t* out, bool next) {
    const std::uint64_t *a = Component(x, next), *b = Component(y, next);
    for (std::size_t w = 0; w < x.words(); ++w) out[w] = a[w] ^ b[w];
  });
}

BitPlane Xor(const BitPlane& x, const BitPlane& y, const BitPlane& z) {
  CHECK(x.rows() == y.rows() && x.rows() == z.rows());
  return Make(x.rows(), [&](std::uint64_t* out, bool next) {
    const std::uint64_t *a = Component(x, next), *b = Component(y, next), *c = Component(z, next);
    for (std::size_t w = 0; w < x.words(); ++w) out[w] = a[w] ^ b[w] ^ c[w];
  });
}

BitPlanes Xor(const BitPlanes& x, const BitPlanes& y) {
  CHECK(x.size() == y.size());
  BitPlanes out;
  out.reserve(x.size());
  for (std::size_t p = 0; p < x.size(); ++p) out.push_back(Xor(x[p], y[p]));
  return out;
}

BitPlane XorPublic(PartyIndex self, const BitPlane& x, std::span<const std::uint64_t> words) {
  CHECK(words.size() == x.words());
  return Make(x.rows(), [&](std::uint64_t* out, bool next) {
    const std::uint64_t* a = Component(x, next);
    if (!HoldsPublic(self, next)) {
      std::copy(a, a + x.words(), out);
      return;
    }
    for (std::size_t w = 0; w < x.words(); ++w) out[w] = a[w] ^ words[w];
    if (x.words() > 0) out[x.words() - 1] = a[x.words() - 1] ^ (words[x.words() - 1] & TailMask(x.rows()));
  });
}

BitPlane Not(PartyIndex self, const BitPlane& x) {
  return Make(x.rows(), [&](std::uint64_t* out, bool next) {
    const std::uint64_t* a = Component(x, next);
    const std::uint64_t mask = HoldsPublic(self, next) ? ~std::uint64_t{0} : 0;
    for (std::size_t w = 0; w < x.words(); ++w) out[w] = a[w] ^ mask;
    if (x.words() > 0) out[x.words() - 1] = a[x.words() - 1] ^ (mask & TailMask(x.rows()));
  });
}

BitPlane Zero(std::size_t rows) {
  return Make(rows, [&](std::uint64_t* out, bool) { std::fill_n(out, WordsFor(rows), 0); });
}

BitPlane Constant(PartyIndex self, bool value, std::size_t rows) {
  return value ? Not(self, Zero(rows)) : Zero(rows);
}

BitColumn ConstantColumn(PartyIndex self, unsigned __int128 value, unsigned bits, std::size_t rows) {
  const BitPlane zero = Zero(rows);
  const BitPlane one = Constant(self, true, rows);
  BitColumn column;
  for (unsigned b = 0; b < bits; ++b) column.planes.push_back(b < 128 && (value >> b & 1) != 0 ? one : zero);
  return column;
}

BitPlane Broadcast(const BitPlane& bit, std::size_t rows) {
  CHECK(bit.rows() == 1);
  return Make(rows, [&](std::uint64_t* out, bool next) {
    const std::uint64_t mask = std::uint64_t{0} - (Component(bit, next)[0] & 1);
    std::fill_n(out, WordsFor(rows), mask);
    if (rows > 0) out[WordsFor(rows) - 1] &= TailMask(rows);
  });
}

BitPlane Concatenate(const BitPlanes& parts) {
  std::size_t rows = 0;
  for (const BitPlane& part : parts) {
    CHECK(rows % 64 == 0);
    rows += part.rows();
  }
  return Make(rows, [&](std::uint64_t* out, bool next) {
    for (const BitPlane& part : parts) out = std::copy_n(Component(part, next), part.words(), out);
  });
}

BitPlane GatherScalars(const BitPlanes& scalars) {
  return Make(scalars.size(), [&](std::uint64_t* out, bool next) {
    std::fill_n(out, WordsFor(scalars.size()), 0);
    for (std::size_t i = 0; i < scalars.size(); ++i) {
      CHECK(scalars[i].rows() == 1);
      out[i / 64] |= (Component(scalars[i], next)[0] & 1) << (i % 64);
    }
  });
}

BitColumn SelectPlanes(const BitColumn& x, std::size_t first, std::size_t count) {
  BitColumn out;
  for (std::size_t p = first; p < first + count; ++p) {
    out.planes.push_back(p < x.planes.size() ? x.planes[p] : Zero(x.rows()));
  }
  return out;
}

}  // namespace mpcstats
