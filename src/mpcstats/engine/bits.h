// Shared bits: one plane holds a secret bit for each row, bit-sliced 64 to a word; a column is its planes, lowest first.
//
// Planes are immutable views: xor, not, slices and rewiring are local and free. Bits behind the last row are always a
// sharing of zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/check.h"
#include "mpcstats/base/party.h"

namespace mpcstats {

constexpr std::size_t WordsFor(std::size_t rows) { return (rows + 63) / 64; }

/// Ones in the places that hold rows of the last word of a plane.
constexpr std::uint64_t TailMask(std::size_t rows) {
  return rows % 64 == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << (rows % 64)) - 1;
}

class BitPlane {
 public:
  BitPlane() = default;
  /// A view of `rows` bits: own components at `own` words into the store, next components at `next`.
  BitPlane(std::shared_ptr<const Buffer<std::uint64_t>> store, std::size_t own, std::size_t next,
           std::size_t rows)
      : store_(std::move(store)), own_(own), next_(next), rows_(rows) {}

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t words() const { return WordsFor(rows_); }
  /// This party's component i, then component i+1.
  [[nodiscard]] const std::uint64_t* own() const { return store_->data() + own_; }
  [[nodiscard]] const std::uint64_t* next() const { return store_->data() + next_; }
  /// Rows [first, first + rows); `first` a multiple of 64 is a view, anything else a copy.
  [[nodiscard]] BitPlane Slice(std::size_t first, std::size_t rows) const;

 private:
  std::shared_ptr<const Buffer<std::uint64_t>> store_;
  std::size_t own_ = 0;
  std::size_t next_ = 0;
  std::size_t rows_ = 0;
};

using BitPlanes = std::vector<BitPlane>;

/// A column of unsigned numbers of `bits()` bits; plane 0 is the lowest bit.
struct BitColumn {
  BitPlanes planes;
  [[nodiscard]] std::size_t rows() const { return planes.empty() ? 0 : planes[0].rows(); }
  [[nodiscard]] unsigned bits() const { return static_cast<unsigned>(planes.size()); }
};

/// Planes of `rows` bits in one new store; write own(p) and next(p), then Take().
class PlaneWriter {
 public:
  PlaneWriter(std::size_t planes, std::size_t rows);
  [[nodiscard]] std::uint64_t* own(std::size_t plane) { return store_->data() + plane * words_; }
  [[nodiscard]] std::uint64_t* next(std::size_t plane) { return store_->data() + (planes_ + plane) * words_; }
  [[nodiscard]] BitPlanes Take() &&;

 private:
  std::size_t planes_;
  std::size_t rows_;
  std::size_t words_;
  std::shared_ptr<Buffer<std::uint64_t>> store_;
};

// Local operations: nothing is sent. Planes of one call have equal rows.
[[nodiscard]] BitPlane Xor(const BitPlane& x, const BitPlane& y);
[[nodiscard]] BitPlane Xor(const BitPlane& x, const BitPlane& y, const BitPlane& z);
[[nodiscard]] BitPlanes Xor(const BitPlanes& x, const BitPlanes& y);
[[nodiscard]] BitPlane Not(PartyIndex self, const BitPlane& x);
/// Exclusive or with public bits, one word for 64 rows.
[[nodiscard]] BitPlane XorPublic(PartyIndex self, const BitPlane& x, std::span<const std::uint64_t> words);
[[nodiscard]] BitPlane Zero(std::size_t rows);
/// The public bit `value` in every row, as a sharing.
[[nodiscard]] BitPlane Constant(PartyIndex self, bool value, std::size_t rows);
/// A public number of `bits` bits in every row.
[[nodiscard]] BitColumn ConstantColumn(PartyIndex self, unsigned __int128 value, unsigned bits,
                                       std::size_t rows);
/// The single bit of a one-row plane in each of `rows` rows.
[[nodiscard]] BitPlane Broadcast(const BitPlane& bit, std::size_t rows);
/// Rows of `parts` one after the other. All parts but the last must have a multiple of 64 rows.
[[nodiscard]] BitPlane Concatenate(const BitPlanes& parts);
/// Row i of the result is row i of the plane packed from one-row planes.
[[nodiscard]] BitPlane GatherScalars(const BitPlanes& scalars);
/// Planes [first, first + count) of x; planes that are not there are zero.
[[nodiscard]] BitColumn SelectPlanes(const BitColumn& x, std::size_t first, std::size_t count);

}  // namespace mpcstats
