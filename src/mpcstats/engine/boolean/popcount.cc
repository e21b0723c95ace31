#include "mpcstats/engine/boolean/popcount.h"

#include <algorithm>
#include <bit>

#include "mpcstats/engine/boolean/compress.h"

namespace mpcstats {

namespace {

// Splitting planes in halves is free, and many planes of a weight compress by 3:2 with little left over, so
// planes are split while the fullest weight has fewer than this. More would only make planes shorter than a
// word sooner.
constexpr std::size_t kPlanesOfAWeight = 24;

// Planes of equal length, a power of two. The rows behind the first such power join when the planes have
// become as short as the binary digit of n they belong to: so no plane is padded, and no gate is spent on
// padding.
class Tally {
 public:
  explicit Tally(const BitPlane& plane)
      : plane_(plane),
        rows_(std::bit_floor(plane.rows())),
        taken_(rows_),
        summands_(CountBits(plane.rows())) {
    summands_[0].push_back(plane.Slice(0, rows_));
  }

  void Split() {
    while (rows_ > 1 && Fullest() < kPlanesOfAWeight) {
      rows_ /= 2;
      for (BitPlanes& planes : summands_) {
        BitPlanes halves;
        for (const BitPlane& item : planes) {
          halves.push_back(item.Slice(0, rows_));
          halves.push_back(item.Slice(rows_, rows_));
        }
        planes = std::move(halves);
      }
      if ((plane_.rows() & rows_) != 0) {
        summands_[0].push_back(plane_.Slice(taken_, rows_));
        taken_ += rows_;
      }
    }
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] WeightedPlanes& summands() { return summands_; }

 private:
  [[nodiscard]] std::size_t Fullest() const {
    std::size_t fullest = 0;
    for (const BitPlanes& planes : summands_) fullest = std::max(fullest, planes.size());
    return fullest;
  }

  BitPlane plane_;
  std::size_t rows_;
  std::size_t taken_;
  WeightedPlanes summands_;
};

}  // namespace

unsigned CountBits(std::size_t rows) {
  return static_cast<unsigned>(std::max(1, static_cast<int>(std::bit_width(rows))));
}

Task<BitColumn> Popcount(Ctx& ctx, BitPlane plane, std::optional<Depth> depth) {
  BitColumn count;
  if (plane.rows() == 0) {
    count.planes.push_back(Zero(1));
    co_return count;
  }
  Tally tally(plane);
  for (tally.Split(); tally.rows() > 1; tally.Split()) {
    WeightedPlanes fewer = co_await CompressOnce(ctx, std::move(tally.summands()));
    tally.summands() = std::move(fewer);
  }
  BitColumn sum = co_await SumWeighted(ctx, std::move(tally.summands()), 1, depth);
  co_return sum;
}

Task<std::vector<BitColumn>> CountMany(Ctx& ctx, BitPlanes planes, std::optional<Depth> depth) {
  std::vector<Ctx> fibers;
  std::vector<Task<BitColumn>> tasks;
  fibers.reserve(planes.size());
  for (const BitPlane& plane : planes) {
    fibers.push_back(ctx.Fork());
    tasks.push_back(Popcount(fibers.back(), plane, depth));
  }
  std::vector<BitColumn> counts = co_await Par(std::move(tasks));
  co_return counts;
}

}  // namespace mpcstats
