// For tests: a proof source whose owner cheats or errs: it takes another seed, or one of its entries is wrong.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "mpcstats/engine/verification/source.h"

namespace mpcstats {

template <typename K>
struct Alteration {
  std::optional<std::array<std::uint8_t, 16>> seed = {};  ///< instead of the one that was said
  std::optional<std::size_t> u_at = {}, v_at = {};        ///< entries that `error` is added to
  K error{};
};

/// Unpacked sources only.
template <typename K>
class AlteredSource final : public ProofSource<K> {
 public:
  AlteredSource(std::unique_ptr<ProofSource<K>> source, const Alteration<K>& alteration)
      : source_(std::move(source)), alteration_(alteration) {}

  const FoldSchedule& schedule() const override { return source_->schedule(); }
  std::size_t entries() const override { return source_->entries(); }
  bool packed() const override { return source_->packed(); }
  void Begin(std::span<const std::uint8_t, 16> seed) override {
    if (alteration_.seed) seed = *alteration_.seed;
    source_->Begin(seed);
  }
  K Target() override { return source_->Target(); }
  void PackedCoefficients(K* out) override { source_->PackedCoefficients(out); }
  ProofVectors<K> PackedFold(K challenge, std::size_t size) override {
    return source_->PackedFold(challenge, size);
  }
  void Entries(std::size_t first, std::span<K> u, std::span<K> v) override {
    source_->Entries(first, u, v);
    const auto add = [&](std::optional<std::size_t> at, std::span<K> entries) {
      if (at && *at >= first && *at - first < entries.size()) entries[*at - first] += alteration_.error;
    };
    add(alteration_.u_at, u);
    add(alteration_.v_at, v);
  }

 private:
  std::unique_ptr<ProofSource<K>> source_;
  Alteration<K> alteration_;
};

/// `source` as its owner alters it.
template <typename K>
void Alter(std::unique_ptr<ProofSource<K>>* source, const Alteration<K>& alteration) {
  *source = std::make_unique<AlteredSource<K>>(std::move(*source), alteration);
}

}  // namespace mpcstats
