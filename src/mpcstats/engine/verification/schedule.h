// How a batch is folded, and what its soundness is: one constexpr function of the size.
//
// docs/verification.md section 5 proves the bound.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mpcstats {

struct FoldSchedule {
  static constexpr std::size_t kMaxLevels = 16;
  /// Fold factor of each level but the last; the last level multiplies out `last` entries with masks.
  std::array<std::uint16_t, kMaxLevels> factor{};
  std::size_t folds = 0;
  std::size_t last = 0;
  /// Numerator of the soundness error: a cheat is accepted with probability at most error_numerator / |K|.
  std::uint64_t error_numerator = 0;

  [[nodiscard]] constexpr std::size_t levels() const { return folds + 1; }
  /// Rounds of one verification: seed, then (message, challenge) for each fold, last message, answer, oks.
  [[nodiscard]] constexpr std::size_t rounds() const { return 2 * levels() + 2; }
};

namespace internal {
constexpr std::size_t CeilDiv(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
constexpr std::size_t PowerOfTwoAtLeast(std::size_t n) {
  std::size_t power = 1;
  while (power < n) power *= 2;
  return power;
}
}  // namespace internal

/// Schedule for `entries` products over K. `packed` is the factor of a first level that packs words (64 for
/// GF(2^64) with 64-gate words), or 0 when the entries are field elements already; with packing, `entries` counts the
/// elements that the packed level leaves.
///
/// The first unpacked fold touches every entry and costs its factor an entry, so it is 8 or 16 on large batches; the
/// later ones are up to 64 and save rounds. Sizes are chosen so that a packed batch of up to 2^26 gates has an
/// error of at most 2^9 / |K|.
constexpr FoldSchedule MakeSchedule(std::size_t entries, std::uint16_t packed) {
  FoldSchedule schedule;
  // The weights: bilinear theta * psi with packing (degree 2), or one theta a relation (degree 1, counted as 2).
  schedule.error_numerator = 2;
  std::size_t n = entries == 0 ? 1 : entries;
  const auto count_level = [&](std::size_t factor) {
    schedule.factor[schedule.folds++] = static_cast<std::uint16_t>(factor);
    schedule.error_numerator += 2 * (static_cast<std::uint64_t>(factor) - 1);
  };
  const auto fold = [&](std::size_t factor) {
    count_level(factor);
    n = internal::CeilDiv(n, factor);
  };
  if (packed != 0) count_level(packed);
  if (n <= 128 * 64) {
    if (n > 128) fold(internal::PowerOfTwoAtLeast(internal::CeilDiv(n, 128)));
  } else {
    std::size_t later = 1;  // folds by at most 64 after the first one
    for (std::size_t rest = 16 * 64 * 64; rest < n; rest *= 64) ++later;
    std::size_t reach = 64;
    for (std::size_t i = 0; i < later; ++i) reach *= 64;
    // Beyond half of the reach a first fold by 8 would leave so much for the last level that the error grows past 2^9.
    fold(internal::CeilDiv(n, 8) <= reach / 2 ? 8 : 16);
    while (n > 64) {
      const std::size_t needed = internal::PowerOfTwoAtLeast(internal::CeilDiv(n, 64));
      fold(needed < 64 ? needed : 64);
    }
  }
  schedule.last = n < 2 ? 2 : internal::PowerOfTwoAtLeast(n);
  // The last challenge is uniform over the |K|-1 non-zero elements: 2N roots at most, counted as 2N+1.
  schedule.error_numerator += 2 * schedule.last + 1;
  return schedule;
}

/// Bits of soundness of one batch over a field of 2^field_bits elements (rounded down).
constexpr unsigned SoundnessBits(const FoldSchedule& schedule, unsigned field_bits) {
  unsigned log = 0;
  while ((std::uint64_t{1} << log) < schedule.error_numerator) ++log;
  return field_bits - log;
}

}  // namespace mpcstats
